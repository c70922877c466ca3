#include "gradus/autograd/gradcheck.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "gradus/autograd/errors.h"
#include "gradus/autograd/modes.h"
#include "gradus/autograd/resemblance.h"
#include "gradus/autograd/walk.h"
#include "gradus/base/random.h"
#include "gradus/tensor/creation.h"

namespace gradus {
namespace {

using detail::CheckedFunction;
using Values = std::vector<double>;

Values values_of(const Tensor& x) { return x.to_vector<double>(); }

double dot(const Values& a, const Values& b) {
  double total = 0;
  for (std::size_t i = 0; i < a.size(); ++i) total += a[i] * b[i];
  return total;
}

Values random_values(std::int64_t n, std::uint64_t seed, std::uint64_t stream) {
  const Philox random{seed, stream};
  Values v(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = random.normal(i);
  return v;
}

/// A function of float64 tensors to one number, with its gradient: what both orders of the check come down
/// to.
struct Scalar {
  std::function<double(const std::vector<Tensor>& x)> value;
  std::function<std::vector<Values>(const std::vector<Tensor>& x)> gradient;
};

std::vector<Tensor> leaves(const std::vector<Tensor>& inputs) {
  std::vector<Tensor> out;
  for (const Tensor& x : inputs) {
    Tensor leaf = is_floating(x.dtype()) ? x.detach().to(Dtype::float64).clone() : x;
    if (is_floating(leaf.dtype())) leaf.requires_grad_();
    out.push_back(leaf);
  }
  return out;
}

std::vector<Tensor> floating(const std::vector<Tensor>& x) {
  std::vector<Tensor> out;
  std::copy_if(x.begin(), x.end(), std::back_inserter(out),
               [](const Tensor& t) { return is_floating(t.dtype()); });
  return out;
}

/// (s(x - 2h d) - 8 s(x - h d) + 8 s(x + h d) - s(x + 2h d)) / 12h along the direction d of input `which`.
double five_point(const Scalar& s, const std::vector<Tensor>& inputs, std::size_t which,
                  const Values& direction, double h) {
  const auto at = [&](double step) {
    std::vector<Tensor> x = leaves(inputs);
    double* p = x[which].data<double>();
    for (std::size_t i = 0; i < direction.size(); ++i) p[i] += step * direction[i];
    return s.value(x);
  };
  return (at(-2 * h) - 8 * at(-h) + 8 * at(h) - at(2 * h)) / (12 * h);
}

std::string multi_index(std::int64_t flat, const Shape& shape) {
  Shape index = shape;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    index[i] = flat % shape[i];
    flat /= shape[i];
  }
  return to_string(index);
}

struct Worst {
  double error = 0;
  std::string text;
};

/// "\n  the analytic gradient of input 0 is 2 times what is expected", or nothing where no known mistake fits. Of
/// directions only what is the same at every place in the tensor can be told.
std::string explanation(std::size_t which, const Values& analytic, const Values& numeric, const Shape& shape,
                        bool directions) {
  using How = Resemblance::How;
  const Shape s = directions ? Shape{static_cast<std::int64_t>(analytic.size())} : shape;
  auto found = resemblance(tensor(analytic, s), tensor(numeric, s));
  if (found && directions) {
    if (found->how == How::factor)
      found->sentence = fmt::format("is {:.6g} times what is expected", found->factor);
    else if (found->how != How::zero && found->how != How::sign)
      found.reset();
  }
  return found ? fmt::format("\n  the analytic gradient of input {} {}", which, found->sentence) : "";
}

/// Largest |analytic - numeric| over the largest entry, over all inputs.
Worst compare(const char* order, const Scalar& s, const std::vector<Tensor>& inputs,
              const GradcheckOptions& o) {
  const std::vector<Values> analytic = s.gradient(leaves(inputs));
  // Rounding in s itself reaches the difference as eps |s| / h: a difference below that is within tolerance.
  const double noise = 1e-14 * std::max(1.0, std::fabs(s.value(leaves(inputs)))) / o.step;
  Worst worst;
  for (std::size_t which = 0; which < inputs.size(); ++which) {
    if (!is_floating(inputs[which].dtype())) continue;
    const std::int64_t n = inputs[which].numel(),
                       probes = o.directions > 0 ? std::min<std::int64_t>(o.directions, n) : n;
    Values a, b;
    for (std::int64_t probe = 0; probe < probes; ++probe) {
      Values direction(static_cast<std::size_t>(n));
      if (o.directions > 0)
        direction = random_values(n, o.seed, 1000 + static_cast<std::uint64_t>(probe));
      else
        direction[static_cast<std::size_t>(probe)] = 1;
      // Not a product with 0s: a NaN in another element must not show here.
      a.push_back(o.directions > 0 ? dot(analytic[which], direction)
                                   : analytic[which][static_cast<std::size_t>(probe)]);
      b.push_back(five_point(s, inputs, which, direction, o.step));
    }
    bool holds_the_worst = false;
    double scale = 0;
    for (std::size_t i = 0; i < a.size(); ++i) scale = std::max({scale, std::fabs(a[i]), std::fabs(b[i])});
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double difference = std::fabs(a[i] - b[i]);
      const double error = difference / std::max(scale, noise / o.tolerance);
      if (worst.text.empty() || error > worst.error || std::isnan(error)) {  // once NaN, it stays the worst
        worst.error = error;
        holds_the_worst = true;
        const std::string place = o.directions > 0
                                      ? fmt::format("direction {}", i)
                                      : multi_index(static_cast<std::int64_t>(i), inputs[which].shape());
        worst.text =
            fmt::format("{} order: input {} at {}: analytic {:.10g}, numeric {:.10g}, relative error {:.2e}",
                        order, which, place, a[i], b[i], error);
      }
    }
    if (holds_the_worst && worst.error > o.tolerance)
      worst.text += explanation(which, a, b, inputs[which].shape(), o.directions > 0);
  }
  return worst;
}

/// s(x) = <cotangent, f(x)>.
Scalar first_order(CheckedFunction f, std::uint64_t seed) {
  const auto cotangent = [=](const Tensor& y) { return random_values(y.numel(), seed, 1); };
  const auto value = [=](const std::vector<Tensor>& x) {
    const NoGrad off;
    const Tensor y = f(x);
    return dot(values_of(y), cotangent(y));
  };
  const auto gradient = [=](const std::vector<Tensor>& x) {
    const Tensor y = f(x);
    std::vector<Values> out;
    std::vector<Tensor> g;
    const std::vector<Tensor> wanted = floating(x);
    if (y.requires_grad()) g = grad(y, wanted, {}, tensor(cotangent(y), y.shape()));
    std::size_t k = 0;
    for (const Tensor& t : x) {
      if (!is_floating(t.dtype()))
        out.emplace_back();
      else
        out.push_back(y.requires_grad() ? values_of(g[k++])
                                        : Values(static_cast<std::size_t>(t.numel()), 0.0));
    }
    return out;
  };
  return {value, gradient};
}

/// s(x, dy) = sum over inputs of <r_i, dx_i>, dx the recorded gradient of f at x for the cotangent dy; dy
/// comes last in x.
Scalar second_order(CheckedFunction f, std::uint64_t seed) {
  const auto weight = [=](std::size_t i, const Tensor& g) { return random_values(g.numel(), seed, 100 + i); };
  const auto first_gradient = [=](const std::vector<Tensor>& x_and_dy) {
    const std::vector<Tensor> x(x_and_dy.begin(), x_and_dy.end() - 1);
    const Tensor y = f(x);
    return grad(y, floating(x), {.create_graph = true}, x_and_dy.back());
  };
  const auto value = [=](const std::vector<Tensor>& x) {
    double total = 0;
    const std::vector<Tensor> g = first_gradient(x);
    for (std::size_t i = 0; i < g.size(); ++i) total += dot(values_of(g[i]), weight(i, g[i]));
    return total;
  };
  const auto gradient = [=](const std::vector<Tensor>& x) {
    const std::vector<Tensor> g = first_gradient(x), wanted = floating(x);
    std::vector<Values> out;
    for (const Tensor& t : x)
      out.emplace_back(is_floating(t.dtype()) ? static_cast<std::size_t>(t.numel()) : 0, 0.0);
    for (std::size_t i = 0; i < g.size(); ++i) {
      if (!g[i].requires_grad()) continue;
      const std::vector<Tensor> h =
          grad(g[i], wanted, {.retain_graph = true}, tensor(weight(i, g[i]), g[i].shape()));
      std::size_t k = 0;
      for (std::size_t j = 0; j < x.size(); ++j) {
        if (!is_floating(x[j].dtype())) continue;
        const Values part = values_of(h[k++]);
        for (std::size_t e = 0; e < part.size(); ++e) out[j][e] += part[e];
      }
    }
    return out;
  };
  return {value, gradient};
}

}  // namespace

GradcheckReport detail::gradcheck(CheckedFunction f, const std::vector<Tensor>& inputs,
                                  const GradcheckOptions& options) {
  const RecordMode on(true);
  GradcheckReport report;
  const Worst one = compare("first", first_order(f, options.seed), inputs, options);
  report.error = one.error;
  report.ok = one.error <= options.tolerance;
  report.message = one.text;
  if (!options.second_order || !report.ok) return report;

  const Tensor y = f(leaves(inputs));
  if (!y.requires_grad()) return report;
  std::vector<Tensor> x_and_dy = inputs;
  x_and_dy.push_back(tensor(random_values(y.numel(), options.seed, 2), y.shape()));
  const Worst two = compare("second", second_order(f, options.seed), x_and_dy, options);
  report.second_order_error = two.error;
  report.ok = two.error <= options.tolerance;
  if (!report.ok || two.error > one.error) report.message = two.text;
  return report;
}

}  // namespace gradus
