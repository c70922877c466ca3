#include "exercises/common/attention_gradients.h"

#include <cmath>

#include "exercises/common/oracle.h"
#include "gradus/autograd/walk.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"

namespace gradus::exercises::backward {
namespace {

double loss_from_weights(const Problem& p, const Array& a) {
  const Array out = product(a, false, p.v, false);
  double loss = 0;
  for (std::size_t i = 0; i < out.values.size(); ++i) loss += p.dout.values[i] * out.values[i];
  return loss;
}

Tensor leaf(const Array& x) { return gradus::tensor(x.values, x.shape).requires_grad_(); }

}  // namespace

Array Problem::weights() const { return exercises::weights(q, k, mask); }

const char* name_of(Step step) {
  constexpr std::array names{"dV", "dA", "dS", "dQ", "dK"};
  return names[static_cast<std::size_t>(step)];
}

Array product(const Array& x, bool x_transposed, const Array& y, bool y_transposed, double factor) {
  const int row = x_transposed ? 2 : 1, x_inner = 3 - row, y_inner = y_transposed ? 2 : 1,
            column = 3 - y_inner;
  if (x.size(x_inner) != y.size(y_inner)) return {};
  Array z({x.size(0), x.size(row), y.size(column)});
  for (std::int64_t b = 0; b < z.size(0); ++b)
    for (std::int64_t i = 0; i < z.size(1); ++i)
      for (std::int64_t j = 0; j < z.size(2); ++j) {
        for (std::int64_t c = 0; c < x.size(x_inner); ++c)
          z(b, i, j) += (x_transposed ? x(b, c, i) : x(b, i, c)) * (y_transposed ? y(b, j, c) : y(b, c, j));
        z(b, i, j) *= factor;
      }
  return z;
}

Gradients by_loops(const Problem& p) {
  const Array a = p.weights();
  const double scale = 1 / root(p.q.size(2));
  Gradients g;
  g[Step::dv] = product(a, true, p.dout, false);
  const Array& da = g[Step::da] = product(p.dout, false, p.v, true);
  Array& ds = g[Step::ds] = Array(a.shape);
  for (std::int64_t b = 0; b < a.size(0); ++b)
    for (std::int64_t i = 0; i < a.size(1); ++i) {
      double mean = 0;
      for (std::int64_t j = 0; j < a.size(2); ++j) mean += a(b, i, j) * da(b, i, j);
      for (std::int64_t j = 0; j < a.size(2); ++j) ds(b, i, j) = a(b, i, j) * (da(b, i, j) - mean);
    }
  g[Step::dq] = product(ds, false, p.k, false, scale);
  g[Step::dk] = product(ds, true, p.q, false, scale);
  return g;
}

Gradients by_tape(const Problem& p) {
  const Tensor q = leaf(p.q), k = leaf(p.k), v = leaf(p.v);
  Tensor s = matmul(q, k.transpose(-2, -1)) / root(p.q.size(2));
  if (!p.mask.values.empty()) s = s + gradus::tensor(p.mask.values, p.mask.shape);
  const Tensor a = softmax(s, -1), out = matmul(a, v);
  const std::vector<Tensor> found =
      grad(out, {v, a, s, q, k}, {}, gradus::tensor(p.dout.values, p.dout.shape));
  Gradients g;
  for (std::size_t i = 0; i < found.size(); ++i) g.all[i] = Array(found[i]);
  return g;
}

Gradients by_differences(const Problem& p, double h) {
  Problem x = p;
  Array a = p.weights(), s = scores_of(p.q, p.k, p.mask);
  Gradients g;
  g[Step::dv] = differences(x.v, h, [&] { return loss_from_weights(x, a); });
  g[Step::da] = differences(a, h, [&] { return loss_from_weights(x, a); });
  g[Step::ds] = differences(s, h, [&] { return loss_from_weights(x, softmax(s)); });
  g[Step::dq] = differences(x.q, h, [&] { return loss_from_weights(x, x.weights()); });
  g[Step::dk] = differences(x.k, h, [&] { return loss_from_weights(x, x.weights()); });
  return g;
}

}  // namespace gradus::exercises::backward
