#include "exercises/common/oracle.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "exercises/common/checks.h"

namespace gradus::exercises {
namespace {

using Scale = Recipe::Scale;
using Softmax = Recipe::Softmax;
using Mask = Recipe::Mask;
using Scores = Recipe::Scores;
using Mix = Recipe::Mix;

double divisor(const Recipe& recipe, std::int64_t d_k, std::int64_t d_v, std::int64_t tk) {
  const auto root = [](std::int64_t n) { return std::sqrt(static_cast<double>(n)); };
  switch (recipe.scale) {
    case Scale::root_keys: return root(d_k);
    case Scale::none: return 1;
    case Scale::keys: return static_cast<double>(d_k);
    case Scale::times_root_keys: return 1 / root(d_k);
    case Scale::root_values: return root(d_v);
    case Scale::root_length: return root(tk);
    case Scale::root_model: return root(recipe.model_width);
  }
  return 0;
}

/// K^T [d_k, Tk] as it looks when only the shape is swapped and the memory read on in its old order.
double misread(const Array& k, std::int64_t b, std::int64_t j, std::int64_t c) {
  const std::int64_t tk = k.size(1), d = k.size(2), place = c * tk + j;
  return k(b, place / d, place % d);
}

Array weights_of(const Array& q, const Array& k, const Array& mask, const Recipe& recipe, std::int64_t d_v) {
  const std::int64_t batch = q.size(0), tq = q.size(1), tk = k.size(1), d = q.size(2);
  if (recipe.scores == Scores::kq && tq != tk) return {};
  const double by = divisor(recipe, d, d_v, tk);
  const bool masked = !mask.values.empty() && recipe.mask != Mask::none;
  Array a({batch, tq, tk});
  const auto hidden = [&](std::int64_t b, std::int64_t i, std::int64_t j) {
    if (!masked || (recipe.mask == Mask::first_item && b > 0)) return 0.0;
    if (recipe.mask != Mask::inverted) return mask(i, j);
    return std::isinf(mask(i, j)) ? 0 : -std::numeric_limits<double>::infinity();
  };
  for (std::int64_t b = 0; b < batch; ++b)
    for (std::int64_t i = 0; i < tq; ++i)
      for (std::int64_t j = 0; j < tk; ++j) {
        double s = 0;
        for (std::int64_t c = 0; c < d; ++c)
          s += recipe.scores == Scores::qk   ? q(b, i, c) * k(b, j, c)
               : recipe.scores == Scores::kq ? k(b, i, c) * q(b, j, c)
                                             : q(b, i, c) * misread(k, b, j, c);
        s /= by;
        const double m = hidden(b, i, j);
        if (recipe.mask == Mask::times)
          s = std::isinf(m) ? 0 : s;
        else if (recipe.mask == Mask::finite)
          s += std::isinf(m) ? -10 : m;
        else if (recipe.mask != Mask::after)
          s += m;
        a(b, i, j) = s;
      }
  if (recipe.softmax != Softmax::none) {
    const auto group = [&](std::int64_t b, std::int64_t i, std::int64_t j) -> std::int64_t {
      switch (recipe.softmax) {
        case Softmax::queries: return b * tk + j;
        case Softmax::everything: return 0;
        case Softmax::batch: return i * tk + j;
        default: return b * tq + i;
      }
    };
    const std::size_t groups = static_cast<std::size_t>(batch * tq * tk + 1);
    std::vector<double> highest(groups, -std::numeric_limits<double>::infinity()), total(groups, 0);
    const auto each = [&](auto use) {
      for (std::int64_t b = 0; b < batch; ++b)
        for (std::int64_t i = 0; i < tq; ++i)
          for (std::int64_t j = 0; j < tk; ++j) use(a(b, i, j), static_cast<std::size_t>(group(b, i, j)));
    };
    each([&](double& s, std::size_t g) { highest[g] = std::max(highest[g], s); });
    if (recipe.softmax == Softmax::not_normalised) std::fill(highest.begin(), highest.end(), 0);
    each([&](double& s, std::size_t g) { total[g] += s = std::exp(s - highest[g]); });
    if (recipe.softmax != Softmax::not_normalised) each([&](double& s, std::size_t g) { s /= total[g]; });
  }
  if (recipe.mask == Mask::after && masked)
    for (std::int64_t b = 0; b < batch; ++b)
      for (std::int64_t i = 0; i < tq; ++i)
        for (std::int64_t j = 0; j < tk; ++j)
          if (std::isinf(mask(i, j))) a(b, i, j) = 0;
  return a;
}

/// The recipes that differ from the right one in exactly one step.
std::vector<Recipe> single_steps(bool masked, std::int64_t model_width) {
  std::vector<Recipe> all;
  const auto add = [&](auto change) {
    Recipe r;
    r.model_width = model_width;
    change(r);
    all.push_back(r);
  };
  for (const Scale s :
       {Scale::none, Scale::keys, Scale::times_root_keys, Scale::root_values, Scale::root_length})
    add([s](Recipe& r) { r.scale = s; });
  if (model_width > 0) add([](Recipe& r) { r.scale = Scale::root_model; });
  for (const Softmax s :
       {Softmax::queries, Softmax::everything, Softmax::batch, Softmax::none, Softmax::not_normalised})
    add([s](Recipe& r) { r.softmax = s; });
  for (const Scores s : {Scores::kq, Scores::memory}) add([s](Recipe& r) { r.scores = s; });
  add([](Recipe& r) { r.mix = Mix::transposed; });
  if (masked)
    for (const Mask m :
         {Mask::none, Mask::after, Mask::times, Mask::inverted, Mask::finite, Mask::first_item})
      add([m](Recipe& r) { r.mask = m; });
  return all;
}

Cause describe(const Recipe& r, std::int64_t d_k) {
  const double root = std::sqrt(static_cast<double>(d_k));
  std::vector<Cause> steps;
  switch (r.scale) {
    case Scale::root_keys: break;
    case Scale::none:
      steps.push_back(
          {"scale", fmt::format("scores are not divided; expected a division by sqrt(d_k) = {:.2f}", root)});
      break;
    case Scale::keys:
      steps.push_back(
          {"scale", fmt::format("scores are divided by d_k = {}; the root is missing: sqrt(d_k) = {:.2f}",
                                d_k, root)});
      break;
    case Scale::times_root_keys:
      steps.push_back({"scale", "scores are multiplied by sqrt(d_k) instead of divided"});
      break;
    case Scale::root_values:
      steps.push_back(
          {"scale",
           "scores are divided by sqrt(d_v), the width of the values; it is the keys' width that counts"});
      break;
    case Scale::root_length:
      steps.push_back(
          {"scale",
           "scores are divided by the root of the number of keys; it is the keys' width that counts"});
      break;
    case Scale::root_model:
      steps.push_back(
          {"scale", "scores are divided by sqrt(d_model); each head has only d_k = d_model / heads columns"});
      break;
  }
  switch (r.softmax) {
    case Softmax::keys: break;
    case Softmax::queries:
      steps.push_back({"softmax-axis",
                       "the softmax runs over the queries; each query distributes its weight over the keys "
                       "(the last axis)"});
      break;
    case Softmax::everything:
      steps.push_back(
          {"softmax-axis", "the softmax runs over all scores at once; it belongs on the keys of each query"});
      break;
    case Softmax::batch:
      steps.push_back(
          {"softmax-axis", "the softmax runs over the batch; it belongs on the keys of each query"});
      break;
    case Softmax::none:
      steps.push_back({"softmax-missing", "there is no softmax: the scores themselves are used as weights"});
      break;
    case Softmax::not_normalised:
      steps.push_back({"softmax-not-normalised", "scores are exponentiated but not divided by their sum"});
      break;
  }
  switch (r.scores) {
    case Scores::qk: break;
    case Scores::kq:
      steps.push_back({"scores-transposed", "the scores are K Q^T; row = query, column = key: Q K^T"});
      break;
    case Scores::memory:
      steps.push_back({"transpose-as-reshape",
                       "K^T was read in K's memory order: a transpose changes strides, it is not a reshape"});
      break;
  }
  if (r.mix == Mix::transposed)
    steps.push_back({"mix-transposed",
                     "the weights are transposed before they meet V: queries are mixed instead of values"});
  switch (r.mask) {
    case Mask::before: break;
    case Mask::none: steps.push_back({"mask-ignored", "the mask has no effect"}); break;
    case Mask::after:
      steps.push_back(
          {"mask-after-softmax",
           "weights are set to 0 after the softmax, so rows lose mass: mask the scores before it"});
      break;
    case Mask::times:
      steps.push_back({"mask-times",
                       "blocked scores are 0, and e^0 = 1 is a weight like any other: a score of 0 is not "
                       "blocked, -inf is"});
      break;
    case Mask::inverted:
      steps.push_back({"mask-inverted", "what the mask allows is blocked, and the other way round"});
      break;
    case Mask::finite:
      steps.push_back(
          {"mask-leaks", "blocked scores get about -10, which leaks a weight of e^-10; -inf does not"});
      break;
    case Mask::first_item:
      steps.push_back({"mask-first-item", "only the first item of the batch is masked"});
      break;
  }
  Cause cause = steps.empty() ? Cause{"unknown", ""} : steps[0];
  for (std::size_t i = 1; i < steps.size(); ++i) cause.sentence += ";\nand " + steps[i].sentence;
  return cause;
}

}  // namespace

Array weights(const Array& q, const Array& k, const Array& mask, const Recipe& recipe) {
  return weights_of(q, k, mask, recipe, q.size(2));
}

Array attention(const Array& q, const Array& k, const Array& v, const Array& mask, const Recipe& recipe) {
  const Array a = weights_of(q, k, mask, recipe, v.size(2));
  const std::int64_t batch = q.size(0), tq = q.size(1), tk = k.size(1), d_v = v.size(2);
  if (a.values.empty() || (recipe.mix == Mix::transposed && tq != tk)) return {};
  Array y({batch, tq, d_v});
  for (std::int64_t b = 0; b < batch; ++b)
    for (std::int64_t i = 0; i < tq; ++i)
      for (std::int64_t j = 0; j < tk; ++j)
        for (std::int64_t c = 0; c < d_v; ++c)
          y(b, i, c) += (recipe.mix == Mix::values ? a(b, i, j) : a(b, j, i)) * v(b, j, c);
  return y;
}

Array causal_mask(std::int64_t t) {
  Array m({t, t}, -std::numeric_limits<double>::infinity());
  for (std::int64_t i = 0; i < t; ++i)
    for (std::int64_t j = 0; j <= i; ++j) m(i, j) = 0;
  return m;
}

/// Whether two steps together are a mistake of their own, not another name for one that is tried already.
static bool distinct(const Recipe& r) {
  const bool by_keys = r.softmax == Softmax::keys, weights = by_keys || r.softmax == Softmax::queries;
  if (r.mix == Mix::transposed && !by_keys) return false;  // the same as K Q^T with that softmax
  if (r.scores == Scores::kq && r.softmax == Softmax::queries)
    return false;  // the same as transposed weights
  if (r.mask == Mask::finite) return r.scale == Scale::root_keys && by_keys;  // nearly as good as -inf
  return weights || (r.mask != Mask::after && r.mask != Mask::times);
}

std::vector<Recipe> known_recipes(bool masked, std::int64_t model_width) {
  const std::vector<Recipe> single = single_steps(masked, model_width);
  std::vector<Recipe> all = single;
  for (const Recipe& a : single)
    for (const Recipe& b : single) {
      Recipe r = b;
      if (a.scale != Scale::root_keys && b.scale == Scale::root_keys)
        r.scale = a.scale;
      else if (a.softmax != Softmax::keys && b.softmax == Softmax::keys && b.scale == Scale::root_keys)
        r.softmax = a.softmax;
      else
        continue;
      if (distinct(r)) all.push_back(r);
    }
  return all;
}

std::optional<Cause> explain_attention(const Array& got, const Array& q, const Array& k, const Array& v,
                                       const Array& mask, std::int64_t model_width) {
  constexpr double tolerance = 1e-5;
  if (distance(got, attention(q, k, v, mask)) <= tolerance) return {};
  for (const Recipe& r : known_recipes(!mask.values.empty(), model_width))
    if (distance(got, attention(q, k, v, mask, r)) <= tolerance) return describe(r, q.size(2));
  return {};
}

std::optional<Divisor> effective_divisor(const Array& a, const Array& q, const Array& k) {
  std::vector<double> found;
  for (std::int64_t b = 0; b < q.size(0); ++b)
    for (std::int64_t i = 0; i < q.size(1); ++i)
      for (std::int64_t j = 0; j < k.size(1); ++j)
        for (std::int64_t l = 0; l < j; ++l) {
          double difference = 0;
          for (std::int64_t c = 0; c < q.size(2); ++c) difference += q(b, i, c) * (k(b, j, c) - k(b, l, c));
          const double ratio = std::log(a(b, i, j) / a(b, i, l));
          if (std::isfinite(ratio) && std::abs(ratio) > 1e-2) found.push_back(difference / ratio);
        }
  if (found.empty()) return {};
  const auto pairs = static_cast<std::int64_t>(found.size());
  std::nth_element(found.begin(), found.begin() + pairs / 2, found.end());
  const double median = found[static_cast<std::size_t>(pairs / 2)];
  const auto agreeing = std::count_if(
      found.begin(), found.end(), [=](double x) { return std::abs(x - median) <= 0.01 * std::abs(median); });
  if (agreeing * 10 < pairs * 9) return {};
  return Divisor{median, agreeing, pairs};
}

void expect_scale(const Array& a, const Array& q, const Array& k, std::int64_t model_width) {
  const double d = static_cast<double>(q.size(2)), root = std::sqrt(d);
  const std::optional<Divisor> by = effective_divisor(a, q, k);
  if (!by) return;  // the weights follow no softmax of these scores at all: other checks say what they are
  if (std::abs(by->value - root) <= 0.01 * root) return;
  const auto is = [&](double x) { return std::abs(by->value - x) <= 0.01 * x; };
  std::string remark;
  if (is(1))
    remark = "\nThe division is missing.";
  else if (is(d))
    remark = fmt::format("\n{:.0f} is d_k itself: the root is missing.", d);
  else if (is(1 / root))
    remark = "\nScores were multiplied by sqrt(d_k) instead of divided.";
  else if (model_width > 0 && is(std::sqrt(static_cast<double>(model_width))))
    remark = "\nThat is sqrt(d_model); each head has d_k = d_model / heads columns.";
  fail_check(
      "scale",
      fmt::format(
          "Your weights behave as if scores were divided by {:.2f}; expected {:.2f} = sqrt({:.0f}).{}\n"
          "[consistent on {} of {} pairs of scores]",
          by->value, root, d, remark, by->agreeing, by->pairs));
}

void expect_rows_sum_to_one(const Array& a) {
  const std::int64_t batch = a.size(0), tq = a.size(1), tk = a.size(2);
  std::vector<double> rows, columns;
  for (std::int64_t b = 0; b < batch; ++b) {
    for (std::int64_t i = 0; i < tq; ++i) {
      rows.push_back(0);
      for (std::int64_t j = 0; j < tk; ++j) rows.back() += a(b, i, j);
    }
    for (std::int64_t j = 0; j < tk; ++j) {
      columns.push_back(0);
      for (std::int64_t i = 0; i < tq; ++i) columns.back() += a(b, i, j);
    }
  }
  const auto all_one = [](const std::vector<double>& sums) {
    return std::all_of(sums.begin(), sums.end(), [](double s) { return std::abs(s - 1) <= 1e-5; });
  };
  if (all_one(rows)) return;
  const std::string sums =
      fmt::format("rows sum to {:.2f} and {:.2f}", rows[0], rows[rows.size() > 1 ? 1 : 0]);
  if (all_one(columns))
    fail_check("softmax-axis", sums + ", columns to 1: normalise over the keys, the last axis.");
  double total = 0, smallest = 0;
  for (const double s : rows) total += s;
  for (const double w : a.values) smallest = std::min(smallest, w);
  if (std::abs(total - 1) <= 1e-5)
    fail_check("softmax-axis", sums + ", all weights together to 1: normalise over the keys of each query.");
  if (smallest < 0)
    fail_check(
        "softmax-missing",
        sums + fmt::format(", and there are negative weights such as {:.2f}: is there a softmax?", smallest));
  bool batch_sums = batch > 1;
  for (std::int64_t i = 0; i < tq && batch_sums; ++i)
    for (std::int64_t j = 0; j < tk; ++j) {
      double s = 0;
      for (std::int64_t b = 0; b < batch; ++b) s += a(b, i, j);
      batch_sums = batch_sums && std::abs(s - 1) <= 1e-5;
    }
  if (batch_sums)
    fail_check("softmax-axis",
               sums + "; the same place in all items of the batch sums to 1: normalise over the keys.");
  if (rows[0] > 1 + 1e-5)
    fail_check("softmax-not-normalised", sums + ": exponentials must be divided by their sum over the keys.");
  fail_check("rows-lose-mass", sums + ": the weights of each query must sum to 1.");
}

}  // namespace gradus::exercises
