// Attention in memory that grows with T, not T^2: forward and backward at T = 512 ... 8192.
// ctest: RUN_SERIAL TRUE
#include <doctest/doctest.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "gradus/base/random.h"
#include "gradus/ops/attention.h"
#include "gradus/tensor/creation.h"
#include "gradus/tensor/storage.h"

using namespace gradus;

namespace {

/// The most memory the system has held for this process, in bytes; scratch memory of kernels included.
std::int64_t most_resident() {
  std::ifstream file("/proc/self/status");
  for (std::string word; file >> word;)
    if (word == "VmHWM:") {
      std::int64_t kib = 0;
      file >> kib;
      return kib * 1024;
    }
  return 0;
}

/// Peak bytes of tensors during forward and backward of one causal layer of two heads.
std::int64_t peak_bytes(std::int64_t t) {
  manual_seed(1);
  Tensor q = randn({1, 2, t, 16}).requires_grad_(), k = randn({1, 2, t, 16}).requires_grad_();
  Tensor v = randn({1, 2, t, 16}).requires_grad_();
  const Tensor dy = randn({1, 2, t, 16});
  reset_peak_memory();
  attention(q, k, v, {.causal = true}).backward(dy);
  return memory_use().peak_bytes;
}

}  // namespace

TEST_CASE("the memory of attention grows linearly with the length of the sequence") {
  std::vector<std::int64_t> peak;
  for (std::int64_t t = 512; t <= 8192; t *= 2) {
    peak.push_back(peak_bytes(t));
    MESSAGE("T = ", t, ": ", peak.back() / 1024, " KiB");
  }
  for (std::size_t i = 1; i < peak.size(); ++i) {
    const double growth = static_cast<double>(peak[i]) / static_cast<double>(peak[i - 1]);
    CHECK(growth <= 2.05);
    CHECK(growth >= 1.5);
  }
  CHECK(peak.back() < 8192 * 8192 / 4);  // a T x T matrix of one head alone would take 16 times that
}

TEST_CASE("nor do its kernels keep T x T scratch memory") {
  peak_bytes(512);
  const std::int64_t before = most_resident();
  REQUIRE(before > 0);
  peak_bytes(8192);
  const std::int64_t one_matrix = std::int64_t{8192} * 8192 * 4;  // 256 MiB
  CHECK(most_resident() - before < one_matrix / 4);
}
