#include "exercises/common/heads.h"

#include <utility>

#include "exercises/common/resembles.h"

namespace gradus::exercises::heads {
namespace {

Array in_shape(const Array& x, const Shape& shape) { return Array(shape, x.values); }

/// Column c goes to head c mod H.
Array split_interleaved(const Array& x, std::int64_t heads) {
  return generate<4>({x.size(0), heads, x.size(1), x.size(2) / heads},
                     [&](auto b, auto h, auto t, auto c) { return x(b, t, c * heads + h); });
}
Array merge_interleaved(const Array& x) {
  const std::int64_t heads = x.size(1);
  Array y({x.size(0), x.size(2), heads * x.size(3)});
  for_each_index<4>(x.shape, [&](auto b, auto h, auto t, auto c) { y(b, t, c * heads + h) = x(b, h, t, c); });
  return y;
}

/// Every head is the first.
Array first_head(const Array& x) {
  return generate<4>(x.shape, [&](auto b, auto, auto t, auto c) { return x(b, std::int64_t{0}, t, c); });
}

/// The mean over the heads, times factor, in the place of each.
Array mean_head(const Array& x, double factor) {
  return generate<4>(x.shape, [&](auto b, auto, auto t, auto c) {
    double total = 0;
    for (std::int64_t h = 0; h < x.size(1); ++h) total += x(b, h, t, c);
    return total * factor / static_cast<double>(x.size(1));
  });
}

bool same(const Array& got, const Array& x) { return distance(got, x) <= tolerance; }

}  // namespace

Array split(const Array& x, std::int64_t heads) {
  const std::int64_t d_k = x.size(2) / heads;
  return generate<4>({x.size(0), heads, x.size(1), d_k},
                     [&](auto b, auto h, auto t, auto c) { return x(b, t, h * d_k + c); });
}

Array merge(const Array& x) {
  Array y({x.size(0), x.size(2), x.size(1) * x.size(3)});
  for_each_index<4>(x.shape,
                    [&](auto b, auto h, auto t, auto c) { y(b, t, h * x.size(3) + c) = x(b, h, t, c); });
  return y;
}

std::optional<Cause> explain_split(const Array& got, const Array& x, std::int64_t heads) {
  const Array right = split(x, heads);
  if (same(got, right)) return {};
  if (same(got, in_shape(x, right.shape)))
    return Cause{"heads-cut-sequence",
                 "reads the numbers on in memory order. Head 0 gets all columns "
                 "of the first positions, head 1 those of the next, and so on: the heads cut the sequence. "
                 "Split the columns, then exchange two axes"};
  if (same(got, split_interleaved(x, heads)))
    return Cause{"heads-interleaved",
                 "deals the columns out in turn, column c to head c mod H. "
                 "One could train it so, but weights that are loaded expect consecutive blocks: "
                 "the first d_k columns belong to head 0"};
  return explain_by_resemblance(got, right);
}

std::optional<Cause> explain_merge(const Array& got, const Array& x) {
  const Array right = merge(x);
  if (same(got, right)) return {};
  const std::int64_t b = x.size(0), h = x.size(1), t = x.size(2), d_k = x.size(3);
  if (same(got, in_shape(x, right.shape)))
    return Cause{
        "merge-not-permuted",
        "reads the heads on in their memory order. "
        "So a row holds several positions of one head: the axis of the heads must come back next to the "
        "columns before the reshape"};
  if (same(got, merge_interleaved(x)))
    return Cause{"heads-interleaved",
                 "deals the heads' columns out in turn; each head's d_k columns stay together"};
  if (same(got, in_shape(right, {b, t, h, d_k})))
    return Cause{"heads-not-joined",
                 "still has an axis for the heads: the last two are to be joined into d_model"};
  for (const double factor : {1.0, static_cast<double>(h)}) {
    const Array mean = mean_head(x, factor);  // the same in every place: look at the first
    Array one({b, t, d_k});
    for_each_index<3>(one.shape,
                      [&](auto i, auto j, auto c) { one(i, j, c) = mean(i, std::int64_t{0}, j, c); });
    if (same(got, one))
      return factor == 1.0
                 ? Cause{"heads-averaged",
                         "is the mean of the heads: what they found is kept side by side, not mixed"}
                 : Cause{"heads-summed",
                         "is the sum of the heads: what they found is kept side by side, not mixed"};
  }
  return explain_by_resemblance(got, right);
}

Array project(const Array& x, const Array& w) {
  Array y({x.size(0), x.size(1), w.size(1)});
  for (std::int64_t b = 0; b < x.size(0); ++b)
    for (std::int64_t t = 0; t < x.size(1); ++t)
      for (std::int64_t i = 0; i < w.size(0); ++i)
        for (std::int64_t j = 0; j < w.size(1); ++j) y(b, t, j) += x(b, t, i) * w(i, j);
  return y;
}

Array item(const Array& x, std::int64_t b) {
  const std::int64_t size = x.size(1) * x.size(2) * x.size(3);
  const auto begin = x.values.begin() + b * size;
  return Array({x.size(1), x.size(2), x.size(3)}, std::vector<double>(begin, begin + size));
}

Array attend(const Array& q, const Array& k, const Array& v, const Array& mask) {
  Array y({q.size(0), q.size(1), q.size(2), v.size(3)});
  y.values.clear();
  for (std::int64_t b = 0; b < q.size(0); ++b) {
    const Array one = attention(item(q, b), item(k, b), item(v, b), mask);
    y.values.insert(y.values.end(), one.values.begin(), one.values.end());
  }
  return y;
}

Array forward(const Array& x, const Weights& w, std::int64_t heads, const Array& mask) {
  const auto part = [&](const Array& matrix) { return split(project(x, matrix), heads); };
  return project(merge(attend(part(w.q), part(w.k), part(w.v), mask)), w.o);
}

std::vector<Variant> variants(const Array& x, const Weights& w, std::int64_t heads, const Array& mask) {
  std::vector<Variant> all;
  const auto with = [&](const char* cause, const char* sentence, const Weights& other) {
    all.push_back({{cause, sentence}, forward(x, other, heads, mask)});
  };
  const Array one = identity(x.size(2));

  const char* turned = "a projection is x W^T; our matrices hold a column for each output: y = x W";
  with("projection-transposed", turned, {transposed(w.q), transposed(w.k), transposed(w.v), transposed(w.o)});
  with("projection-transposed", turned, {transposed(w.q), transposed(w.k), transposed(w.v), w.o});
  with("projection-transposed", turned, {transposed(w.q), w.k, w.v, w.o});
  with("projection-transposed", turned, {w.q, transposed(w.k), w.v, w.o});
  with("projection-transposed", turned, {w.q, w.k, transposed(w.v), w.o});
  with("projection-transposed", turned, {w.q, w.k, w.v, transposed(w.o)});
  with("output-missing", "the output is the heads side by side: W_o, which mixes them, is missing",
       {w.q, w.k, w.v, one});
  with("projection-missing", "the queries are x itself: W_q is missing", {one, w.k, w.v, w.o});
  with("projection-missing", "the keys are x itself: W_k is missing", {w.q, one, w.v, w.o});
  with("projection-missing", "the values are x itself: W_v is missing", {w.q, w.k, one, w.o});
  const char* shared = "one matrix serves twice: queries, keys and values each have their own";
  with("wrong-matrix", shared, {w.q, w.q, w.v, w.o});
  with("wrong-matrix", shared, {w.k, w.k, w.v, w.o});
  with("wrong-matrix", shared, {w.v, w.k, w.v, w.o});
  with("wrong-matrix", shared, {w.q, w.v, w.v, w.o});
  with("wrong-matrix", shared, {w.q, w.k, w.q, w.o});
  with("wrong-matrix", shared, {w.q, w.k, w.k, w.o});
  with("wrong-matrix", "W_v serves as W_o, too", {w.q, w.k, w.v, w.v});
  with("wrong-matrix", "W_q and W_k have changed places", {w.k, w.q, w.v, w.o});
  with("wrong-matrix", "W_k and W_v have changed places", {w.q, w.v, w.k, w.o});
  with("wrong-matrix", "W_q and W_v have changed places", {w.v, w.k, w.q, w.o});

  const Array q = split(project(x, w.q), heads), k = split(project(x, w.k), heads),
              v = split(project(x, w.v), heads);
  const auto add = [&](const char* cause, const char* sentence, const Array& merged) {
    all.push_back({{cause, sentence}, project(merged, w.o)});
  };
  const Array found = attend(q, k, v, mask);
  if (heads > 1) {
    add("head-shared", "all heads look where head 0 looks: each has queries and keys of its own",
        merge(attend(first_head(q), first_head(k), v, mask)));
    add("head-shared", "all heads are head 0", merge(first_head(found)));
    add("one-head", "there is one head as wide as the model: split queries, keys and values before they meet",
        merge(attend(split(project(x, w.q), 1), split(project(x, w.k), 1), split(project(x, w.v), 1), mask)));
    add("heads-averaged", "the heads are averaged; they stay side by side", merge(mean_head(found, 1)));
    add("merge-not-permuted", "the heads are read on in their memory order before they are joined",
        in_shape(found, x.shape));
    const auto cut = [&](const Array& matrix) { return in_shape(project(x, matrix), q.shape); };
    add("heads-cut-sequence", "the heads cut the sequence instead of the columns",
        in_shape(attend(cut(w.q), cut(w.k), cut(w.v), mask), x.shape));
    const auto dealt = [&](const Array& matrix) { return split_interleaved(project(x, matrix), heads); };
    add("heads-interleaved", "column c belongs to head c mod H; our weights expect consecutive blocks",
        merge_interleaved(attend(dealt(w.q), dealt(w.k), dealt(w.v), mask)));
  }
  Variant residual{{"residual", "x is added to the result: that is the block's work, not the layer's"},
                   project(merge(found), w.o)};
  for (std::size_t i = 0; i < x.values.size(); ++i) residual.result.values[i] += x.values[i];
  all.push_back(residual);
  if (!mask.values.empty()) {
    all.push_back({{"mask-ignored", "the mask has no effect"}, forward(x, w, heads)});
    all.push_back({{"mask-transposed", "the mask is on its side: its rows are queries, its columns keys"},
                   forward(x, w, heads, transposed(mask))});
  }
  return all;
}

std::optional<Cause> explain_forward(const Array& got, const Array& x, const Weights& w, std::int64_t heads,
                                     const Array& mask) {
  if (same(got, forward(x, w, heads, mask))) return {};
  for (const Variant& variant : variants(x, w, heads, mask))
    if (same(got, variant.result)) return variant.cause;
  return {};
}

}  // namespace gradus::exercises::heads
