#include "gradus/kernels/blas.h"

#include <cblas.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "gradus/base/error.h"

// Weak, so that any other CBLAS links too.
extern "C" {
void openblas_set_num_threads(int) __attribute__((weak));
int openblas_get_num_threads() __attribute__((weak));
int openblas_get_parallel() __attribute__((weak));
char* openblas_get_config() __attribute__((weak));
char* openblas_get_corename() __attribute__((weak));
}

namespace gradus::kernels {
namespace {

constexpr std::int64_t largest = std::numeric_limits<int>::max();

int blas_int(const char* what, std::int64_t value) {
  if (value > largest)
    fail(Kind::resources,
         fmt::format("matrix product: {} {} does not fit the BLAS's 32-bit integers; cut the matrix into "
                     "smaller ones, or call contiguous() on a widely spaced view",
                     what, value));
  return static_cast<int>(value);
}

/// The OpenMP run time that OpenBLAS may have brought along, looked up by name because nothing else links it.
struct OpenMp {
  int (*get)() = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "omp_get_max_threads"));
  void (*set)(int) = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
};

/// OpenBLAS's own threads would change the bits and fight with our pool. The pthread flavour has one count
/// for the process. The OpenMP flavour asks OpenMP, which counts for each thread: its own process-wide
/// setting says nothing about this thread, and writing it frees buffers under other threads' feet. Other code
/// in the process may set either at any time.
void stay_on_this_thread() {
  static const bool uses_openmp = openblas_get_parallel && openblas_get_parallel() == 2;
  static const OpenMp openmp;
  if (uses_openmp && openmp.get && openmp.set) {
    if (openmp.get() != 1) openmp.set(1);
  } else if (openblas_set_num_threads && openblas_get_num_threads() != 1) {
    openblas_set_num_threads(1);
  }
}

void call(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, float alpha, const float* a, int lda,
          const float* b, int ldb, float beta, float* c, int ldc) {
  cblas_sgemm(CblasRowMajor, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void call(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, double alpha, const double* a, int lda,
          const double* b, int ldb, double beta, double* c, int ldc) {
  cblas_dgemm(CblasRowMajor, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

}  // namespace

template <class T>
void blas_gemm(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k, T alpha,
               const T* a, std::int64_t lda, const T* b, std::int64_t ldb, T beta, T* c, std::int64_t ldc) {
  stay_on_this_thread();
  const CBLAS_TRANSPOSE ta = transpose_a ? CblasTrans : CblasNoTrans,
                        tb = transpose_b ? CblasTrans : CblasNoTrans;
  const int rows = blas_int("the number of rows", m), columns = blas_int("the number of columns", n);
  const int step_a = blas_int("the distance between rows", lda),
            step_b = blas_int("the distance between rows", ldb);
  const int step_c = blas_int("the distance between rows", ldc);
  std::int64_t done = 0;
  do {
    const std::int64_t piece = std::min(k - done, largest);
    call(ta, tb, rows, columns, static_cast<int>(piece), alpha, a + done * (transpose_a ? lda : 1), step_a,
         b + done * (transpose_b ? 1 : ldb), step_b, done == 0 ? beta : T{1}, c, step_c);
    done += piece;
  } while (done < k);
}

template void blas_gemm(bool, bool, std::int64_t, std::int64_t, std::int64_t, float, const float*,
                        std::int64_t, const float*, std::int64_t, float, float*, std::int64_t);
template void blas_gemm(bool, bool, std::int64_t, std::int64_t, std::int64_t, double, const double*,
                        std::int64_t, const double*, std::int64_t, double, double*, std::int64_t);

std::string blas_description() {
  return openblas_get_config ? openblas_get_config() : "a CBLAS that is not OpenBLAS";
}
std::string blas_core() { return openblas_get_corename ? openblas_get_corename() : "unknown"; }

}  // namespace gradus::kernels
