// How tapes end: long ones, dropped ones, broken ones, and those that outlive main.
// ctest: RUN_SERIAL TRUE
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

#include "gradus/autograd/record.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/tensor/creation.h"
#include "gradus/tensor/storage.h"
#include "reference/expect.h"

using namespace gradus;

namespace {

constexpr int million = 1000000;

/// x + 1 + 1 + ...: every node owns the one before it.
Tensor chain(const Tensor& x, int length) {
  const Tensor one = scalar(1);
  Tensor y = x;
  for (int i = 0; i < length; ++i) y = y + one;
  return y;
}

/// Runs one skipped test case of this program, in a process of its own.
int run_alone(const std::string& before, const std::string& test_case) {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  return std::system(
      (before + "exec '" + self + "' --no-skip --test-case='" + test_case + "' > /dev/null").c_str());
}

}  // namespace

TEST_CASE("a million nodes go forward and back and are dropped" * doctest::skip()) {
  const std::int64_t nodes = live_nodes(), storages = memory_use().live_storages;
  {
    Tensor x = scalar(0).requires_grad_();
    Tensor y = chain(x, million);
    CHECK(live_nodes() == nodes + million + 1);
    CHECK(y.item() == million);
    y.backward();
    CHECK(x.grad().item() == 1);
    y = chain(x, million);  // dropped without backward
    y = {};
    CHECK(live_nodes() == nodes + 1);
    y = chain(x, million);
    CHECK(grad(y, {x}, {.retain_graph = true})[0].item() == 1);
  }
  CHECK(live_nodes() == nodes);
  CHECK(memory_use().live_storages == storages);
}

TEST_CASE("a million nodes are walked and dropped in a stack of 256 KiB") {
  CHECK(run_alone("ulimit -s 256; ", "a million nodes go forward and back and are dropped") == 0);
}

TEST_CASE("static tensors with a tape may outlive everything" * doctest::skip()) {
  static std::optional<Tensor> early;
  early = scalar(1).requires_grad_();
  static const Tensor late = chain(*early, 1000) * chain(*early, 1000);
  late.backward(true);
  static thread_local Tensor of_thread = exp(late);
  std::exit(late.item() == 1001.0 * 1001.0 && of_thread.defined() ? 0 : 1);
}

TEST_CASE("static tensors are dropped after main without harm") {
  CHECK(run_alone("", "static tensors with a tape may outlive everything") == 0);
}

TEST_CASE("a tape made on one thread may be walked and dropped on another") {
  Tensor x = scalar(2).requires_grad_();
  std::optional<Tensor> y;
  std::thread([&] { y = chain(x, 1000) * x; }).join();
  std::thread([&] {
    y->backward();
    y.reset();
  }).join();
  CHECK(x.grad().item() == 1004);
}

TEST_CASE("a tape dropped without backward leaves nothing") {
  const std::int64_t nodes = live_nodes();
  Tensor x = randn({10}).requires_grad_();
  (exp(x) * x).sum();
  { const Tensor y = exp(x) * x; }
  CHECK(live_nodes() == nodes + 1);
}

TEST_CASE("dropping one branch keeps the other") {
  Tensor x = scalar(3).requires_grad_();
  const Tensor shared = x * x;
  Tensor a = shared * 2.0;
  const Tensor b = shared * 5.0;
  a = {};
  b.backward();
  CHECK(x.grad().item() == 30);
}

TEST_CASE("an exception inside a rule leaves the tape, the modes and the leaves usable") {
  const std::int64_t nodes = live_nodes();
  {
    Tensor x = scalar(3).requires_grad_();
    bool throws = true;
    const Tensor h = x * x;
    const Tensor y = record("fragile", h.detach() * 1.0, wrt(h, [&](const Tensor& dy) {
                              if (throws) fail("rule failed");
                              return dy;
                            }));
    const Tensor z = y + h * 2.0;
    CHECK(error_of([&] { z.backward(true); }) == "rule failed");
    CHECK(recording());
    for (const Tensor& t : {x, h, y, z}) CHECK(t.node()->walk == nullptr);
    throws = false;
    x.zero_grad();
    z.backward();
    CHECK(x.grad().item() == 18);
  }
  CHECK(live_nodes() == nodes);
}

TEST_CASE("a rule may drop the tensors it was reached through") {
  Tensor x = scalar(3).requires_grad_();
  std::optional<Tensor> y = x * x;
  y = record("forgetful", y->detach() * 1.0, wrt(*y, [&](const Tensor& dy) {
               y.reset();
               return dy;
             }));
  Tensor held = *y;
  held.backward();
  CHECK(x.grad().item() == 6);
}
