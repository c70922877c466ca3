// x.add_(y) and its like: what they do, when they are refused, and how a backward notices them.
#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "gradus/autograd/modes.h"
#include "gradus/autograd/node.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/attention.h"
#include "gradus/ops/norm.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "gradus/tensor/storage.h"
#include "reference/expect.h"

using namespace gradus;

TEST_CASE("in-place edits: values, on dense and strided tensors of any element type") {
  Tensor x = tensor({{1, 2, 3}, {4, 5, 6}});
  x.add_(tensor({10, 20, 30}));  // broadcasts
  CHECK(values(x) == Values{11, 22, 33, 14, 25, 36});
  x.add_(ones({2, 3}), -0.5);
  CHECK(values(x) == Values{10.5, 21.5, 32.5, 13.5, 24.5, 35.5});
  x.mul_(2);
  CHECK(values(x) == Values{21, 43, 65, 27, 49, 71});
  x.slice(1, 0, 3, 2).mul_(0).add_(full({2, 2}, 1), 3);
  CHECK(values(x) == Values{3, 43, 3, 3, 49, 3});
  x.t().copy_(tensor({{1, 2}, {3, 4}, {5, 6}}));
  CHECK(values(x) == Values{1, 3, 5, 2, 4, 6});
  x.select(0, 1).fill_(7);
  CHECK(values(x) == Values{1, 3, 5, 7, 7, 7});
  x.zero_();
  CHECK(values(x) == Values(6, 0));
  Tensor ids = arange(4);
  ids.slice(0, 1, 3).copy_(tensor(std::vector<std::int64_t>{8, 9}, {2}));
  CHECK(values(ids) == Values{0, 8, 9, 3});
  CHECK(values(zeros({2}, Dtype::boolean).fill_(5)) == Values{1, 1});
}

TEST_CASE("in-place edits: source and target may share memory") {
  Tensor x = tensor({{1, 2}, {3, 4}});
  x.copy_(x.t());
  CHECK(values(x) == Values{1, 3, 2, 4});
  x.add_(x.select(0, 0));
  CHECK(values(x) == Values{2, 6, 3, 7});
  x.add_(x);
  CHECK(values(x) == Values{4, 12, 6, 14});
}

TEST_CASE("in-place edits: refused while recording when the target or the source is on the tape") {
  Tensor leaf = ones({2}).requires_grad_();
  CHECK(error_of([&] { leaf.mul_(2); }) ==
        "mul_: in-place edits are not differentiable\n"
        "  target  float32 [2]              a leaf\n"
        "  write x = x + y, or hold a NoGrad while editing");
  Tensor plain = ones({2});
  CHECK(error_of([&] { plain.add_(leaf); }).starts_with("add_: in-place edits are not differentiable"));
  CHECK(error_of([&] { (leaf * 2.0).fill_(0); }).starts_with("fill_: in-place edits are not differentiable"));
  CHECK(values(plain) == Values{1, 1});
  const NoGrad off;
  leaf.add_(leaf, 0.5);
  CHECK(values(leaf) == Values{1.5, 1.5});
  CHECK(leaf.is_leaf());
}

TEST_CASE("in-place edits: mistakes leave the target and its version as they were") {
  Tensor x = ones({2, 2});
  const std::uint32_t version = x.storage()->version;
  CHECK(error_of([&] { x.add_(ones({3})); }) ==
        "add_: the source must broadcast to the target\n"
        "  target  float32 [2, 2]           a constant\n"
        "  source  float32 [3]              a constant");
  CHECK(error_of([&] { x.copy_(arange(2)); }) ==
        "copy_: the source must have the target's element type\n"
        "  target  float32 [2, 2]           a constant\n"
        "  source  int64   [2]              a constant\n"
        "  write source.to(Dtype::float32)");
  CHECK(error_of([&] {
          x.copy_(ones({2}, Dtype::float64));
        }).starts_with("copy_: the operands must have one element type"));
  CHECK(error_of([] { Tensor().fill_(1); }) == "fill_: the tensor is undefined");
  CHECK(error_of([&] {
          x.copy_(ones({3, 2, 2}));
        }) ==
        "copy_: the source must broadcast to the target\n"
        "  target  float32 [2, 2]           a constant\n"
        "  source  float32 [3, 2, 2]        a constant");
  CHECK(error_of([] { arange(3).mul_(2); }) ==
        "mul_: needs float32 or float64, not int64; write x.to(Dtype::float32)");
  CHECK(values(x) == Values(4, 1));
  CHECK(x.storage()->version == version);
}

TEST_CASE("in-place edits: every one of them raises the version that views share") {
  Tensor x = ones({2, 2});
  const Tensor view = x.t();
  std::uint32_t version = view.storage()->version;
  const auto raised = [&] {
    return view.storage()->version > std::exchange(version, view.storage()->version);
  };
  x.add_(x);
  CHECK(raised());
  x.mul_(2);
  CHECK(raised());
  x.copy_(zeros({2}));
  CHECK(raised());
  x.fill_(1);
  CHECK(raised());
  x.select(0, 0).zero_();
  CHECK(raised());
}

TEST_CASE("a saved tensor that was edited is an error that names op and tensor, through any alias of it") {
  struct Case {
    const char* op;
    Tensor (*f)(const Tensor&);
    bool edits_output;
  };
  for (const Case& c :
       {Case{"mul", [](const Tensor& x) { return x * x; }, false}, Case{"exp", exp, true},
        Case{"log", log, false}, Case{"softmax", [](const Tensor& x) { return softmax(x); }, true},
        Case{"gelu_erf", gelu_erf, false},
        Case{"layer_norm", [](const Tensor& x) { return layer_norm(x, {}, {}); }, false}}) {
    INFO("op: ", std::string(c.op));
    Tensor x = full({2, 3}, 0.5).requires_grad_();
    const Tensor y = c.f(x);
    const Tensor target = c.edits_output ? y.detach() : x.detach();
    target.select(0, 0).fill_(2);
    const std::string message = error_of([&] { y.sum().backward(); });
    CHECK(message == c.op + std::string(": backward needs a tensor that was changed in place after node ") +
                         std::to_string(y.node()->number) + " saved it\n  saved  float32 [2, 3]           " +
                         (c.edits_output ? "a constant" : "a leaf") +
                         "\n  edit a clone(), or do the edit before the forward pass");
  }
  Tensor x = full({2, 3}, 0.5).requires_grad_();
  const Tensor y = x + x;  // saves nothing, so may be edited
  x.detach().fill_(9);
  y.sum().backward();
  CHECK(values(x.grad()) == Values(6, 2));
}

TEST_CASE("attention notices edits of q, k, v, of a bias and of its own output") {
  for (const int edited : {0, 1, 2, 3, 4}) {
    CAPTURE(edited);
    Tensor x[] = {randn({1, 1, 3, 4}), randn({1, 1, 3, 4}), randn({1, 1, 3, 4}), randn({3, 3}), {}};
    for (Tensor& t : x)
      if (t.defined()) t.requires_grad_();
    x[4] = attention(x[0], x[1], x[2], {.mask = x[3]});
    x[edited].detach().fill_(1);
    CHECK(error_of([&] {
            x[4].sum().backward();
          }).starts_with("attention: backward needs a tensor that was changed in place"));
  }
}

TEST_CASE("in-place edits refuse a target whose elements share a place") {
  Tensor row = zeros({1, 3}).expand({2, 3});
  CHECK_THROWS_AS(row.add_(ones({2, 3})), Error);
  CHECK_THROWS_AS(row.copy_(ones({2, 3})), Error);
}
