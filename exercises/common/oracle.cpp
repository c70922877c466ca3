#include "exercises/common/oracle.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace gradus::exercises {
namespace {

using Scale = Recipe::Scale;
using Softmax = Recipe::Softmax;
using Mask = Recipe::Mask;
using Scores = Recipe::Scores;
using Mix = Recipe::Mix;

double divisor(const Recipe& recipe, std::int64_t d_k, std::int64_t d_v, std::int64_t tk) {
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
  if (recipe.softmax != Softmax::none && recipe.softmax != Softmax::output) {
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
  for (const Softmax s : {Softmax::queries, Softmax::everything, Softmax::batch, Softmax::none,
                          Softmax::not_normalised, Softmax::output})
    add([s](Recipe& r) { r.softmax = s; });
  for (const Scores s : {Scores::kq, Scores::memory}) add([s](Recipe& r) { r.scores = s; });
  add([](Recipe& r) { r.mix = Mix::transposed; });
  if (masked)
    for (const Mask m :
         {Mask::none, Mask::after, Mask::times, Mask::inverted, Mask::finite, Mask::first_item})
      add([m](Recipe& r) { r.mask = m; });
  return all;
}

const std::pair<Scale, Cause> scales[] = {
    {Scale::none, {"scale", "scores are not divided; expected a division by sqrt(d_k)"}},
    {Scale::keys, {"scale", "scores are divided by d_k; the root is missing: sqrt(d_k)"}},
    {Scale::times_root_keys, {"scale", "scores are multiplied by sqrt(d_k) instead of divided"}},
    {Scale::root_values,
     {"scale",
      "scores are divided by sqrt(d_v), the width of the values; it is the keys' width that counts"}},
    {Scale::root_length,
     {"scale", "scores are divided by the root of the number of keys; it is the keys' width that counts"}},
    {Scale::root_model,
     {"scale", "scores are divided by sqrt(d_model); each head has only d_k = d_model / heads columns"}}};
const std::pair<Softmax, Cause> softmaxes[] = {
    {Softmax::queries,
     {"softmax-axis",
      "the softmax runs over the queries; each query distributes its weight over the keys (the last axis)"}},
    {Softmax::everything,
     {"softmax-axis", "the softmax runs over all scores at once; it belongs on the keys of each query"}},
    {Softmax::batch,
     {"softmax-axis", "the softmax runs over the batch; it belongs on the keys of each query"}},
    {Softmax::none, {"softmax-missing", "there is no softmax: the scores themselves are used as weights"}},
    {Softmax::not_normalised,
     {"softmax-not-normalised", "scores are exponentiated but not divided by their sum"}},
    {Softmax::output,
     {"softmax-after-values",
      "the softmax comes after the product with V; it belongs on the scores, before that product"}}};
const std::pair<Scores, Cause> products[] = {
    {Scores::kq, {"scores-transposed", "the scores are K Q^T; row = query, column = key: Q K^T"}},
    {Scores::memory,
     {"transpose-as-reshape",
      "K^T is read in K's memory order: a transpose changes strides, it is not a reshape"}}};
const std::pair<Mix, Cause> mixes[] = {
    {Mix::transposed,
     {"mix-transposed",
      "the weights are transposed before they meet V: queries are mixed instead of values"}}};
const std::pair<Mask, Cause> masks[] = {
    {Mask::none, {"mask-ignored", "the mask has no effect"}},
    {Mask::after,
     {"mask-after-softmax",
      "weights are set to 0 after the softmax, so rows lose mass: mask the scores before it"}},
    {Mask::times,
     {"mask-times",
      "blocked scores are 0, and e^0 = 1 is a weight like any other: a score of 0 is not blocked, -inf is"}},
    {Mask::inverted, {"mask-inverted", "what the mask allows is blocked, and the other way round"}},
    {Mask::finite,
     {"mask-leaks", "blocked scores get about -10, which leaks a weight of e^-10; -inf does not"}},
    {Mask::first_item, {"mask-first-item", "only the first item of the batch is masked"}}};

/// The causes of all its steps in one: the first one's name, and what all of them say.
Cause describe(const Recipe& r) {
  Cause all;
  const auto add = [&](const auto& known, auto step) {
    for (const auto& [other, cause] : known) {
      if (other != step) continue;
      if (all.name.empty()) all.name = cause.name;
      all.sentence += (all.sentence.empty() ? "" : "; and ") + cause.sentence;
    }
  };
  add(scales, r.scale);
  add(softmaxes, r.softmax);
  add(products, r.scores);
  add(mixes, r.mix);
  add(masks, r.mask);
  return all;
}

}  // namespace

Array weights(const Array& q, const Array& k, const Array& mask, const Recipe& recipe) {
  return weights_of(q, k, mask, recipe, q.size(2));
}

Array scores_of(const Array& q, const Array& k, const Array& mask) {
  Recipe recipe;
  recipe.softmax = Softmax::none;
  return weights(q, k, mask, recipe);
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
  return recipe.softmax == Softmax::output ? softmax(y) : y;
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
  if (distance(got, attention(q, k, v, mask)) <= tolerance) return {};
  for (const Recipe& r : known_recipes(!mask.values.empty(), model_width))
    if (distance(got, attention(q, k, v, mask, r)) <= tolerance) return describe(r);
  return {};
}

}  // namespace gradus::exercises
