// ctest: LABELS gradcheck
#include "gradus/autograd/gradcheck.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "gradus/autograd/record.h"
#include "gradus/base/random.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/copy.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/table.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "reference/expect.h"

using namespace gradus;
using Inputs = const std::vector<Tensor>&;

namespace {

/// A user's own op: x^3, its kernel a loop, its rule made of ops.
Tensor cube(const Tensor& x) {
  const Tensor in = contiguous(x.detach());
  Tensor y = empty_like(in);
  visit_floating(x.dtype(), "cube", [&](auto t) {
    using T = decltype(t);
    for (std::int64_t i = 0; i < in.numel(); ++i)
      y.data<T>()[i] = in.data<T>()[i] * in.data<T>()[i] * in.data<T>()[i];
  });
  return record("cube", y, wrt(x, [x = Saved(x)](const Tensor& dy) { return dy * square(x) * 3.0; }));
}

template <class F> Tensor planted(const Tensor& x, Tensor y, F rule) {
  return record("planted", y.detach(), wrt(x, rule));
}

}  // namespace

TEST_CASE("gradcheck: a user's own op of a dozen lines passes, first and second order") {
  const GradcheckReport r =
      gradcheck([](Inputs x) { return cube(x[0]); }, {randn({3, 4})}, {.second_order = true});
  INFO(r.message);
  CHECK(r.ok);
  CHECK(r.error <= 1e-10);
  CHECK(r.second_order_error <= 1e-9);
}

TEST_CASE("gradcheck: planted mistakes are found") {
  const std::vector<Tensor> square_input{randn({4, 4}, Dtype::float64)}, row{randn({3, 5}, Dtype::float64)};
  const auto rejected = [](const auto& f, const std::vector<Tensor>& inputs) {
    const GradcheckReport r = gradcheck(f, inputs);
    return !r.ok && !(r.error <= 1e-3) && r.message.starts_with("first order: input 0 at [");
  };
  // Right as they stand, so that it is the mistake that is found.
  CHECK(gradcheck(
            [](Inputs x) {
              return planted(x[0], square(x[0]),
                             [x = Saved(x[0])](const Tensor& dy) { return dy * x * 2.0; });
            },
            row)
            .ok);

  CHECK(rejected(
      [](Inputs x) {
        return planted(x[0], square(x[0]), [x = Saved(x[0])](const Tensor& dy) { return dy * x; });
      },
      row));
  CHECK(rejected(
      [](Inputs x) {
        return planted(x[0], cos(x[0]), [x = Saved(x[0])](const Tensor& dy) { return dy * sin(x); });
      },
      row));
  CHECK(rejected(
      [](Inputs x) {
        return planted(x[0], matmul(ones({4, 4}, Dtype::float64), x[0]) * 1.0,
                       [](const Tensor& dy) { return dy * 4.0; });
      },
      square_input));
  CHECK(rejected([](Inputs x) { return planted(x[0], x[0].t() * 1.0, [](const Tensor& dy) { return dy; }); },
                 square_input));
  CHECK(rejected(
      [](Inputs x) { return planted(x[0], exp(x[0]), [](const Tensor& dy) { return zeros_like(dy); }); },
      row));
  CHECK(rejected([](Inputs x) { return exp(x[0].detach()) + x[0] * 0.0; }, row));
  CHECK(rejected(
      [](Inputs x) {  // softmax without the row's sum
        return planted(x[0], softmax(x[0]), [x = Saved(x[0])](const Tensor& dy) { return softmax(x) * dy; });
      },
      row));
  CHECK(rejected(
      [](Inputs x) {
        return planted(x[0], sum(x[0], {0}), [](const Tensor& dy) { return expand(dy, {3, 5}) / 3.0; });
      },
      row));
}

TEST_CASE("gradcheck: a gradient of NaN is a finding, wherever it stands") {
  for (const std::int64_t at : {0, 2, 4}) {
    const GradcheckReport r = gradcheck(
        [at](Inputs x) {
          return planted(x[0], x[0] * 1.0, [at](const Tensor& dy) {
            Tensor dx = dy.clone();
            dx.slice(0, at, at + 1).fill_(not_a_number);
            return dx;
          });
        },
        {randn({5})});
    CHECK_FALSE(r.ok);
    CHECK(r.message.starts_with("first order: input 0 at [" + std::to_string(at) + "]: analytic nan"));
  }
}

TEST_CASE("gradcheck: the report names input, multi-index and both values") {
  const auto f = [](Inputs x) {
    const Tensor y = x[0] * 2.0 + x[1];
    return record("off by one place", y.detach(), wrt(x[0], [](const Tensor& dy) { return dy * 2.0; }),
                  wrt(x[1], [](const Tensor& dy) {
                    Tensor dx = dy.clone();
                    dx.select(0, 1).select(0, 2).fill_(7);
                    return dx;
                  }));
  };
  const GradcheckReport r = gradcheck(f, {randn({3, 4}), randn({3, 4})});
  CHECK_FALSE(r.ok);
  INFO(r.message);
  CHECK(r.message.starts_with("first order: input 1 at [1, 2]: analytic 7, numeric "));
  CHECK(r.message.find("relative error") != std::string::npos);
}

TEST_CASE("gradcheck: a rule that is right once but cannot be differentiated is found by the second order") {
  const auto f = [](Inputs x) {
    return record("first order only", cos(x[0].detach()),
                  wrt(x[0], [x = Saved(x[0])](const Tensor& dy) { return -(dy * sin(x.get().detach())); }));
  };
  CHECK(gradcheck(f, {randn({4})}).ok);
  const GradcheckReport r = gradcheck(f, {randn({4})}, {.second_order = true});
  CHECK_FALSE(r.ok);
  CHECK(r.message.starts_with("second order: input 0 at ["));
}

TEST_CASE("gradcheck: random directions find a mistake in any one element") {
  const auto f = [](Inputs x) {
    return planted(x[0], x[0] * 1.0, [](const Tensor& dy) {
      Tensor dx = dy.clone();
      dx.slice(0, 40, 41).mul_(1.01);
      return dx;
    });
  };
  const GradcheckReport r = gradcheck(f, {randn({100})}, {.directions = 3});
  CHECK_FALSE(r.ok);
  CHECK(r.message.starts_with("first order: input 0 at direction "));
  CHECK(gradcheck([](Inputs x) { return tanh(x[0]); }, {randn({100})}, {.directions = 3}).ok);
}

TEST_CASE(
    "gradcheck: integer inputs pass through, inputs nobody uses have gradient 0, and nothing changes "
    "outside") {
  const Tensor a = randn({2}), b = randn({2});
  CHECK(gradcheck([](Inputs x) { return x[0] * to(x[1], x[0].dtype()); }, {a, arange(2), b}).ok);
  CHECK(gradcheck([](Inputs x) { return x[0].detach() * 0.0; }, {a}).ok);
  CHECK_FALSE(a.requires_grad());
  CHECK(recording());
  const NoGrad off;
  CHECK(gradcheck([](Inputs x) { return exp(x[0]); }, {a}).ok);
  CHECK_FALSE(recording());
}

TEST_CASE("gradcheck: no false alarms over many seeds") {
  for (const char* op : {"matmul", "softmax", "layer_norm", "div", "gelu_tanh", "logsumexp"})
    for (const OpRow& row : op_table()) {
      if (row.op != std::string(op)) continue;
      for (std::uint64_t seed = 100; seed < 120; ++seed) {
        const GradcheckReport r =
            gradcheck(row.call, sample_inputs(row, Dtype::float64, seed), {.directions = 4, .seed = seed});
        INFO(op, " seed ", seed, ": ", r.message);
        CHECK(r.ok);
      }
    }
}
