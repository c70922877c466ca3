#include "gradus/kernels/attention.h"

#include <algorithm>

#include "gradus/base/parallel.h"
#include "gradus/kernels/scratch.h"

#define HWY_TARGET_INCLUDE "gradus/kernels/attention.cpp"
#include "gradus/base/simd.h"
#include "gradus/base/simd_math.h"

#include "gradus/kernels/attention_tile.h"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

/// One row's step of the online softmax: s [n] <- e^(s - top) with the largest logit so far, and the sum l
/// with it. What was summed under the old top is to be scaled by the number returned.
template <class T> HWY_INLINE T online_softmax(std::int64_t n, T* s, T& top, T& l) {
  const T before = top, here = simd::max(n, s);
  top = here > before || here != here ? here : before;  // NaN stays
  const T factor = top == before ? T{1} : before == -infinity<T> ? T{0} : exp(before - top);
  l = l * factor + exponentials(n, s, top);
  return factor;
}

template <class T> HWY_INLINE void scale_row(std::int64_t n, T* x, T factor) {
  const simd::Tag<T> d;
  for (std::int64_t j = 0; j < n; j += simd::lanes(d))
    hn::Store(hn::Mul(hn::Load(d, x + j), hn::Set(d, factor)), d, x + j);
}

template <class T> HWY_INLINE void multiply_rows(std::int64_t n, T* x, const T* y) {
  const simd::Tag<T> d;
  for (std::int64_t j = 0; j < n; j += simd::lanes(d))
    hn::Store(hn::Mul(hn::Load(d, x + j), hn::Load(d, y + j)), d, x + j);
}

/// Queries [begin, end) of head h of sample b against all keys that they see. Key tiles outside, so that each
/// is packed once; the running top, sum l and output of every query wait in scratch memory.
template <class T>
void forward_rows(const AttentionArgs<T>& x, const Heads<T>& out, T* logsumexp, std::int64_t b,
                  std::int64_t h, std::int64_t begin, std::int64_t end) {
  const std::int64_t rows = end - begin, kv_head = h / (x.heads / x.kv_heads);
  const std::int64_t q_width = pad(x.qk_dim, tile_columns), v_width = pad(x.v_dim, tile_columns);
  const std::int64_t row_count = pad(rows, tile_columns), most_keys = keys_seen(x, end - 1);
  Scratch<T> scratch({row_count * q_width, row_count * v_width, row_count, row_count, x.qk_dim * key_tile,
                      key_tile * v_width, query_tile * key_tile, key_tile});
  T* const q = scratch.take(row_count * q_width);
  T* const sum_of_values = scratch.take(row_count * v_width);
  T* const top = scratch.take(row_count);
  T* const l = scratch.take(row_count);
  T* const k_transposed = scratch.take(x.qk_dim * key_tile);
  T* const v = scratch.take(key_tile * v_width);
  T* const s = scratch.take(query_tile * key_tile);
  T* const factors = scratch.take(key_tile);
  pack(rows, x.qk_dim, at(x.q, b, h, begin), x.q.time, q);
  std::fill_n(sum_of_values, row_count * v_width, T{0});
  std::fill_n(top, row_count, -infinity<T>);
  std::fill_n(l, row_count, T{0});

  for (std::int64_t j = 0; j < most_keys; j += key_tile) {
    const std::int64_t keys = std::min(key_tile, most_keys - j);
    pack_transposed(keys, x.qk_dim, at(x.k, b, kv_head, j), x.k.time, k_transposed, key_tile);
    const bool finite = pack(keys, x.v_dim, at(x.v, b, kv_head, j), x.v.time, v);
    for (std::int64_t first = 0; first < rows; first += query_tile) {
      const std::int64_t queries = std::min(query_tile, rows - first);
      const std::int64_t seen = std::min(keys, keys_seen(x, begin + first + queries - 1) - j);
      if (seen <= 0) continue;  // above the diagonal
      const Place place{b, h, begin + first, queries, j, seen};
      const std::int64_t columns = pad(seen, tile_columns);
      T* const o = sum_of_values + first * v_width;
      tile_logits(x, place, q + first * q_width, k_transposed, s);
      for (std::int64_t r = 0; r < queries; ++r) {
        const T factor = online_softmax(columns, s + r * key_tile, top[first + r], l[first + r]);
        if (factor != T{1}) scale_row(v_width, o + r * v_width, factor);
        if (x.dropout > 0) {
          dropout_factors(x, place, r, factors);
          multiply_rows(columns, s + r * key_tile, factors);
        }
      }
      product<T>(queries, v_width, seen, {s, key_tile, 1}, v, v_width, finite, o, v_width, true);
    }
  }

  for (std::int64_t i = 0; i < rows; ++i) {
    const bool sees_nothing = l[i] == T{0};
    T* const o = at(out, b, h, begin + i);
    const T* const sum = sum_of_values + i * v_width;
    for (std::int64_t c = 0; c < x.v_dim; ++c) o[c] = sees_nothing ? T{0} : sum[c] / l[i];
    logsumexp[(b * x.heads + h) * x.q_len + begin + i] = sees_nothing ? -infinity<T> : top[i] + log(l[i]);
  }
}

/// The weights of queries [begin, end): the logits of each row, and softmax in place.
template <class T>
void weight_rows(const AttentionArgs<T>& x, T* weights, std::int64_t b, std::int64_t h, std::int64_t begin,
                 std::int64_t end) {
  const std::int64_t rows = end - begin, kv_head = h / (x.heads / x.kv_heads);
  const std::int64_t q_width = pad(x.qk_dim, tile_columns), row_count = pad(rows, tile_columns);
  const std::int64_t row_width = pad(x.k_len, tile_columns);
  Scratch<T> scratch({row_count * q_width, x.qk_dim * key_tile, query_tile * key_tile, rows * row_width});
  T* const q = scratch.take(row_count * q_width);
  T* const k_transposed = scratch.take(x.qk_dim * key_tile);
  T* const s = scratch.take(query_tile * key_tile);
  T* const logits = scratch.take(rows * row_width);
  pack(rows, x.qk_dim, at(x.q, b, h, begin), x.q.time, q);
  for (std::int64_t j = 0; j < x.k_len; j += key_tile) {
    const std::int64_t keys = std::min(key_tile, x.k_len - j);
    pack_transposed(keys, x.qk_dim, at(x.k, b, kv_head, j), x.k.time, k_transposed, key_tile);
    for (std::int64_t first = 0; first < rows; first += query_tile) {
      const std::int64_t queries = std::min(query_tile, rows - first);
      tile_logits(x, {b, h, begin + first, queries, j, keys}, q + first * q_width, k_transposed, s);
      for (std::int64_t r = 0; r < queries; ++r)
        std::copy_n(s + r * key_tile, pad(keys, tile_columns), logits + (first + r) * row_width + j);
    }
  }
  for (std::int64_t i = 0; i < rows; ++i) {
    T* const row = logits + i * row_width;
    const T l = exponentials(row_width, row, simd::max(row_width, row));
    T* const out = weights + ((b * x.heads + h) * x.q_len + begin + i) * x.k_len;
    for (std::int64_t j = 0; j < x.k_len; ++j) out[j] = row[j] == T{0} ? T{0} : row[j] / l;
  }
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {
namespace {

/// rows(b, h, begin, end) for all queries in blocks, as tasks on the pool. A block packs the keys anew, which
/// is little beside the work of its 256 queries; the last blocks, which see the most keys, come first.
template <class T, class F> void for_query_blocks(const AttentionArgs<T>& x, const F& rows) {
  constexpr std::int64_t block = 256;
  const std::int64_t blocks = (x.q_len + block - 1) / block, heads = x.batch * x.heads;
  const double task = 2.0 * static_cast<double>(std::min(x.q_len, block) * x.k_len) *
                      static_cast<double>(x.qk_dim + x.v_dim + 16);
  const auto grain = std::max<std::int64_t>(1, static_cast<std::int64_t>(1e6 / std::max(task, 1e3)));
  parallel_blocks(heads * blocks, grain, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t t = first; t < last; ++t) {
      const std::int64_t begin = (blocks - 1 - t / heads) * block, head = t % heads;
      rows(head / x.heads, head % x.heads, begin, std::min(begin + block, x.q_len));
    }
  });
}

}  // namespace

template <class T> void attention_forward(const AttentionArgs<T>& x, Heads<T> out, T* logsumexp) {
  const auto rows = GRADUS_SIMD(forward_rows<T>);
  for_query_blocks(x, [&](std::int64_t b, std::int64_t h, std::int64_t begin, std::int64_t end) {
    rows(x, out, logsumexp, b, h, begin, end);
  });
}

template <class T> void attention_weights(const AttentionArgs<T>& x, T* weights) {
  const auto rows = GRADUS_SIMD(weight_rows<T>);
  for_query_blocks(x, [&](std::int64_t b, std::int64_t h, std::int64_t begin, std::int64_t end) {
    rows(x, weights, b, h, begin, end);
  });
}

template void attention_forward(const AttentionArgs<float>&, Heads<float>, float*);
template void attention_forward(const AttentionArgs<double>&, Heads<double>, double*);
template void attention_weights(const AttentionArgs<float>&, float*);
template void attention_weights(const AttentionArgs<double>&, double*);

}  // namespace gradus::kernels
#endif  // HWY_ONCE
