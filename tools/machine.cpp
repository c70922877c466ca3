#include "machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string_view>

#include "gradus/base/parallel.h"
#include "gradus/base/simd_target.h"
#include "gradus/kernels/blas.h"
#include "terminal.h"

namespace gradus::tools {
namespace {

// OpenBLAS's names for its kernel sets on x86, by the widest instructions they use.
constexpr std::string_view avx512_cores[] = {"SkylakeX", "Cooperlake", "Sapphirerapids", "SapphireRapids"};
constexpr std::string_view avx2_cores[] = {"Haswell", "Zen", "Excavator"};

template <std::size_t N> bool is_one_of(const std::string_view (&names)[N], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

}  // namespace

std::string machine_line() {
  return fmt::format("{}, OpenBLAS {}, SIMD {}", counted(num_threads(), "thread"), kernels::blas_core(),
                     simd_target());
}

std::string blas_warning() {
  const char* wanted = std::getenv("OPENBLAS_CORETYPE");
  if (!wanted || !*wanted) return "";
  const std::string core = kernels::blas_core();
  const std::string_view cpu = simd_target();
  const bool has_avx512 = cpu.starts_with("AVX3"), has_avx2 = has_avx512 || cpu == "AVX2";
  const bool limits = (has_avx512 && !is_one_of(avx512_cores, core)) ||
                      (has_avx2 && !is_one_of(avx512_cores, core) && !is_one_of(avx2_cores, core));
  if (!limits) return "";
  return fmt::format(
      "warning: OPENBLAS_CORETYPE={} makes OpenBLAS use its {} kernels, but this CPU has {}.\n"
      "  Matrix products may take twice as long; unset OPENBLAS_CORETYPE to let OpenBLAS choose.",
      wanted, core, has_avx512 ? "AVX-512" : "AVX2");
}

}  // namespace gradus::tools
