// Ops of your own, declared the way the library declares its ops, and proven by gradcheck.
#include <gradus/gradus.h>

#include <cmath>
#include <cstdio>

using namespace gradus;

/// A native op: its rule is made of ops, so it can be differentiated again without another word.
/// log(1 + exp x), a smooth relu.    dx = dy sigmoid(x)
Tensor softplus(const Tensor& x) {
  const Tensor in = x.detach().contiguous();
  Tensor y = empty_like(in);
  visit_floating(x.dtype(), "softplus", [&]<class T>(T) {
    const T* a = in.data<T>();
    T* b = y.data<T>();
    for (std::int64_t i = 0; i < in.numel(); ++i)  // exp of nothing positive: it cannot overflow
      b[i] = std::fmax(a[i], T{0}) + std::log1p(std::exp(-std::fabs(a[i])));
  });
  return record("softplus", y, wrt(x, [x = Saved(x)](const Tensor& dy) { return dy * sigmoid(x); }));
}

template <class T> void swiglu_forward(std::int64_t n, const T* gate, const T* up, T* y) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = gate[i] / (1 + std::exp(-gate[i])) * up[i];
}

template <class T>
void swiglu_backward(std::int64_t n, const T* gate, const T* up, const T* dy, T* dgate, T* dup) {
  for (std::int64_t i = 0; i < n; ++i) {
    const T s = 1 / (1 + std::exp(-gate[i]));
    dgate[i] = dy[i] * up[i] * s * (1 + gate[i] * (1 - s));
    dup[i] = dy[i] * gate[i] * s;
  }
}

/// A fused op: one loop for the value, one for both gradients, and a composed form that says what they mean
/// and takes over when the gradient is itself differentiated.
/// silu(gate) * up, as in Llama, for two tensors of one shape.
///   dgate = dy up silu'(gate)        dup = dy silu(gate)
Tensor swiglu(const Tensor& gate, const Tensor& up) {
  if (!(gate.shape() == up.shape())) fail("swiglu: gate and up must have one shape");
  const Tensor a = gate.detach().contiguous(), b = up.detach().contiguous();
  Tensor y = empty_like(a);
  visit_floating(a.dtype(), "swiglu",
                 [&]<class T>(T) { swiglu_forward(a.numel(), a.data<T>(), b.data<T>(), y.data<T>()); });
  const auto rule = [](const Tensor& dy, const auto& /*wanted*/, const std::array<Tensor, 2>& in) {
    const Tensor g = in[0].contiguous(), u = in[1].contiguous(), d = dy.contiguous();
    Tensor dg = empty_like(g), du = empty_like(u);
    visit_floating(g.dtype(), "swiglu", [&]<class T>(T) {
      swiglu_backward(g.numel(), g.data<T>(), u.data<T>(), d.data<T>(), dg.data<T>(), du.data<T>());
    });
    return std::array{dg, du};
  };
  const auto composed = [](const Tensor& g, const Tensor& u) { return silu(g) * u; };
  return record("swiglu", y, fused<2>({&gate, &up}, rule, composed));
}

/// x^2, by an author who forgot the 2 of the gradient.
Tensor forgetful_square(const Tensor& x) {
  return record("square", square(x.detach()), wrt(x, [x = Saved(x)](const Tensor& dy) { return dy * x; }));
}

bool show(const char* op, const GradcheckReport& r) {
  std::printf("%-16s  %s  error %.1e, of the second order %.1e\n                  %s\n", op,
              r ? "right" : "WRONG", r.error, r.second_order_error, r.message.c_str());
  return r.ok;
}

int main() {
  manual_seed(1);
  const Tensor x = randn({3, 5}) * 3.0, z = randn({3, 5});
  const GradcheckOptions twice{.second_order = true};
  const bool native = show("softplus", gradcheck([](auto& in) { return softplus(in[0]); }, {x}, twice));
  const bool both = show("swiglu", gradcheck([](auto& in) { return swiglu(in[0], in[1]); }, {x, z}, twice));
  const bool bad = show("forgetful_square", gradcheck([](auto& in) { return forgetful_square(in[0]); }, {x}));
  return native && both && !bad ? 0 : 1;
}
