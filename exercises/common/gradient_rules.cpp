#include "exercises/common/gradient_rules.h"

#include <fmt/format.h>

#include <cmath>

#include "exercises/common/resembles.h"

namespace gradus::exercises::backward {
namespace {

double number(std::int64_t n) { return static_cast<double>(n); }

Array times(const Array& x, const Array& y) {
  return generate<3>(x.shape, [&](auto... at) { return x(at...) * y(at...); });
}

enum class Over { keys, queries, item, everything, batch };
/// At every place the sum of x over the places that share it.
Array sums(const Array& x, Over over) {
  const auto group = [&](std::int64_t b, std::int64_t i, std::int64_t j) -> std::size_t {
    switch (over) {
      case Over::keys: return static_cast<std::size_t>(b * x.size(1) + i);
      case Over::queries: return static_cast<std::size_t>(b * x.size(2) + j);
      case Over::item: return static_cast<std::size_t>(b);
      case Over::everything: return 0;
      case Over::batch: break;
    }
    return static_cast<std::size_t>(i * x.size(2) + j);
  };
  std::vector<double> total(x.values.size() + 1, 0);
  generate<3>(x.shape, [&](auto... at) { return total[group(at...)] += x(at...); });
  return generate<3>(x.shape, [&](auto... at) { return total[group(at...)]; });
}

/// dS = A o (dA - row), and what becomes of it.
struct Rule {
  const char* cause;
  const char* sentence;
  Array (*make)(const Array& a, const Array& da);
};

/// a o (da - factor * row) at every place.
Array with_row(const Array& a, const Array& da, const Array& row, double factor = 1) {
  return generate<3>(a.shape, [&](auto... at) { return a(at...) * (da(at...) - factor * row(at...)); });
}

const Rule rules[] = {
    {"row-term",
     "is A o dA alone: what raises one weight of a row lowers the others, and that term is missing",
     [](const Array& a, const Array& da) { return times(a, da); }},
    {"diagonal", "is A (1 - A) dA: that is the diagonal of the softmax's Jacobian, and a row has all of it",
     [](const Array& a, const Array& da) {
       return generate<3>(a.shape, [&](auto... at) { return a(at...) * (1 - a(at...)) * da(at...); });
     }},
    {"row-term-axis", "has the sum of A o dA over the queries where that over the keys belongs",
     [](const Array& a, const Array& da) { return with_row(a, da, sums(times(a, da), Over::queries)); }},
    {"row-term-axis", "has the sum of A o dA over the whole item where that over the keys of a row belongs",
     [](const Array& a, const Array& da) { return with_row(a, da, sums(times(a, da), Over::item)); }},
    {"row-term-axis", "has the sum of A o dA over everything where that over the keys of a row belongs",
     [](const Array& a, const Array& da) { return with_row(a, da, sums(times(a, da), Over::everything)); }},
    {"row-term-axis", "has the sum of A o dA over the batch where that over the keys belongs",
     [](const Array& a, const Array& da) { return with_row(a, da, sums(times(a, da), Over::batch)); }},
    {"row-term-mean",
     "has the mean of A o dA over the row where its sum belongs: the weights average already",
     [](const Array& a, const Array& da) {
       return with_row(a, da, sums(times(a, da), Over::keys), 1 / number(a.size(2)));
     }},
    {"row-term-unweighted", "has the sum of dA over the row where that of A o dA belongs",
     [](const Array& a, const Array& da) { return with_row(a, da, sums(da, Over::keys)); }},
    {"row-term-unweighted", "has the plain mean of dA over the row where that under the weights belongs",
     [](const Array& a, const Array& da) {
       return with_row(a, da, sums(da, Over::keys), 1 / number(a.size(2)));
     }},
    {"row-term-sign", "adds the sum over the row instead of taking it away",
     [](const Array& a, const Array& da) { return with_row(a, da, sums(times(a, da), Over::keys), -1); }},
    {"weights-missing", "is the bracket dA - sum alone: each entry still has to be multiplied by its weight",
     [](const Array& a, const Array& da) {
       const Array row = sums(times(a, da), Over::keys);
       return generate<3>(a.shape, [&](auto... at) { return da(at...) - row(at...); });
     }},
    {"weights-missing",
     "takes the whole sum away from every entry: each loses the share that its weight says",
     [](const Array& a, const Array& da) {
       const Array product_of = times(a, da), row = sums(product_of, Over::keys);
       return generate<3>(a.shape, [&](auto... at) { return product_of(at...) - row(at...); });
     }},
    {"upstream-missing",
     "is A (1 - A), a derivative of its own: dA, what the loss says about A, is not in it",
     [](const Array& a, const Array&) {
       return generate<3>(a.shape, [&](auto... at) { return a(at...) * (1 - a(at...)); });
     }},
};

/// Every item on its side, its numbers read on in their old order: what a reshape makes where a transpose belongs.
Array reread(Array x) {
  x.shape = {x.size(0), x.size(2), x.size(1)};
  return x;
}

/// The two factors of a product step.
struct Factors {
  const char *x_name, *y_name;
  const Array *x, *y;
  double scale;
};

std::optional<Cause> explain_product(Step step, const Array& got, const Factors& f) {
  for (const bool swapped : {false, true})
    for (const bool x_turned : {false, true})
      for (const bool y_turned : {false, true}) {
        const Array& x = swapped ? *f.y : *f.x;
        const Array& y = swapped ? *f.x : *f.y;
        const Array z = product(x, x_turned, y, y_turned, f.scale);
        if (!(distance(got, z) <= tolerance)) continue;
        return Cause{"transposed",
                     fmt::format("is {}{} {}{}, another product, which only fits when sizes happen to agree. "
                                 "The axis to sum over is the one that both factors share and {} has not",
                                 swapped ? f.y_name : f.x_name, x_turned ? "^T" : "",
                                 swapped ? f.x_name : f.y_name, y_turned ? "^T" : "", name_of(step))};
      }
  for (const bool first : {true, false}) {
    const Array z = first ? product(reread(*f.x), false, *f.y, false, f.scale)
                          : product(*f.x, false, reread(*f.y), false, f.scale);
    if (distance(got, z) <= tolerance)
      return Cause{
          "transpose-as-reshape",
          fmt::format("reads {0}^T in {0}'s memory order: a transpose changes strides, it is not a reshape",
                      first ? f.x_name : f.y_name)};
  }
  return {};
}

std::vector<KnownFactor> factors_of(Step step, const Problem& p) {
  const double d = number(p.q.size(2)), root = std::sqrt(d);
  if (step != Step::dq && step != Step::dk)
    return {{1 / root,
             "S is what the softmax is given, already divided, so sqrt(d_k) belongs to dQ and dK only"}};
  return {{root, "the division by sqrt(d_k) is missing"},
          {1 / root, "it is divided by d_k, or by its root twice"},
          {d, "it is multiplied by sqrt(d_k) instead of divided"},
          {root / std::sqrt(number(p.k.size(1))), "it is divided by the root of the number of keys"},
          {root / std::sqrt(number(p.q.size(1))), "it is divided by the root of the number of queries"},
          {root / std::sqrt(number(p.v.size(2))), "it is divided by sqrt(d_v)"},
          {root / std::sqrt(number(p.q.size(0))), "it is divided by the root of the number of items"}};
}

}  // namespace

std::vector<Array> score_gradients(const Problem& p) {
  const Gradients right = by_loops(p);
  std::vector<Array> all{right[Step::ds]};
  for (const Rule& rule : rules) all.push_back(rule.make(p.weights(), right[Step::da]));
  return all;
}

std::optional<Cause> explain(Step step, const Array& got, const Problem& p, const Gradients& right) {
  if (distance(got, right[step]) <= tolerance) return {};
  const Array a = p.weights();
  if (step == Step::ds)
    for (const Rule& rule : rules)
      if (distance(got, rule.make(a, right[Step::da])) <= tolerance) return Cause{rule.cause, rule.sentence};
  if (auto cause = explain_by_resemblance(got, right[step], factors_of(step, p))) return cause;
  const double scale = 1 / std::sqrt(number(p.q.size(2)));
  switch (step) {
    case Step::dv: return explain_product(step, got, {"A", "dO", &a, &p.dout, 1});
    case Step::da: return explain_product(step, got, {"dO", "V", &p.dout, &p.v, 1});
    case Step::ds: break;
    case Step::dq: return explain_product(step, got, {"dS", "K", &right[Step::ds], &p.k, scale});
    case Step::dk: return explain_product(step, got, {"dS", "Q", &right[Step::ds], &p.q, scale});
  }
  return {};
}

std::optional<Cause> explain_whole(const Gradients& got, const Problem& p) {
  const Gradients right = by_loops(p);
  const std::array wanted{Step::dq, Step::dk, Step::dv};
  const auto like = [&](Step mine, const Gradients& other, Step theirs) {
    return distance(got[mine], other[theirs]) <= tolerance;
  };
  const auto all_like = [&](const Gradients& other) {
    for (const Step step : wanted)
      if (!like(step, other, step) && !like(step, right, step)) return false;
    return true;
  };
  if (all_like(right)) return {};
  for (const Step x : wanted)
    for (const Step y : wanted)
      if (x != y && !like(x, right, x) && like(x, right, y))
        return Cause{"exchanged", fmt::format("The field of {} holds {}", name_of(x), name_of(y))};

  Problem other = p;
  other.mask = {};
  if (!p.mask.values.empty() && all_like(by_loops(other)))
    return Cause{"mask-ignored",
                 "Your gradients are those without the mask: the weights must be those of the forward pass"};
  other = p;
  other.dout = Array(p.dout.shape, 1);
  if (all_like(by_loops(other)))
    return Cause{"upstream-missing", "Your gradients are those of the sum of all outputs: dO is not in them"};

  const double scale = 1 / std::sqrt(number(p.q.size(2)));
  const auto with_scores = [&](const Array& ds) {
    Gradients g = right;
    g[Step::dq] = product(ds, false, p.k, false, scale);
    g[Step::dk] = product(ds, true, p.q, false, scale);
    return g;
  };
  if (all_like(with_scores(right[Step::da])))
    return Cause{"softmax-skipped",
                 "Your dQ or dK is made from dA: between A and S lies the softmax, and dS comes out of it"};
  if (all_like(with_scores(p.weights())))
    return Cause{"upstream-missing",
                 "Your dQ or dK is made from A; it is dS that tells what the loss wants of S"};
  for (const Rule& rule : rules)
    if (all_like(with_scores(rule.make(p.weights(), right[Step::da]))))
      return Cause{rule.cause, fmt::format("Your dQ or dK is made from a dS that {}", rule.sentence)};
  for (const Step step : wanted)
    if (!like(step, right, step))
      if (auto cause = explain_by_resemblance(got[step], right[step], factors_of(step, p)))
        return Cause{cause->name, fmt::format("Your {} {}", name_of(step), cause->sentence)};
  return {};
}

}  // namespace gradus::exercises::backward
