#include "relative.h"

#include <algorithm>
#include <cmath>

namespace gradus::exercises::relative {
namespace {

using Row = Way::Row;
using Partner = Way::Partner;
using Scale = Way::Scale;
using Biases = Way::Biases;
using Values = Way::Values;
using Mask = Way::Mask;

std::int64_t row_of(Row row, std::int64_t i, std::int64_t j, std::int64_t t) {
  const std::int64_t d = std::max<std::int64_t>(i - j, 0);
  switch (row) {
    case Row::distance: return d;
    case Row::backwards: return t - 1 - d;
    case Row::key: return j;
    case Row::query: return i;
    case Row::one_more: return std::min(d + 1, t - 1);
    case Row::one_less: return std::max<std::int64_t>(d - 1, 0);
    case Row::constant: return 0;
  }
  return 0;
}

double factor(Scale scale, double d_k) {
  switch (scale) {
    case Scale::root_keys: return 1 / std::sqrt(d_k);
    case Scale::none: return 1;
    case Scale::keys: return 1 / d_k;
    case Scale::twice: return 2 / std::sqrt(d_k);
    case Scale::missing: return 0;
    case Scale::negative: return -1 / std::sqrt(d_k);
  }
  return 0;
}

/// How much of u and w goes to a query: {u in the content, w in the content, u in the position, w in the position}.
struct Shares {
  double uc, wc, up, wp;
};

Shares shares(Biases biases) {
  switch (biases) {
    case Biases::none: return {0, 0, 0, 0};
    case Biases::exchanged: return {0, 1, 1, 0};
    case Biases::no_u: return {0, 0, 0, 1};
    case Biases::no_w: return {1, 0, 0, 0};
    case Biases::only_u: return {1, 0, 1, 0};
    case Biases::only_w: return {0, 1, 0, 1};
    case Biases::subtracted: return {-1, 0, 0, -1};
    default: return {1, 0, 0, 1};
  }
}

}  // namespace

Problem one_head(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& positions) {
  const auto with_head = [](const Tensor& x) {
    const Array a(x);
    return Array({a.size(0), 1, a.size(1), a.size(2)}, a.values);
  };
  const Array none({1, q.size(2)});
  return {with_head(q), with_head(k), with_head(v), Array(positions), none, none};
}

Array scores(const Problem& p, const Way& way) {
  const std::int64_t t = p.q.size(2), d = p.q.size(3);
  const double by_content = factor(way.content, static_cast<double>(d)),
               by_position = factor(way.position, static_cast<double>(d));
  const Shares share = shares(way.biases);
  Array s({p.q.size(0), p.q.size(1), t, t});
  for_each_index<4>(s.shape, [&](auto b, auto h, auto i, auto j) {
    const std::int64_t row = row_of(way.row, i, j, t), head = way.biases == Biases::first_head ? 0 : h;
    double content = 0, position = 0;
    for (std::int64_t c = 0; c < d; ++c) {
      const double q = p.q(b, h, i, c), u = p.u(head, c), w = p.w(head, c);
      const double met =
          way.partner == Partner::query ? q : p.k(b, h, way.partner == Partner::key ? j : i, c);
      content += (q + share.uc * u + share.wc * w) * p.k(b, h, j, c);
      position += (met + share.up * u + share.wp * w) * p.positions(row, c);
    }
    s(b, h, i, j) = by_content * content + by_position * position;
  });
  return s;
}

Array weights(const Problem& p, const Way& way) {
  Array s = scores(p, way);
  for_each_index<4>(s.shape, [&](auto b, auto h, auto i, auto j) {
    if (j > i && way.mask == Mask::causal) s(b, h, i, j) = -INFINITY;
  });
  return softmax(std::move(s));
}

Array attention(const Problem& p, const Way& way) {
  const std::int64_t d_v = p.v.size(3);
  if (way.values != Values::plain && d_v != p.q.size(3)) return {};
  const Array a = weights(p, way);
  Array y({a.size(0), a.size(1), a.size(2), d_v});
  for_each_index<4>(a.shape, [&](auto b, auto h, auto i, auto j) {
    const std::int64_t row = way.values == Values::by_key ? j : std::max<std::int64_t>(i - j, 0);
    for (std::int64_t c = 0; c < d_v; ++c)
      y(b, h, i, c) +=
          a(b, h, i, j) * (p.v(b, h, j, c) + (way.values == Values::plain ? 0 : p.positions(row, c)));
  });
  return y;
}

Array position_scores(const Array& q, const Array& positions, Row row) {
  const std::int64_t t = q.size(1);
  Array s({q.size(0), t, t});
  for (std::int64_t b = 0; b < s.size(0); ++b)
    for (std::int64_t i = 0; i < t; ++i)
      for (std::int64_t j = 0; j <= i; ++j)
        for (std::int64_t c = 0; c < q.size(2); ++c)
          s(b, i, j) += q(b, i, c) * positions(row_of(row, i, j, t), c);
  return s;
}

Array lower(Array x) {
  for (std::int64_t b = 0; b < x.size(0); ++b)
    for (std::int64_t i = 0; i < x.size(1); ++i)
      for (std::int64_t j = i + 1; j < x.size(2); ++j) x(b, i, j) = 0;
  return x;
}

Array shifted(const Array& x) {
  Array y(x.shape);
  const std::int64_t t = x.size(1);
  for (std::int64_t b = 0; b < x.size(0); ++b)
    for (std::int64_t i = 0; i < t; ++i)
      for (std::int64_t j = 0; j <= i; ++j) y(b, i, j) = x(b, i, t - 1 - (i - j));
  return y;
}

Array gradient(const Problem& p, Array Problem::*part, const Array& dout, double h) {
  Problem at = p;
  return differences(at.*part, h, [&] {
    const Array y = attention(at);
    double sum = 0;
    for (std::size_t n = 0; n < y.values.size(); ++n) sum += dout.values[n] * y.values[n];
    return sum;
  });
}

}  // namespace gradus::exercises::relative
