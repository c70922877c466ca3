#include "construction.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "gradus/autograd/modes.h"

namespace gradus::exercises {

std::array<const Parameter*, 4> matrices(const MultiHeadAttention& layer) {
  return {&layer.w_q, &layer.w_k, &layer.w_v, &layer.w_o};
}

MultiHeadAttention made(std::int64_t d_model, std::int64_t heads) {
  MultiHeadAttention layer(d_model, heads);
  if (layer.d_model != d_model || layer.heads != heads)
    fail_check("parameters",
               fmt::format("A layer of {} columns and {} heads was asked for, and says it has {} and {}.",
                           d_model, heads, layer.d_model, layer.heads));
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Parameter& w = *matrices(layer)[i];
    if (!w.defined()) fail_check("parameters", fmt::format("{} was never made.", names[i]));
    if (!(w.shape() == Shape{d_model, d_model}))
      fail_check("parameters",
                 fmt::format("{} has shape {}, expected [d_model, d_model] = [{}, {}]: one matrix serves "
                             "all heads, d_k columns for each.",
                             names[i], to_string(w.shape()), d_model, d_model));
    if (!w.requires_grad()) fail_check("parameters", fmt::format("{} would not be trained.", names[i]));
  }
  return layer;
}

MultiHeadAttention loaded(const heads::Weights& weights, std::int64_t heads) {
  MultiHeadAttention layer = made(weights.q.size(0), heads);
  const NoGrad off;
  Tensor(layer.w_q).copy_(weights.q.tensor());
  Tensor(layer.w_k).copy_(weights.k.tensor());
  Tensor(layer.w_v).copy_(weights.v.tensor());
  Tensor(layer.w_o).copy_(weights.o.tensor());
  return layer;
}

void parameters_listed(Trial&) {
  const std::int64_t d = 12, count = parameter_count(made(d, 3));
  if (count != 4 * d * d)
    fail_check("parameters",
               fmt::format("The layer lists {} numbers to train; four matrices of {} x {} are {}.", count, d,
                           d, 4 * d * d));
}

namespace {

constexpr std::int64_t width = 64, draws = 4;
constexpr double wanted = start_deviation;

/// All values of matrix i, over several layers.
std::vector<double> drawn(std::size_t i, const std::vector<MultiHeadAttention>& layers) {
  std::vector<double> all;
  for (const MultiHeadAttention& layer : layers) {
    const Array w(*matrices(layer)[i]);
    all.insert(all.end(), w.values.begin(), w.values.end());
  }
  return all;
}

struct Moments {
  double mean = 0, deviation = 0, excess = 0;
};
Moments moments(const std::vector<double>& x) {
  const double n = static_cast<double>(x.size());
  Moments m;
  for (const double v : x) m.mean += v / n;
  double second = 0, fourth = 0;
  for (const double v : x) {
    const double d = (v - m.mean) * (v - m.mean);
    second += d / n;
    fourth += d * d / n;
  }
  m.deviation = std::sqrt(second);
  m.excess = fourth / (second * second) - 3;
  return m;
}

double correlation(const std::vector<double>& x, const std::vector<double>& y) {
  const Moments a = moments(x), b = moments(y);
  double both = 0;
  for (std::size_t i = 0; i < x.size(); ++i) both += (x[i] - a.mean) * (y[i] - b.mean);
  return both / (static_cast<double>(x.size()) * a.deviation * b.deviation);
}

std::string remark(double deviation) {
  const auto is = [&](double x) { return std::abs(deviation - x) <= 0.05 * x; };
  const double root = std::sqrt(static_cast<double>(width));
  if (is(std::sqrt(wanted))) return "That is the root of 0.02: 0.02 is the deviation, not the variance.";
  if (is(wanted * wanted)) return "That is 0.02 squared: 0.02 is the deviation, not its root.";
  if (is(1)) return "These are standard normal numbers: scale them.";
  if (is(1 / root)) return "That is 1/sqrt(d_model), another rule for starting values.";
  if (is(1 / root / std::sqrt(3.0)) || is(wanted / std::sqrt(3.0)))
    return "That is the deviation of uniform numbers; normal ones are asked for.";
  if (deviation == 0) return "All values are equal, and then all heads stay equal.";
  return "";
}

}  // namespace

// One matrix of 64 x 64 has 4096 numbers: the deviation's relative error is 1/sqrt(2 n) = 1.1 %, the mean's 0.02/64, a
// correlation's 1/64, and that of the fourth moment sqrt(24/n) = 0.077. The bounds are four such errors (of a correlation
// five), and what is judged are four matrices together, whose errors are half as large: nobody is accused by chance.
void initial_values(Trial&) {
  std::vector<MultiHeadAttention> layers;
  for (std::int64_t i = 0; i < draws; ++i) layers.push_back(made(width, 4));
  std::vector<std::vector<double>> all;
  for (std::size_t i = 0; i < names.size(); ++i) {
    all.push_back(drawn(i, layers));
    const Moments m = moments(all[i]);
    if (!(std::abs(m.deviation - wanted) <= 0.044 * wanted))
      fail_check("deviation", fmt::format("The values of {} spread by {:.4f}; expected {}. {}", names[i],
                                          m.deviation, wanted, remark(m.deviation)));
    if (!(std::abs(m.mean) <= 4 * wanted / 64))
      fail_check("deviation",
                 fmt::format("The values of {} are {:.4f} on average; expected 0.", names[i], m.mean));
    if (!(std::abs(m.excess) <= 4 * 0.077))
      fail_check("not-normal",
                 fmt::format("The values of {} have the right spread, but not the shape of a normal "
                             "distribution: their excess kurtosis is {:.2f} (normal 0, uniform -1.2).",
                             names[i], m.excess));
  }
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const double r = correlation(all[i], all[j]);
      if (!(std::abs(r) <= 0.08))
        fail_check("same-draw",
                   fmt::format("{} and {} have a correlation of {:.2f}: each matrix needs its own draw.",
                               names[j], names[i], r));
    }
  for (std::size_t i = 0; i < names.size(); ++i)
    if (Array(*matrices(layers[0])[i]).values == Array(*matrices(layers[1])[i]).values)
      fail_check(
          "same-draw",
          fmt::format("Two layers have the same {}: the draw must go on with the thread's generator, so "
                      "that layers differ.",
                      names[i]));
}

void refusal(Trial& t) {
  const std::int64_t n = t.randint(2, 7), d = n * t.randint(2, 6) + t.randint(1, n);
  try {
    const MultiHeadAttention layer(d, n);
  } catch (const NotWritten&) { throw; } catch (const std::exception&) {
    return;
  }
  fail_check("not-divisible",
             fmt::format("{} columns cannot be dealt out to {} heads evenly, and the layer was made all "
                         "the same: refuse it with fail(\"...\").",
                         d, n));
}

}  // namespace gradus::exercises
