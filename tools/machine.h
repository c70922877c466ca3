#pragma once
#include <string>

namespace gradus::tools {

/// "2 threads, OpenBLAS SkylakeX, SIMD AVX3"
std::string machine_line();
/// Set when OPENBLAS_CORETYPE makes OpenBLAS use less than the CPU has, which can halve its speed; else
/// empty.
std::string blas_warning();

}  // namespace gradus::tools
