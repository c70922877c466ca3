#pragma once
#include <cmath>

#include "reference/array.h"
#include "reference/dual.h"
#include "reference/philox.h"

namespace reference {

template <class S> struct AttentionArguments {
  const Array<S>*q, *k, *v;                           ///< [B, H, Tq, D], [B, G, Tk, D], [B, G, Tk, E]
  const Array<S>*bias = nullptr, *allowed = nullptr;  ///< broadcast to [B, H, Tq, Tk]
  bool causal = false;
  double scale = 0;  ///< 0: 1 / sqrt(D)
  double dropout = 0;
  std::uint64_t seed = 0;
};

/// One output number at a time: the weights of its row, the ones it may not see left out, then their mean of
/// v.
template <class S> Array<S> attention(const AttentionArguments<S>& a) {
  using std::exp;
  const Array<S>&q = *a.q, &k = *a.k, &v = *a.v;
  const Size heads = q.shape[1], queries = q.shape[2], width = q.shape[3], keys = k.shape[2],
             group = heads / k.shape[1];
  const S scale(a.scale != 0 ? a.scale : 1 / std::sqrt(static_cast<long double>(width)));
  return generate<S>({q.shape[0], heads, queries, v.shape[3]}, [&](const Index& at) {
    const Size b = at[0], h = at[1], i = at[2];
    S total(0), mean(0);
    for (Size j = 0; j < keys; ++j) {
      if (a.causal && j > i + keys - queries) continue;
      if (a.allowed && real((*a.allowed)({b, h, i, j})) == 0) continue;
      S score(0);
      for (Size d = 0; d < width; ++d) score += q({b, h, i, d}) * k({b, h / group, j, d});
      score = score * scale;
      if (a.bias) score += (*a.bias)({b, h, i, j});
      const S weight = exp(score);
      total += weight;
      const auto place = static_cast<std::uint64_t>(((b * heads + h) * queries + i) * keys + j);
      if (a.dropout > 0 && static_cast<double>(random_word(a.seed, place)) < a.dropout * 4294967296.0)
        continue;
      mean += weight * v({b, h / group, j, at[3]});
    }
    return total == S(0) ? S(0) : mean / (total * S(1 - static_cast<long double>(a.dropout)));
  });
}

}  // namespace reference
