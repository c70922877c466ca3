#include <algorithm>
#include <vector>

#include "gradus/base/parallel.h"
#include "gradus/kernels/attention.h"
#include "gradus/kernels/scratch.h"

#define HWY_TARGET_INCLUDE "gradus/kernels/attention_backward.cpp"
#include "gradus/base/simd.h"
#include "gradus/base/simd_math.h"

#include "gradus/kernels/attention_tile.h"

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {

/// One row of a tile: from the weights p [n] and dp = dO V^T, both before dropout, to what the three products
/// need: p <- p keep and dp <- dS = p (keep dp - delta). `keep` holds the dropout factors. Where p is 0, dS
/// is 0 whatever dp is.
template <class T> HWY_INLINE void softmax_vjp(std::int64_t n, T* p, T* dp, T delta, const T* keep) {
  const simd::Tag<T> d;
  for (std::int64_t j = 0; j < n; j += simd::lanes(d)) {
    const auto weight = hn::Load(d, p + j), factor = hn::Load(d, keep + j);
    const auto da = hn::Mul(hn::Load(d, dp + j), factor);
    const auto ds = hn::Mul(weight, hn::Sub(da, hn::Set(d, delta)));
    hn::Store(hn::IfThenElse(hn::Eq(weight, hn::Zero(d)), weight, ds), d, dp + j);
    hn::Store(hn::Mul(weight, factor), d, p + j);
  }
}

/// delta_i = sum_d dO_id O_id = sum_j A_ij dA_ij for every query of a head.
template <class T>
void row_dots(const AttentionArgs<T>& x, const BackwardArgs<T>& y, std::int64_t b, std::int64_t h, T* delta) {
  const simd::Tag<T> d;
  const std::int64_t lanes = simd::lanes(d);
  for (std::int64_t i = 0; i < x.q_len; ++i) {
    const T *o = at(y.out, b, h, i), *g = at(y.dout, b, h, i);
    auto sum = hn::Zero(d);
    std::int64_t c = 0;
    for (; c + lanes <= x.v_dim; c += lanes) sum = hn::MulAdd(hn::LoadU(d, o + c), hn::LoadU(d, g + c), sum);
    if (c < x.v_dim)
      sum = hn::MulAdd(simd::load_some(d, o + c, x.v_dim - c), simd::load_some(d, g + c, x.v_dim - c), sum);
    delta[i] = hn::GetLane(hn::SumOfLanes(d, sum));
  }
}

template <class T>
void write(std::int64_t rows, std::int64_t width, T scale, const T* x, std::int64_t x_step, T* y,
           std::int64_t y_step) {
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < width; ++j) y[i * y_step + j] = scale * x[i * x_step + j];
}

/// The gradients through keys [begin, end) of one kv head: dK and dV of these keys, summed over the query
/// heads of the group in order, and this range's share of dQ, to `dq` as if it were the whole.
template <class T>
void backward_keys(const AttentionArgs<T>& x, const BackwardArgs<T>& y, const Heads<T>& dq, std::int64_t b,
                   std::int64_t kv_head, std::int64_t begin, std::int64_t end) {
  const AttentionGradients<T>& want = y.gradients;
  const std::int64_t q_width = pad(x.qk_dim, tile_columns), v_width = pad(x.v_dim, tile_columns);
  const std::int64_t key_count = pad(end - begin, tile_columns), query_count = pad(x.q_len, query_tile);
  Scratch<T> scratch({key_count * q_width, key_count * v_width, query_count * q_width, query_count,
                      key_tile * q_width, x.qk_dim * key_tile, x.v_dim * key_tile, query_tile * q_width,
                      query_tile * v_width, query_tile * key_tile, query_tile * key_tile, key_tile});
  T* const dk_sum = scratch.take(key_count * q_width);
  T* const dv_sum = scratch.take(key_count * v_width);
  T* const dq_sum = scratch.take(query_count * q_width);
  T* const delta = scratch.take(query_count);
  T* const k = scratch.take(key_tile * q_width);
  T* const k_transposed = scratch.take(x.qk_dim * key_tile);
  T* const v_transposed = scratch.take(x.v_dim * key_tile);
  T* const q = scratch.take(query_tile * q_width);
  T* const dout = scratch.take(query_tile * v_width);
  T* const p = scratch.take(query_tile * key_tile);   // S, then A
  T* const ds = scratch.take(query_tile * key_tile);  // dA, then dS
  T* const keep = scratch.take(key_tile);
  std::fill_n(dk_sum, key_count * q_width, T{0});
  std::fill_n(dv_sum, key_count * v_width, T{0});
  std::fill_n(keep, key_tile, T{1});

  const std::int64_t group = x.heads / x.kv_heads;
  for (std::int64_t h = kv_head * group; h < (kv_head + 1) * group; ++h) {
    std::fill_n(dq_sum, query_count * q_width, T{0});
    row_dots(x, y, b, h, delta);
    const std::int64_t row0 = (b * x.heads + h) * x.q_len;  // of [B, H, Tq]
    if (want.dbias)
      for (std::int64_t i = 0; i < x.q_len; ++i)
        std::fill(want.dbias + (row0 + i) * x.k_len + begin, want.dbias + (row0 + i) * x.k_len + end, T{0});

    for (std::int64_t j = begin; j < end; j += key_tile) {
      const std::int64_t keys = std::min(key_tile, end - j);
      const bool k_finite = pack(keys, x.qk_dim, at(x.k, b, kv_head, j), x.k.time, k);
      pack_transposed(keys, x.qk_dim, at(x.k, b, kv_head, j), x.k.time, k_transposed, key_tile);
      pack_transposed(keys, x.v_dim, at(x.v, b, kv_head, j), x.v.time, v_transposed, key_tile);
      for (std::int64_t i = 0; i < x.q_len; i += query_tile) {
        const std::int64_t queries = std::min(query_tile, x.q_len - i);
        const std::int64_t seen = std::min(keys, keys_seen(x, i + queries - 1) - j);
        if (seen <= 0) continue;  // above the diagonal
        const Place place{b, h, i, queries, j, seen};
        const std::int64_t columns = pad(seen, tile_columns);
        const bool q_finite = pack(queries, x.qk_dim, at(x.q, b, h, i), x.q.time, q);
        const bool dout_finite = pack(queries, x.v_dim, at(y.dout, b, h, i), y.dout.time, dout);
        tile_logits(x, place, q, k_transposed, p);
        product<T>(queries, columns, x.v_dim, {dout, v_width, 1}, v_transposed, key_tile, true, ds, key_tile,
                   false);
        for (std::int64_t r = 0; r < queries; ++r) {
          T *const p_row = p + r * key_tile, *const ds_row = ds + r * key_tile;
          exponentials(columns, p_row, y.logsumexp[row0 + i + r]);
          if (x.dropout > 0) dropout_factors(x, place, r, keep);
          softmax_vjp(columns, p_row, ds_row, delta[i + r], keep);
          if (want.dbias) std::copy_n(ds_row, seen, want.dbias + (row0 + i + r) * x.k_len + j);
        }
        if (want.dv.data)
          product<T>(seen, v_width, queries, {p, 1, key_tile}, dout, v_width, dout_finite,
                     dv_sum + (j - begin) * v_width, v_width, true);
        if (want.dk.data)
          product<T>(seen, q_width, queries, {ds, 1, key_tile}, q, q_width, q_finite,
                     dk_sum + (j - begin) * q_width, q_width, true);
        if (dq.data)
          product<T>(queries, q_width, seen, {ds, key_tile, 1}, k, q_width, k_finite, dq_sum + i * q_width,
                     q_width, true);
      }
    }
    if (dq.data) write(x.q_len, x.qk_dim, x.scale, dq_sum, q_width, at(dq, b, h, 0), dq.time);
  }
  if (want.dk.data)
    write(end - begin, x.qk_dim, x.scale, dk_sum, q_width, at(want.dk, b, kv_head, begin), want.dk.time);
  if (want.dv.data)
    write(end - begin, x.v_dim, T{1}, dv_sum, v_width, at(want.dv, b, kv_head, begin), want.dv.time);
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::kernels {

/// A task owns a range of keys of one kv head. Where heads are few, each has several ranges: every one leaves
/// its share of dQ in a buffer, and the shares are added in order.
template <class T>
void attention_backward(const AttentionArgs<T>& x, Heads<const T> out, const T* logsumexp,
                        Heads<const T> dout, const AttentionGradients<T>& gradients) {
  constexpr std::int64_t enough_tasks = 16;
  const auto ceil_div = [](std::int64_t a, std::int64_t b) { return (a + b - 1) / b; };
  const std::int64_t pairs = x.batch * x.kv_heads;
  if (pairs == 0) return;
  const std::int64_t tiles = std::max<std::int64_t>(1, ceil_div(x.k_len, key_tile));
  const std::int64_t range = ceil_div(tiles, std::min(tiles, ceil_div(enough_tasks, pairs))) * key_tile;
  const std::int64_t ranges = std::max<std::int64_t>(1, ceil_div(x.k_len, range));

  const std::int64_t head_size = x.q_len * x.qk_dim, size = x.batch * x.heads * head_size;
  std::vector<T> shares(ranges > 1 && gradients.dq.data ? static_cast<std::size_t>(ranges * size) : 0);
  const double work = 2.0 * static_cast<double>(x.heads / x.kv_heads * x.q_len * std::min(range, x.k_len)) *
                      static_cast<double>(3 * x.qk_dim + 2 * x.v_dim + 32);
  const auto grain = std::max<std::int64_t>(1, static_cast<std::int64_t>(1e6 / std::max(work, 1e3)));
  const auto backward = GRADUS_SIMD(backward_keys<T>);
  parallel_blocks(pairs * ranges, grain, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t t = first; t < last; ++t) {
      const std::int64_t r = t / pairs, b = t % pairs / x.kv_heads, kv_head = t % x.kv_heads;
      const Heads<T> share{shares.data() + r * size, x.heads * head_size, head_size, x.qk_dim};
      backward(x, {out, dout, logsumexp, gradients}, shares.empty() ? gradients.dq : share, b, kv_head,
               r * range, std::min((r + 1) * range, x.k_len));
    }
  });
  if (shares.empty()) return;
  parallel_for(x.batch * x.heads, [&](std::int64_t head) {
    T* dq = at(gradients.dq, head / x.heads, head % x.heads, 0);
    for (std::int64_t i = 0; i < x.q_len; ++i, dq += gradients.dq.time)
      for (std::int64_t c = 0; c < x.qk_dim; ++c) {
        const T* const share = shares.data() + head * head_size + i * x.qk_dim + c;
        T sum = 0;
        for (std::int64_t r = 0; r < ranges; ++r) sum += share[r * size];
        dq[c] = sum;
      }
  });
}

template void attention_backward(const AttentionArgs<float>&, Heads<const float>, const float*,
                                 Heads<const float>, const AttentionGradients<float>&);
template void attention_backward(const AttentionArgs<double>&, Heads<const double>, const double*,
                                 Heads<const double>, const AttentionGradients<double>&);

}  // namespace gradus::kernels
#endif  // HWY_ONCE
