// What the forward and the backward pass of attention do alike to a tile of logits [queries, keys]. Include
// after base/simd.h and base/simd_math.h.

#ifndef GRADUS_KERNELS_ATTENTION_TILE_ONCE
#define GRADUS_KERNELS_ATTENTION_TILE_ONCE
#include <cmath>
#include <limits>

#include "gradus/kernels/attention.h"

namespace gradus::kernels {

// Tiles start at multiples of these. A tile of logits is 16 KiB in float32: it and its operands fit a first
// or second cache.
inline constexpr std::int64_t query_tile = 32, key_tile = 128;

template <class T> inline constexpr T infinity = std::numeric_limits<T>::infinity();

template <class T> const T* at(const Heads<const T>& x, std::int64_t b, std::int64_t h, std::int64_t t) {
  return x.data + b * x.batch + h * x.head + t * x.time;
}
template <class T> T* at(const Heads<T>& x, std::int64_t b, std::int64_t h, std::int64_t t) {
  return x.data + b * x.batch + h * x.head + t * x.time;
}

/// The keys that query i sees are among the first ... of all.
template <class T> std::int64_t keys_seen(const AttentionArgs<T>& x, std::int64_t i) {
  if (!x.causal) return x.k_len;
  const std::int64_t seen = i + 1 + x.k_len - x.q_len;
  return seen < 0 ? 0 : seen < x.k_len ? seen : x.k_len;
}

/// Where a tile of logits lies: `queries` rows from query i, `keys` columns from key j, of head h of sample
/// b.
struct Place {
  std::int64_t b, h, i, queries, j, keys;
};

/// What the backward pass is given beside the forward's arguments.
template <class T> struct BackwardArgs {
  Heads<const T> out, dout;
  const T* logsumexp;
  AttentionGradients<T> gradients;
};

}  // namespace gradus::kernels
#endif

#if defined(GRADUS_KERNELS_ATTENTION_TILE_TOGGLE) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_KERNELS_ATTENTION_TILE_TOGGLE
#undef GRADUS_KERNELS_ATTENTION_TILE_TOGGLE
#else
#define GRADUS_KERNELS_ATTENTION_TILE_TOGGLE
#endif

#include "gradus/kernels/philox.h"
#include "gradus/kernels/tile.h"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

template <class T> HWY_INLINE T exp(T x) {
  const simd::Tag<T> d;
  return hn::GetLane(simd::exp(d, hn::Set(d, x)));
}
template <class T> HWY_INLINE T log(T x) {
  const simd::Tag<T> d;
  return hn::GetLane(simd::log(d, hn::Set(d, x)));
}

/// S = scale Q K^T + bias for the tile at `place`; -inf where a query may not see a key and in the padding.
/// The choice is a select: it does not matter what the product holds there. q [queries, D], k_transposed [D,
/// key_tile], s rows key_tile apart.
template <class T>
void tile_logits(const AttentionArgs<T>& x, const Place& place, const T* q, const T* k_transposed, T* s) {
  const simd::Tag<T> d;
  const std::int64_t lanes = simd::lanes(d), columns = pad(place.keys, tile_columns);
  product<T>(place.queries, place.keys, x.qk_dim, {q, pad(x.qk_dim, tile_columns), 1}, k_transposed, key_tile,
             true, s, key_tile, false);
  for (std::int64_t r = 0; r < place.queries; ++r, s += key_tile) {
    const std::int64_t i = place.i + r, from_j = keys_seen(x, i) - place.j;
    const std::int64_t seen = from_j < 0 ? 0 : from_j < place.keys ? from_j : place.keys;
    for (std::int64_t j = 0; j < columns; j += lanes)
      hn::Store(hn::Mul(hn::Load(d, s + j), hn::Set(d, x.scale)), d, s + j);
    if (x.bias.data) {
      const AttentionMask<T>& m = x.bias;
      const T* const bias = m.data + place.b * m.batch + place.h * m.head + i * m.query + place.j * m.key;
      for (std::int64_t j = 0; j < seen; ++j) s[j] += bias[j * m.key];
    }
    if (x.allowed.data) {
      const AttentionMask<bool>& m = x.allowed;
      const bool* const allowed =
          m.data + place.b * m.batch + place.h * m.head + i * m.query + place.j * m.key;
      for (std::int64_t j = 0; j < seen; ++j) s[j] = allowed[j * m.key] ? s[j] : -infinity<T>;
    }
    for (std::int64_t j = seen; j < columns; ++j) s[j] = -infinity<T>;
  }
}

/// s <- e^(s - base) for n (padded) logits of a row; returns the sum. A key that is not seen, s = -inf, has
/// weight 0 whatever the base: NaN, or the -inf of a row that sees nothing. So has a weight too small for a
/// normal number: beside the row's largest it is nothing, and subnormal arithmetic is slow.
template <class T> HWY_INLINE T exponentials(std::int64_t n, T* s, T base) {
  const simd::Tag<T> d;
  const auto lowest = hn::Set(d, static_cast<T>(sizeof(T) == 4 ? -87 : -708));
  auto sum = hn::Zero(d);
  for (std::int64_t j = 0; j < n; j += simd::lanes(d)) {
    const auto logit = hn::Load(d, s + j), x = hn::Sub(logit, hn::Set(d, base));
    const auto none = hn::Or(hn::Lt(x, lowest), hn::Eq(logit, hn::Set(d, -infinity<T>)));
    const auto e = hn::IfThenZeroElse(none, simd::exp(d, hn::IfThenElse(none, lowest, x)));
    hn::Store(e, d, s + j);
    sum = hn::Add(sum, e);
  }
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

/// The dropout factors of the tile's row r: 0 or 1 / (1 - p) for each key, 0 in the padding. Element e of the
/// dense weights is kept if word e % 4 of counter e / 4 is at least p 2^32.
template <class T>
void dropout_factors(const AttentionArgs<T>& x, const Place& place, std::int64_t r, T* factor) {
  const auto first =
      static_cast<std::uint64_t>(((place.b * x.heads + place.h) * x.q_len + place.i + r) * x.k_len + place.j);
  const auto skipped = static_cast<std::int64_t>(first % 4);
  const auto last = static_cast<std::uint32_t>(std::ceil(x.dropout * 0x1p32) - 1);  // of the words that drop
  const T kept = x.dropout < 1 ? static_cast<T>(1 / (1 - x.dropout)) : T{0};
  std::uint32_t words[key_tile + 3 + largest_words_batch];
  for (std::int64_t w = 0; w < skipped + place.keys; w += words_batch())
    random_words(x.seed, (first + static_cast<std::uint64_t>(w)) / 4, words + w);
  for (std::int64_t j = 0; j < place.keys; ++j) factor[j] = words[skipped + j] > last ? kept : T{0};
  for (std::int64_t j = place.keys; j < pad(place.keys, tile_columns); ++j) factor[j] = 0;
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
