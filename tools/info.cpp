// gradus info: what this build is and what it runs on.
#include <fmt/core.h>

#include "commands.h"
#include "cost.h"
#include "gradus/base/os.h"
#include "gradus/base/parallel.h"
#include "gradus/base/simd_target.h"
#include "gradus/base/version.h"
#include "gradus/kernels/blas.h"
#include "machine.h"

namespace gradus::tools {
namespace {

#if defined(__clang__)
constexpr const char* compiler = "clang " __clang_version__;
#else
constexpr const char* compiler = "g++ " __VERSION__;
#endif
#ifdef NDEBUG
constexpr const char* build = "optimised";
#else
constexpr const char* build = "with assertions; for speed configure with -DCMAKE_BUILD_TYPE=Release";
#endif

void info() {
  fmt::print("gradus    {}\n", version);
  fmt::print("compiler  {}, {}\n", compiler, build);
  fmt::print("CPU       {}, {} usable\n", os::cpu_name(), os::usable_cpus());
  fmt::print("memory    {} available\n", bytes_text(static_cast<double>(os::usable_memory())));
  fmt::print("SIMD      {}\n", simd_target());
  fmt::print("BLAS      {}\n", kernels::blas_description());
  fmt::print("core      {}\n", kernels::blas_core());
  fmt::print("threads   {}\n", num_threads());
  if (const std::string warning = blas_warning(); !warning.empty()) fmt::print(stderr, "{}\n", warning);
}

}  // namespace

void add_info(CLI::App& program) {
  CLI::App* command =
      program.add_subcommand("info", "Print version, compiler, CPU, SIMD target, BLAS and threads");
  command->footer("Example:\n  gradus info\n  GRADUS_NUM_THREADS=1 gradus info");
  command->callback(info);
}

}  // namespace gradus::tools
