#pragma once
#include <cstdint>
#include <string>

/// The one door to the BLAS. Everything behind it runs on the calling thread alone.
namespace gradus::kernels {

/// C = alpha op(A) op(B) + beta C, row-major, as cblas_sgemm and cblas_dgemm: op(A) [m, k], op(B) [k, n], C
/// [m, n]; lda, ldb and ldc are the distances between stored rows. beta == 0 never reads C. BLAS integers
/// have 32 bits: a longer k is summed in pieces, a larger m, n or distance is an error (resources).
template <class T>
void blas_gemm(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k, T alpha,
               const T* a, std::int64_t lda, const T* b, std::int64_t ldb, T beta, T* c, std::int64_t ldc);

std::string blas_description();  ///< library, version and build options, as the library reports them
std::string blas_core();  ///< the kernel set in use ("SkylakeX", "Haswell"); "unknown" unless it is OpenBLAS

}  // namespace gradus::kernels
