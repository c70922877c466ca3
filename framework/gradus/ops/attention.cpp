#include "gradus/ops/attention.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <string>
#include <type_traits>

#include "gradus/autograd/errors.h"
#include "gradus/autograd/record.h"
#include "gradus/base/random.h"
#include "gradus/kernels/attention.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/copy.h"
#include "gradus/ops/dropout.h"
#include "gradus/ops/masking.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "gradus/tensor/layout.h"

namespace gradus {
namespace {

constexpr double minus_infinity = -std::numeric_limits<double>::infinity();

/// What one call comes to once modes and defaults have been read at the door.
struct Plan {
  bool causal;
  double scale, dropout;
  std::uint64_t seed;
};

Plan plan_of(const Tensor& q, const AttentionOptions& o, double dropout, std::uint64_t seed) {
  return {o.causal, o.scale.value_or(1 / std::sqrt(static_cast<double>(q.size(3)))), dropout, seed};
}

void check_attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& o) {
  const Tensor& mask = o.mask;
  if (!(o.dropout >= 0 && o.dropout <= 1))
    fail(fmt::format("attention: the dropout must lie between 0 and 1, not {}", o.dropout));
  check_same_floating("attention", {"q", q}, {"k", k});
  check_same_floating("attention", {"q", q}, {"v", v});
  const auto bad = [&](const std::string& why, const std::string& advice = "") {
    fail_operands("attention", why, {{"q", q}, {"k", k}, {"v", v}}, advice);
  };
  if (q.dim() != 4 || k.dim() != 4 || v.dim() != 4)
    bad("needs q, k and v [batch, heads, time, channels]",
        "split the heads first: x.reshape({B, T, H, D}).transpose(1, 2)");
  if (q.size(0) != k.size(0) || k.size(0) != v.size(0)) bad("q, k and v must have one batch size");
  if (q.size(3) == 0) bad("q and k need at least one channel");
  if (q.size(3) != k.size(3))
    bad("q and k must have the same channels", fmt::format("{} != {}", q.size(3), k.size(3)));
  if (k.size(2) != v.size(2)) bad("each key needs its value", fmt::format("{} != {}", k.size(2), v.size(2)));
  if (k.size(1) != v.size(1) || k.size(1) == 0 || q.size(1) % k.size(1) != 0)
    bad("the query heads must divide into equal groups, one for each key and value head");
  if (!mask.defined()) return;
  const Shape scores{q.size(0), q.size(1), q.size(2), k.size(2)};
  if (mask.dtype() != Dtype::boolean) check_same_floating("attention", {"q", q}, {"mask", mask});
  if (!broadcasts_to(mask.shape(), scores))
    fail_operands("attention", fmt::format("the mask must broadcast to {}", to_string(scores)),
                  {{"q", q}, {"k", k}, {"mask", mask}});
}

/// [B, G, T, D] -> [B, H, T, D]: each head once for every query head of its group.
Tensor repeat_heads(const Tensor& x, std::int64_t heads) {
  const std::int64_t b = x.size(0), g = x.size(1), t = x.size(2), d = x.size(3);
  if (g == heads) return x;
  return reshape(expand(unsqueeze(x, 2), {b, g, heads / g, t, d}), {b, heads, t, d});
}

/// The attention weights [B, H, Tq, Tk] before dropout, in native ops. `cut` [H, Tq, Tk], if defined, is true
/// where an edge is cut.
Tensor composed_weights(const Tensor& q, const Tensor& k, const Tensor& mask, const Plan& plan,
                        const Tensor& cut = {}) {
  Tensor scores = matmul(q, repeat_heads(k, q.size(1)).t()) * plan.scale;  // [B, H, Tq, Tk]
  if (mask.defined()) {
    const bool additive = mask.dtype() != Dtype::boolean;
    scores = additive ? scores + mask : where(mask, scores, scalar(minus_infinity, scores.dtype()));
  }
  if (plan.causal)
    scores = where(causal_mask(q.size(2), k.size(2)), scores, scalar(minus_infinity, scores.dtype()));
  if (cut.defined()) scores = masked_fill(scores, cut, minus_infinity);
  return composed::softmax(scores);
}

Tensor composed_output(const Tensor& weights, const Tensor& v, const Plan& plan) {
  const Tensor kept = plan.dropout > 0 ? dropout(weights, plan.dropout, plan.seed) : weights;
  return matmul(kept, repeat_heads(v, weights.size(1)));  // [B, H, Tq, Dv]
}

// ---- Capture and Intervene

/// [H, 1, 1] boolean: true for one head, or for all (-1).
Tensor head_mask(std::int64_t heads, std::int64_t head) {
  if (head < -1 || head >= heads)
    fail(fmt::format("intervene: head {} of a layer with {} heads", head, heads));
  Tensor mask = zeros({heads, 1, 1}, Dtype::boolean);
  if (head < 0)
    mask.fill_(1);
  else
    mask.select(0, head).fill_(1);
  return mask;
}

Tensor cut_edges(const std::vector<Intervention>& changes, const Shape& scores) {
  Tensor cut;
  for (const Intervention& c : changes) {
    if (c.what != Intervention::What::cut) continue;
    if (c.query < 0 || c.query >= scores[2] || c.key < 0 || c.key >= scores[3])
      fail(fmt::format("intervene: edge {} -> {} lies outside {} queries and {} keys", c.query, c.key,
                       scores[2], scores[3]));
    if (!cut.defined()) cut = zeros({scores[1], scores[2], scores[3]}, Dtype::boolean);
    Tensor column = cut.slice(1, c.query, c.query + 1).slice(2, c.key, c.key + 1);  // [H, 1, 1]
    column.copy_(where(head_mask(scores[1], c.head), ones_like(column), column));
  }
  return cut;
}

void check_replacement(const char* what, const Tensor& value, const Tensor& replaced) {
  if (!broadcasts_to(value.shape(), replaced.shape()))
    fail_operands("intervene", fmt::format("the {} must broadcast to what it replaces", what),
                  {{what, value}, {"replaced", replaced}});
}

/// Attention in native ops with the changes made on the way, so that gates have gradients too.
Tensor intervened(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask, const Plan& plan,
                  const std::vector<Intervention>& changes, std::string_view layer) {
  const std::int64_t heads = q.size(1);
  Tensor weights =
      composed_weights(q, k, mask, plan, cut_edges(changes, {q.size(0), heads, q.size(2), k.size(2)}));
  for (const Intervention& c : changes)
    if (c.what == Intervention::What::pattern) {
      const Tensor pattern = c.value.dim() == 3 ? unsqueeze(c.value, 1) : c.value;  // [B, 1, Tq, Tk]
      check_replacement("pattern", pattern, weights);
      weights = where(head_mask(heads, c.head), pattern, weights);
    }
  Tensor y = composed_output(weights, v, plan);
  for (const Intervention& c : changes) {
    if (c.what == Intervention::What::output) {
      const Tensor output = c.value.dim() == 3 ? unsqueeze(c.value, 1) : c.value;  // [B, 1, Tq, Dv]
      check_replacement("output", output, y);
      y = where(head_mask(heads, c.head), output, y);
    } else if (c.what == Intervention::What::gate) {
      if (!(c.value.shape() == Shape{heads}))
        fail_operands("intervene", fmt::format("gate_heads needs one gate for each of {} heads", heads),
                      {{"gates", c.value}});
      y = y * reshape(c.value, {heads, 1, 1});
    }
  }
  if (Capture* capture = active_capture()) capture->add(layer, weights.detach(), y.detach());
  return y;
}

// ---- the fused kernel

/// The last axis must be dense; the other three may lie as they like.
Tensor with_dense_channels(const Tensor& x) {
  return x.strides()[3] == 1 || x.size(3) == 1 ? x : contiguous(x);
}

template <class T> kernels::Heads<T> heads_of(const Tensor& x) {
  if (!x.defined()) return {};
  return {x.data<std::remove_const_t<T>>(), x.strides()[0], x.strides()[1], x.strides()[2]};
}

template <class E> kernels::AttentionMask<E> mask_of(const Tensor& mask, const Shape& scores) {
  if (!mask.defined() || mask.dtype() != dtype_of<E>) return {};
  const kernels::Layout l = layout_of(mask, scores);
  return {mask.data<E>(), l.stride[0], l.stride[1], l.stride[2], l.stride[3]};
}

/// q, k and v as the kernels read them.
struct Operands {
  Tensor q, k, v;
  Operands(const Tensor& query, const Tensor& key, const Tensor& value)
      : q(with_dense_channels(query.detach())),
        k(with_dense_channels(key.detach())),
        v(with_dense_channels(value.detach())) {}
};

template <class T>
kernels::AttentionArgs<T> kernel_args(const Operands& x, const Tensor& mask, const Plan& plan) {
  const auto& [q, k, v] = x;
  const Shape scores{q.size(0), q.size(1), q.size(2), k.size(2)};
  return {.batch = q.size(0),
          .heads = q.size(1),
          .kv_heads = k.size(1),
          .q_len = q.size(2),
          .k_len = k.size(2),
          .qk_dim = q.size(3),
          .v_dim = v.size(3),
          .q = heads_of<const T>(q),
          .k = heads_of<const T>(k),
          .v = heads_of<const T>(v),
          .scale = static_cast<T>(plan.scale),
          .causal = plan.causal,
          .bias = mask_of<T>(mask, scores),
          .allowed = mask_of<bool>(mask, scores),
          .dropout = plan.dropout,
          .seed = plan.seed};
}

/// Memory [B, T, H, D] read as [B, H, T, D]: merging the heads afterwards, and splitting them in backward, is
/// then a view.
Tensor empty_heads(const Tensor& like, std::int64_t channels) {
  return transpose(empty({like.size(0), like.size(2), like.size(1), channels}, like.dtype()), 1, 2);
}

Tensor fused_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask,
                       const Plan& plan) {
  Tensor y = empty_heads(q, v.size(3)), lse = empty({q.size(0), q.size(1), q.size(2)}, q.dtype());
  visit_floating(q.dtype(), "attention", [&](auto t) {
    using T = decltype(t);
    kernels::attention_forward(kernel_args<T>({q, k, v}, mask, plan), heads_of<T>(y), lse.data<T>());
  });
  const auto backward = [y = Saved(y), lse = Saved(lse), plan](const Tensor& dy, auto& wants, auto& inputs) {
    const Operands x(inputs[0], inputs[1], inputs[2]);
    const Tensor dyd = with_dense_channels(dy);
    std::array<Tensor, 4> d;
    if (wants[0]) d[0] = empty_heads(x.q, x.q.size(3));
    if (wants[1]) d[1] = empty_heads(x.k, x.k.size(3));
    if (wants[2]) d[2] = empty_heads(x.v, x.v.size(3));
    if (wants[3]) d[3] = empty({x.q.size(0), x.q.size(1), x.q.size(2), x.k.size(2)}, dy.dtype());
    visit_floating(dy.dtype(), "attention", [&](auto t) {
      using T = decltype(t);
      kernels::attention_backward(kernel_args<T>(x, inputs[3], plan), heads_of<const T>(y),
                                  lse.get().template data<T>(), heads_of<const T>(dyd),
                                  {heads_of<T>(d[0]), heads_of<T>(d[1]), heads_of<T>(d[2]),
                                   wants[3] ? d[3].template data<T>() : nullptr});
    });
    return d;
  };
  const auto meaning = [plan](const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& m) {
    return composed_output(composed_weights(query, key, m, plan), value, plan);
  };
  return record("attention", y, fused<4>({&q, &k, &v, &mask}, backward, meaning));
}

/// The weights that the fused kernel never writes down.
Tensor attention_weights(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask,
                         const Plan& plan) {
  Tensor weights = empty({q.size(0), q.size(1), q.size(2), k.size(2)}, q.dtype());
  visit_floating(q.dtype(), "attention", [&](auto t) {
    using T = decltype(t);
    kernels::attention_weights(kernel_args<T>({q, k, v}, mask, plan), weights.data<T>());
  });
  return weights;
}

}  // namespace

Tensor composed::attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& o,
                           std::uint64_t seed) {
  check_attention(q, k, v, o);
  const Plan plan = plan_of(q, o, o.dropout, seed);
  return composed_output(composed_weights(q, k, o.mask, plan), v, plan);
}

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& o) {
  check_attention(q, k, v, o);
  const bool drops = o.dropout > 0 && !evaluating();
  const Plan plan = drops ? plan_of(q, o, o.dropout, next_seed()) : plan_of(q, o, 0, 0);
  const std::vector<Intervention> changes = interventions_for(o.layer);
  if (!changes.empty()) return intervened(q, k, v, o.mask, plan, changes, o.layer);
  const Tensor y = fused_attention(q, k, v, o.mask, plan);
  if (Capture* capture = active_capture())
    capture->add(o.layer, attention_weights(q, k, v, o.mask, plan), y.detach());
  return y;
}

}  // namespace gradus
