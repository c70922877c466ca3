#pragma once
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "gradus/base/random.h"
#include "gradus/kernels/attention.h"

/// Attention problems of every kind and the definition of their values and gradients, for the kernel's tests.
namespace attention_problem {

using namespace gradus;
using namespace gradus::kernels;
using Size = std::int64_t;
constexpr double inf = std::numeric_limits<double>::infinity(),
                 not_a_number = std::numeric_limits<double>::quiet_NaN();

/// A problem with its arrays, laid out as the options say. Inputs are random; outputs start as NaN, so that a
/// place that is not written is seen.
template <class T> struct Problem {
  Size batch = 1, heads = 1, kv_heads = 1, q_len = 1, k_len = 1, qk_dim = 1, v_dim = 1;
  bool causal = false, packed = false, bias = false,
       allowed = false;  // packed: heads side by side in rows [T, H * D + 3]
  double dropout = 0, scale = 0.3;

  struct Array {
    std::vector<T> memory;
    Size batch, head, time;
    T& operator()(Size b, Size h, Size t, Size d) {
      return memory[static_cast<std::size_t>(b * batch + h * head + t * time + d)];
    }
    operator Heads<T>() { return {memory.data(), batch, head, time}; }
    operator Heads<const T>() { return {memory.data(), batch, head, time}; }
  };
  Array q{}, k{}, v{}, dout{}, out{}, dq{}, dk{}, dv{};
  std::vector<T> logsumexp{}, dbias{}, weights{}, bias_values{};
  std::vector<char> allowed_values{};

  Array array(Size h, Size t, Size d, std::uint64_t seed) const {
    const Size row = packed ? h * d + 3 : d;
    Array a{{}, packed ? t * row : h * t * d, packed ? d : t * d, row};
    a.memory.resize(static_cast<std::size_t>(batch * a.batch));
    for (std::size_t i = 0; i < a.memory.size(); ++i)
      a.memory[i] = seed == 0 ? static_cast<T>(not_a_number) : static_cast<T>(Philox{seed, 7}.normal(i));
    return a;
  }

  Problem& make() {
    q = array(heads, q_len, qk_dim, 1), k = array(kv_heads, k_len, qk_dim, 2),
    v = array(kv_heads, k_len, v_dim, 3);
    dout = array(heads, q_len, v_dim, 4), out = array(heads, q_len, v_dim, 0);
    dq = array(heads, q_len, qk_dim, 0), dk = array(kv_heads, k_len, qk_dim, 0),
    dv = array(kv_heads, k_len, v_dim, 0);
    const auto square = static_cast<std::size_t>(batch * heads * q_len * k_len);
    logsumexp.assign(static_cast<std::size_t>(batch * heads * q_len), static_cast<T>(not_a_number));
    dbias.assign(square, static_cast<T>(not_a_number)), weights.assign(square, static_cast<T>(not_a_number));
    bias_values.resize(static_cast<std::size_t>(heads * k_len)),
        allowed_values.resize(static_cast<std::size_t>(batch * q_len * k_len));
    for (std::size_t i = 0; i < bias_values.size(); ++i) bias_values[i] = static_cast<T>(Philox{5}.normal(i));
    for (std::size_t i = 0; i < allowed_values.size(); ++i) allowed_values[i] = Philox{6}.uniform(i) < 0.7;
    return *this;
  }

  AttentionArgs<T> args() {
    AttentionArgs<T> x{batch, heads, kv_heads, q_len, k_len, qk_dim, v_dim, q, k, v};
    x.scale = static_cast<T>(scale), x.causal = causal, x.dropout = dropout, x.seed = 42;
    if (bias) x.bias = {bias_values.data(), 0, k_len, 0, 1};  // [H, 1, Tk]
    if (allowed)
      x.allowed = {reinterpret_cast<const bool*>(allowed_values.data()), q_len * k_len, 0, k_len, 1};
    return x;
  }
  void forward() { attention_forward<T>(args(), out, logsumexp.data()); }
  void backward(bool with_bias = true) {
    attention_backward<T>(args(), out, logsumexp.data(), dout,
                          {dq, dk, dv, with_bias ? dbias.data() : nullptr});
  }

  bool sees(Size b, Size i, Size j) const {
    return (!causal || j <= i + k_len - q_len) &&
           (!allowed || allowed_values[static_cast<std::size_t>((b * q_len + i) * k_len + j)]);
  }
  double keep(Size b, Size h, Size i, Size j) const {
    if (dropout == 0) return 1;
    const auto e = static_cast<std::uint64_t>(((b * heads + h) * q_len + i) * k_len + j);
    return Philox{42, 0}(e / 4)[e % 4] >= dropout * 0x1p32 ? 1 / (1 - dropout) : 0;
  }
};

/// The definition, one query at a time, in double. Keys that are not seen are skipped, so their contents
/// cannot matter.
template <class T> struct Naive {
  Problem<T>& x;
  std::vector<double> dk{}, dv{};  // sums over the heads of a group
  double worst_out = 0, worst_lse = 0, worst_weight = 0, worst_dq = 0, worst_dk = 0, worst_dv = 0,
         worst_dbias = 0;

  static void note(double& worst, double got, double want) {
    const double error = got == want ? 0 : std::abs(got - want) / (1 + std::abs(want));
    if (!(error <= worst)) worst = error;
  }

  void compare(bool gradients) {
    const auto n = static_cast<std::size_t>(x.batch * x.kv_heads * x.k_len);
    dk.assign(n * static_cast<std::size_t>(x.qk_dim), 0), dv.assign(n * static_cast<std::size_t>(x.v_dim), 0);
    for (Size b = 0; b < x.batch; ++b)
      for (Size h = 0; h < x.heads; ++h)
        for (Size i = 0; i < x.q_len; ++i) row(b, h, i, gradients);
    if (!gradients) return;
    for (Size b = 0; b < x.batch; ++b)
      for (Size h = 0; h < x.kv_heads; ++h)
        for (Size j = 0; j < x.k_len; ++j) {
          const auto at = static_cast<std::size_t>((b * x.kv_heads + h) * x.k_len + j);
          for (Size d = 0; d < x.qk_dim; ++d)
            note(worst_dk, x.dk(b, h, j, d),
                 dk[at * static_cast<std::size_t>(x.qk_dim) + static_cast<std::size_t>(d)]);
          for (Size d = 0; d < x.v_dim; ++d)
            note(worst_dv, x.dv(b, h, j, d),
                 dv[at * static_cast<std::size_t>(x.v_dim) + static_cast<std::size_t>(d)]);
        }
  }

  void row(Size b, Size h, Size i, bool gradients) {
    const Size g = h / (x.heads / x.kv_heads);
    const auto keys = static_cast<std::size_t>(x.k_len);
    std::vector<double> s(keys, -inf), a(keys, 0), ds(keys, 0), o(static_cast<std::size_t>(x.v_dim), 0);
    double top = -inf, sum = 0, dot = 0;
    for (Size j = 0; j < x.k_len; ++j) {
      const auto c = static_cast<std::size_t>(j);
      if (!x.sees(b, i, j)) continue;
      s[c] = 0;
      for (Size d = 0; d < x.qk_dim; ++d) s[c] += double{x.q(b, h, i, d)} * double{x.k(b, g, j, d)};
      s[c] = s[c] * double{static_cast<T>(x.scale)} +
             (x.bias ? double{x.bias_values[static_cast<std::size_t>(h * x.k_len + j)]} : 0);
      top = std::max(top, s[c]);
    }
    for (double v : s) sum += top == -inf ? 0 : std::exp(v - top);
    for (Size j = 0; j < x.k_len; ++j) {
      const auto c = static_cast<std::size_t>(j);
      if (!x.sees(b, i, j)) continue;
      a[c] = sum == 0 ? 0 : std::exp(s[c] - top) / sum;
      for (Size d = 0; d < x.v_dim; ++d)
        o[static_cast<std::size_t>(d)] += x.keep(b, h, i, j) * a[c] * double{x.v(b, g, j, d)};
    }
    const auto q_row = static_cast<std::size_t>((b * x.heads + h) * x.q_len + i);
    for (Size d = 0; d < x.v_dim; ++d) note(worst_out, x.out(b, h, i, d), o[static_cast<std::size_t>(d)]);
    note(worst_lse, x.logsumexp[q_row], sum == 0 ? -inf : top + std::log(sum));
    for (std::size_t j = 0; j < keys; ++j) note(worst_weight, x.weights[q_row * keys + j], a[j]);
    if (!gradients) return;
    for (Size j = 0; j < x.k_len; ++j) {  // dA, then dS
      const auto c = static_cast<std::size_t>(j);
      if (!x.sees(b, i, j)) continue;
      for (Size d = 0; d < x.v_dim; ++d)
        ds[c] += x.keep(b, h, i, j) * double{x.dout(b, h, i, d)} * double{x.v(b, g, j, d)};
      dot += a[c] * ds[c];
    }
    std::vector<double> dq(static_cast<std::size_t>(x.qk_dim), 0);
    for (Size j = 0; j < x.k_len; ++j) {
      const auto c = static_cast<std::size_t>(j),
                 at = static_cast<std::size_t>((b * x.kv_heads + g) * x.k_len + j);
      if (!x.sees(b, i, j)) continue;
      ds[c] = a[c] * (ds[c] - dot);
      for (Size d = 0; d < x.qk_dim; ++d) {
        dq[static_cast<std::size_t>(d)] += x.scale * ds[c] * double{x.k(b, g, j, d)};
        dk[at * static_cast<std::size_t>(x.qk_dim) + static_cast<std::size_t>(d)] +=
            x.scale * ds[c] * double{x.q(b, h, i, d)};
      }
      for (Size d = 0; d < x.v_dim; ++d)
        dv[at * static_cast<std::size_t>(x.v_dim) + static_cast<std::size_t>(d)] +=
            x.keep(b, h, i, j) * a[c] * double{x.dout(b, h, i, d)};
    }
    for (Size d = 0; d < x.qk_dim; ++d) note(worst_dq, x.dq(b, h, i, d), dq[static_cast<std::size_t>(d)]);
    for (std::size_t j = 0; j < keys; ++j) note(worst_dbias, x.dbias[q_row * keys + j], ds[j]);
  }
};

/// Values and gradients against the definition.
template <class T> void check(Problem<T> x) {
  CAPTURE(x.batch);
  CAPTURE(x.heads);
  CAPTURE(x.kv_heads);
  CAPTURE(x.q_len);
  CAPTURE(x.k_len);
  CAPTURE(x.qk_dim);
  CAPTURE(x.v_dim);
  CAPTURE(x.causal);
  CAPTURE(x.packed);
  CAPTURE(x.bias);
  CAPTURE(x.allowed);
  CAPTURE(x.dropout);
  x.make();
  x.forward();
  x.backward();
  attention_weights<T>(x.args(), x.weights.data());
  Naive<T> naive{x};
  naive.compare(true);
  const double tolerance = sizeof(T) == 4 ? 1e-5 : 1e-13;
  CHECK(naive.worst_out <= tolerance);
  CHECK(naive.worst_lse <= tolerance);
  CHECK(naive.worst_weight <= tolerance);
  CHECK(naive.worst_dq <= tolerance);
  CHECK(naive.worst_dk <= 4 * tolerance);  // longer sums
  CHECK(naive.worst_dv <= 4 * tolerance);
  CHECK(naive.worst_dbias <= tolerance);
}

}  // namespace attention_problem
