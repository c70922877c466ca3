#include "gradus/autograd/trace.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "gradus/autograd/node.h"
#include "gradus/nn/layers.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/tensor/creation.h"

using namespace gradus;

TEST_CASE("trace: the tape as a table: number, op, shape, bytes kept, inputs") {
  Tensor x = randn({2, 3}).requires_grad_();
  const Tensor y = exp(x), z = y * x, loss = z.sum();
  const auto line = [](const Tensor& t, const char* op, const char* shape, int bytes,
                       const std::string& inputs) {
    return fmt::format("{:>8}  {:<28} {:<20} {:>12}  {}\n", t.node()->number, op, shape, bytes, inputs);
  };
  const auto number = [](const Tensor& t) { return std::to_string(t.node()->number); };
  // exp keeps its output, which mul keeps too and was met first; mul keeps x.
  CHECK(to_string(trace(loss)) ==
        "    node  op                           shape                  bytes kept  inputs\n" +
            line(x, "leaf", "[2, 3]", 0, "") + line(y, "exp", "[2, 3]", 0, number(x)) +
            line(z, "mul", "[2, 3]", 48, number(y) + " " + number(x)) +
            line(loss, "sum", "[]", 0, number(z)) + "4 nodes, 48 bytes kept\n");
}

TEST_CASE("trace: only what wants a gradient is recorded and kept") {
  Tensor x = randn({10}).requires_grad_();
  const Tensor constant = randn({10});
  const Trace one =
      trace(x * constant);  // dx needs the constant; nobody asks for dconstant, which would need x
  REQUIRE(one.lines.size() == 2);
  CHECK(one.lines[1].bytes_kept == 40);
  CHECK(one.lines[1].inputs.size() == 1);
  CHECK(trace(x + constant).lines[1].bytes_kept == 0);
  CHECK(trace(softmax(x)).lines[1].bytes_kept == 40);  // its own output
  CHECK(trace(constant * constant).lines.empty());
  CHECK(trace({}).lines.empty());
}

TEST_CASE("trace: parameters appear by their path, and a walked tape keeps nothing") {
  const nn::Linear layer(3, 2);
  name_layers(layer);
  const Tensor y = square(layer(randn({4, 3}))).sum();
  const Trace before = trace(y);
  std::string ops;
  for (const TraceLine& l : before.lines) ops += l.op + "; ";
  CHECK(ops == "parameter weight; parameter bias; linear; square; sum; ");
  y.backward();
  std::int64_t kept = 0;
  for (const TraceLine& l : trace(y).lines) kept += l.bytes_kept;
  CHECK(kept == 0);
}
