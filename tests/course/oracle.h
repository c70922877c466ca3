#pragma once
#include "reference/attention.h"
#include "reference/elementwise.h"
#include "reference/loss.h"
#include "reference/matmul.h"
#include "reference/norm.h"

/// What the course's layers mean, from the shared references: run on long double for their values and on dual numbers
/// for exact derivatives. They share no code with the library.
namespace course {

using reference::Array, reference::Index, reference::Size, reference::generate;

/// The parameters of a module, one after the other as its table of contents lists them.
template <class S> class Parameters {
 public:
  explicit Parameters(const std::vector<Array<S>>& all) : all_(&all) {}
  const Array<S>& next() { return all_->at(next_++); }

 private:
  const std::vector<Array<S>>* all_;
  std::size_t next_ = 0;
};

struct Form {
  Size heads = 2;
  bool causal = true, bias = true;
};

template <class S> Array<S> add(const Array<S>& a, const Array<S>& b) {
  return reference::zip(a, b, [](S p, S q) { return p + q; });
}

template <class S> Array<S> linear(Parameters<S>& p, const Array<S>& x, bool bias) {
  const Array<S>& weight = p.next();
  return reference::linear(x, weight, bias ? &p.next() : nullptr);
}

template <class S> Array<S> layer_norm(Parameters<S>& p, const Array<S>& x, bool bias) {
  const Array<S>& weight = p.next();
  return reference::layer_norm(x, &weight, bias ? &p.next() : nullptr, 1e-5);
}

template <class S> Array<S> rms_norm(Parameters<S>& p, const Array<S>& x) {
  return reference::rms_norm(x, &p.next(), 1e-6);
}

/// Queries (third 0), keys (1) or values (2) of a packed projection: heads are consecutive blocks of channels.
///   [B, T, 3 C]  ->  [B, H, T, C / H]
template <class S> Array<S> split(const Array<S>& packed, Size third, Size heads) {
  const Size width = packed.shape[2] / 3, each = width / heads;
  return generate<S>({packed.shape[0], heads, packed.shape[1], each}, [&](const Index& at) {
    return packed({at[0], at[2], third * width + at[1] * each + at[3]});
  });
}

/// The weights are what attention gives when the values are the identity.   ->  [B, H, Tq, Tk]
template <class S> Array<S> attention_weights(const Array<S>& q, const Array<S>& k, bool causal = false) {
  const Array<S> identity = generate<S>({k.shape[0], k.shape[1], k.shape[2], k.shape[2]},
                                        [](const Index& at) { return S(at[2] == at[3] ? 1 : 0); });
  return reference::attention<S>({.q = &q, .k = &k, .v = &identity, .causal = causal});
}

/// x [B, T, C]  ->  [B, T, C]
template <class S> Array<S> multi_head(Parameters<S>& p, const Array<S>& x, const Form& form) {
  const Size each = x.shape[2] / form.heads;
  const Array<S> packed = linear(p, x, form.bias);
  const Array<S> q = split(packed, 0, form.heads), k = split(packed, 1, form.heads),
                 v = split(packed, 2, form.heads);
  const Array<S> y = reference::attention<S>({.q = &q, .k = &k, .v = &v, .causal = form.causal});
  const Array<S> merged = generate<S>(x.shape, [&](const Index& at) {
    return y({at[0], at[2] / each, at[1], at[2] % each});
  });
  return linear(p, merged, form.bias);
}

template <class S, class F> Array<S> feed_forward(Parameters<S>& p, const Array<S>& x, bool bias, F f) {
  return linear(p, reference::map(linear(p, x, bias), f), bias);
}

template <class S> Array<S> block(Parameters<S>& p, const Array<S>& x, const Form& form) {
  const Array<S> y = add(x, multi_head(p, layer_norm(p, x, form.bias), form));
  return add(y, feed_forward(p, layer_norm(p, y, form.bias), form.bias, reference::gelu_erf<S>));
}

/// Rows of a table by id.   ids [B, T]  ->  [B, T, C]
template <class S> Array<S> lookup(const Array<S>& table, const Array<S>& ids) {
  return generate<S>({ids.shape[0], ids.shape[1], table.shape[1]}, [&](const Index& at) {
    return table({static_cast<Size>(reference::real(ids({at[0], at[1]}))), at[2]});
  });
}

/// Column 2 i is sin, 2 i + 1 cos, of position / 10000^(2 i / width).
template <class S> Array<S> sinusoids(Size count, Size width) {
  return generate<S>({count, width}, [&](const Index& at) {
    const long double exponent =
        static_cast<long double>(at[1] - at[1] % 2) / static_cast<long double>(width);
    const long double angle = static_cast<long double>(at[0]) / std::pow(10000.0L, exponent);
    return S(at[1] % 2 == 0 ? std::sin(angle) : std::cos(angle));
  });
}

/// ids [B, T]  ->  logits [B, T, V]; positions are sinusoids, or learned: the parameter after the tokens.
template <class S>
Array<S> language_model(Parameters<S> p, const Array<S>& ids, Size layers, const Form& form,
                        bool sinusoidal = false) {
  const Array<S>& tokens = p.next();
  const Array<S> positions = sinusoidal ? sinusoids<S>(ids.shape[1], tokens.shape[1]) : p.next();
  Array<S> x = lookup(tokens, ids);
  x = generate<S>(x.shape, [&](const Index& at) { return x(at) + positions({at[1], at[2]}); });
  for (Size i = 0; i < layers; ++i) x = block(p, x, form);
  return reference::linear(layer_norm(p, x, form.bias), tokens);
}

/// down(silu(gate x) * up x)
template <class S> Array<S> swiglu(Parameters<S>& p, const Array<S>& x) {
  const Array<S> gate = linear(p, x, false), up = linear(p, x, false);
  return linear(p, reference::zip(gate, up, [](S g, S u) { return reference::silu(g) * u; }), false);
}

template <class S> Array<S> capstone_block(Parameters<S>& p, const Array<S>& x, Size heads) {
  const Array<S> y = add(x, multi_head(p, rms_norm(p, x), {.heads = heads, .causal = true, .bias = false}));
  return add(y, swiglu(p, rms_norm(p, y)));
}

template <class S> Array<S> capstone_model(Parameters<S> p, const Array<S>& ids, Size layers, Size heads) {
  const Array<S>& tokens = p.next();
  Array<S> x = lookup(tokens, ids);
  for (Size i = 0; i < layers; ++i) x = capstone_block(p, x, heads);
  return reference::linear(rms_norm(p, x), tokens);
}

/// The mean cross-entropy of logits [..., V] and targets [...].
template <class S> Array<S> mean_loss(const Array<S>& logits, const Array<S>& targets) {
  const Array<S> each = reference::cross_entropy(logits, targets, -100, 0);
  return {{}, {reference::mean(each.data)}};
}

}  // namespace course
