// Vector exp, log, tanh, sigmoid, erf and the normal distribution, for kernels: include after base/simd.h. D
// is a tag of float or double. Errors stay within 1 unit in the last place for exp and log, 3 for tanh,
// sigmoid and erf, and 6 for the normal distribution, whatever the argument. NaN gives NaN, infinities give
// limits, subnormal results are not flushed. Series are plain Taylor series wherever those converge fast.

#if defined(GRADUS_BASE_SIMD_MATH_TOGGLE) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_BASE_SIMD_MATH_TOGGLE
#undef GRADUS_BASE_SIMD_MATH_TOGGLE
#else
#define GRADUS_BASE_SIMD_MATH_TOGGLE
#endif

HWY_BEFORE_NAMESPACE();
namespace gradus::simd::HWY_NAMESPACE {

/// c0 + x (c1 + x (c2 + ...))
template <class D, class V> HWY_INLINE V polynomial(D d, V, double c0) {
  return hn::Set(d, static_cast<hn::TFromD<D>>(c0));
}
template <class D, class V, class... C> HWY_INLINE V polynomial(D d, V x, double c0, C... c) {
  return hn::MulAdd(polynomial(d, x, c...), x, polynomial(d, x, c0));
}

template <class D> HWY_INLINE hn::Vec<D> constant(D d, double c) {
  return hn::Set(d, static_cast<hn::TFromD<D>>(c));
}

/// y, but NaN where x is NaN.
template <class V> HWY_INLINE V or_nan(V x, V y) { return hn::IfThenElse(hn::IsNaN(x), x, y); }

/// IEEE layout of T, and ln 2 in two parts: the first so short that k ln2_high is exact for every exponent k.
template <class T> struct Format;
template <> struct Format<float> {
  static constexpr int mantissa = 23, bias = 127;
  static constexpr double ln2_high = 0x1.62e4p-1, ln2_low = 0x1.7f7d1cf79abcap-20;
  static constexpr double lowest_exp = -104, highest_exp = 89;  // exp is 0 below and infinite above
};
template <> struct Format<double> {
  static constexpr int mantissa = 52, bias = 1023;
  static constexpr double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;
  static constexpr double lowest_exp = -746, highest_exp = 710;
};

/// 2^k for integers k in the range of normal numbers. Adding 1.5 * 2^mantissa puts k + bias into the low
/// bits.
template <class D, class V> HWY_INLINE V power_of_two(D d, V k) {
  using F = Format<hn::TFromD<D>>;
  const hn::RebindToUnsigned<D> du;
  const V shifted = hn::Add(k, constant(d, 1.5 * static_cast<double>(1LL << F::mantissa) + F::bias));
  return hn::BitCast(d, hn::ShiftLeft<F::mantissa>(hn::BitCast(du, shifted)));
}

/// x + tail = k ln 2 + r, |r| <= ln 2 / 2 and a bit; returns e^r - 1.
template <class D, class V> HWY_INLINE V reduced_expm1(D d, V x, V tail, V& k) {
  using F = Format<hn::TFromD<D>>;
  k = hn::Round(hn::Mul(x, constant(d, 0x1.71547652b82fep0)));
  V r = hn::NegMulAdd(k, constant(d, F::ln2_high), x);
  r = hn::Add(hn::NegMulAdd(k, constant(d, F::ln2_low), r), tail);
  V q;
  if constexpr (F::mantissa == 23) {
    q = polynomial(d, r, 1. / 2, 1. / 6, 1. / 24, 1. / 120, 1. / 720, 1. / 5040);
  } else {
    q = polynomial(d, r, 1. / 2, 1. / 6, 1. / 24, 1. / 120, 1. / 720, 1. / 5040, 1. / 40320, 1. / 362880,
                   1. / 3628800, 1. / 39916800, 1. / 479001600, 1. / 6227020800);
  }
  return hn::MulAdd(hn::Mul(r, r), q, r);
}

/// exp(x + tail), tail much smaller than x: for arguments that need more bits than T has.
template <class D, class V> HWY_INLINE V exp(D d, V x, V tail) {
  using F = Format<hn::TFromD<D>>;
  const V inside = hn::Min(hn::Max(x, constant(d, F::lowest_exp)), constant(d, F::highest_exp));
  V k;
  const V p = hn::Add(reduced_expm1(d, inside, tail, k), constant(d, 1));
  // Two factors, since 2^k itself may be subnormal or infinite.
  const V half = hn::Round(hn::Mul(k, constant(d, 0.5)));
  return or_nan(x, hn::Mul(hn::Mul(p, power_of_two(d, half)), power_of_two(d, hn::Sub(k, half))));
}
template <class D, class V> HWY_INLINE V exp(D d, V x) { return exp(d, x, hn::Zero(d)); }

/// x = 2^e m with m in [sqrt(1/2), sqrt 2). With s = (m - 1) / (m + 1),
///   log m = 2 atanh(s) = 2 s (1 + s^2/3 + s^4/5 + ...)
template <class D, class V> HWY_INLINE V log(D d, V x) {
  using F = Format<hn::TFromD<D>>;
  const hn::RebindToSigned<D> di;
  const V infinity = constant(d, std::numeric_limits<double>::infinity());
  const auto tiny = hn::Lt(x, constant(d, std::numeric_limits<hn::TFromD<D>>::min()));
  const double up = F::mantissa + 2;  // 2^up makes a subnormal number normal
  const V normal = hn::IfThenElse(tiny, hn::Mul(x, power_of_two(d, constant(d, up))), x);
  const auto bits = hn::BitCast(di, normal);
  const auto exponent =
      hn::ShiftRight<F::mantissa>(hn::Sub(bits, hn::BitCast(di, constant(d, 0x1.6a09e667f3bcdp-1))));
  // The difference is floored, so it is the exponent of 2 sqrt(1/2) and up: m starts at sqrt(1/2).
  const V m = hn::BitCast(d, hn::Sub(bits, hn::ShiftLeft<F::mantissa>(exponent)));
  const V e = hn::Sub(hn::ConvertTo(d, exponent), hn::IfThenElseZero(tiny, constant(d, up)));

  const V f = hn::Sub(m, constant(d, 1));
  const V s = hn::Div(f, hn::Add(f, constant(d, 2))), z = hn::Mul(s, s);
  V series;
  if constexpr (F::mantissa == 23) {
    series = polynomial(d, z, 2. / 3, 2. / 5, 2. / 7, 2. / 9);
  } else {
    series = polynomial(d, z, 2. / 3, 2. / 5, 2. / 7, 2. / 9, 2. / 11, 2. / 13, 2. / 15, 2. / 17, 2. / 19,
                        2. / 21);
  }
  // 2 s = f - s f, so log m = f - s (f - z series): f is exact and the rest small.
  const V rest = hn::Mul(s, hn::NegMulAdd(z, series, f));
  V y = hn::MulAdd(e, constant(d, F::ln2_low), hn::Sub(f, rest));
  y = hn::MulAdd(e, constant(d, F::ln2_high), y);
  y = hn::IfThenElse(hn::Eq(x, infinity), infinity, y);
  y = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), hn::Neg(infinity), y);
  y = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), constant(d, std::numeric_limits<double>::quiet_NaN()), y);
  return or_nan(x, y);
}

/// With t = e^(-2|x|) - 1:  tanh |x| = -t / (2 + t), which keeps the small results exact.
template <class D, class V> HWY_INLINE V tanh(D d, V x) {
  const V a = hn::Min(hn::Abs(x), constant(d, 22));  // tanh is 1 beyond
  V k;
  const V p = reduced_expm1(d, hn::Mul(a, constant(d, -2)), hn::Zero(d), k);
  const V scale = power_of_two(d, k);
  const V t = hn::MulAdd(p, scale, hn::Sub(scale, constant(d, 1)));
  return or_nan(x, hn::CopySign(hn::Div(hn::Neg(t), hn::Add(t, constant(d, 2))), x));
}

/// 1 / (1 + e^-x), without overflow and exact far below 0 too.
template <class D, class V> HWY_INLINE V sigmoid(D d, V x) {
  const V one = constant(d, 1), e = exp(d, hn::Neg(hn::Abs(x)));
  return hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(d)), e, one), hn::Add(one, e));
}

/// exp(-factor x^2) for factor 1 or 1/2; anything for NaN. A rounded x^2 would cost x^2 units in the last
/// place: x is cut into its upper half, whose square is exact, and the rest.
template <class D, class V> HWY_INLINE V exp_minus_square(D d, V x, double factor) {
  using F = Format<hn::TFromD<D>>;
  const hn::RebindToUnsigned<D> du;
  // The result is 0 from here on, and inf - inf must not appear.
  const double far = (F::mantissa == 23 ? 10.25 : 27.4) * (factor == 1 ? 1 : 1.4142);
  const V a = hn::Min(hn::Abs(x), constant(d, far));
  using U = hn::TFromD<decltype(du)>;
  const V high = hn::And(a, hn::BitCast(d, hn::Set(du, static_cast<U>(~U{0} << (F::mantissa / 2 + 1)))));
  const V low = hn::Mul(hn::Sub(a, high), hn::Add(a, high)), scale = constant(d, -factor);
  V k;
  const V p = reduced_expm1(d, hn::Mul(hn::Mul(high, high), scale), hn::Mul(low, scale), k);
  // Two factors, since 2^k itself may be subnormal.
  const V upper = power_of_two(d, hn::Add(k, constant(d, 100)));
  return hn::Mul(hn::MulAdd(p, upper, upper), constant(d, 0x1p-100));
}

/// e^(z^2) erfc(z) for z >= 0, after Shepherd and Laframboise (1981): (1 + 2 z) times it is smooth in
///   t = (z - 3) / (z + 3)
/// The coefficients interpolate it at Chebyshev points to 3e-9 (float) and 3e-17 (double), for all z where
/// erfc is not 0. Anything for NaN.
template <class D, class V> HWY_INLINE V erfc_scaled(D d, V x) {
  const V z = hn::Min(x, constant(d, 40));
  const V z3 = hn::Add(z, constant(d, 3)), scale = hn::MulAdd(z, constant(d, 2), constant(d, 1));
  const V inverse = hn::Div(constant(d, 1), hn::Mul(z3, scale));  // one division for both quotients
  const V t = hn::Mul(hn::Mul(hn::Sub(z, constant(d, 3)), scale), inverse);
  V p;
  if constexpr (sizeof(hn::TFromD<D>) == 4) {
    p = polynomial(d, t, 1.25300806, -0.135621145, -0.0475622894, 0.129646612, -0.119272474, 0.0682933674,
                   -0.023791348, 0.00257884536, 0.00199637574, -0.000795749233, -0.000276390256);
  } else {
    p = polynomial(d, t, 1.2530080582697296, -0.13562110612458068, -0.047562294353446709, 0.12964515870270443,
                   -0.11927366341551179, 0.068308027345841853, -0.023770514914554266, 0.0025293917876690922,
                   0.0018886903150891137, -0.00077983203254647508, -0.00010515950712088183,
                   0.00012509812224376388, 4.9482018665564795e-6, -2.0096529953503007e-5,
                   -7.2768869661578999e-7, 3.4637798916718806e-6, 3.4908866785504096e-7,
                   -6.047180034444154e-7, -1.3113322169787246e-7, 9.1651635298453784e-8,
                   3.2870681633694287e-8, -8.4340016556519746e-9, -4.1825825144926722e-9);
  }
  return hn::Mul(p, hn::Mul(z3, inverse));
}

/// Near 0 the Taylor series 2 / sqrt(pi) sum (-1)^k x^(2k + 1) / (k! (2k + 1)), elsewhere 1 - erfc.
template <class D, class V> HWY_INLINE V erf(D d, V x) {
  const V a = hn::Abs(x), z = hn::Mul(x, x);
  V series;
  if constexpr (sizeof(hn::TFromD<D>) == 4) {
    series = polynomial(d, z, -1. / 3, 1. / 10, -1. / 42, 1. / 216, -1. / 1320, 1. / 9360, -1. / 75600);
  } else {
    series = polynomial(d, z, -1. / 3, 1. / 10, -1. / 42, 1. / 216, -1. / 1320, 1. / 9360, -1. / 75600,
                        1. / 685440, -1. / 6894720, 1. / 76204800, -1. / 918086400, 1. / 11975040000);
  }
  constexpr double two_over_sqrt_pi = 1.1283791670955126;
  // x + x (2 / sqrt(pi) - 1) + ...: the leading term is not rounded.
  const V near = hn::MulAdd(
      x, hn::MulAdd(hn::Mul(z, series), constant(d, two_over_sqrt_pi), constant(d, two_over_sqrt_pi - 1)), x);
  const V far = hn::NegMulAdd(exp_minus_square(d, x, 1), erfc_scaled(d, a), constant(d, 1));
  return or_nan(x, hn::IfThenElse(hn::Lt(a, constant(d, 0.5)), near, hn::CopySign(far, x)));
}

/// The standard normal distribution function, exact far below 0 too, and its density exp(-x^2 / 2) / sqrt(2
/// pi), which is anything for NaN.
template <class D, class V> HWY_INLINE V normal_cdf(D d, V x, V& density) {
  constexpr double sqrt_half = 0.70710678118654752, one_over_sqrt_two_pi = 0.39894228040143268;
  const V e = exp_minus_square(d, x, 0.5);
  density = hn::Mul(e, constant(d, one_over_sqrt_two_pi));
  const V below =
      hn::Mul(hn::Mul(e, constant(d, 0.5)), erfc_scaled(d, hn::Mul(hn::Abs(x), constant(d, sqrt_half))));
  return or_nan(x, hn::IfThenElse(hn::Lt(x, hn::Zero(d)), below, hn::Sub(constant(d, 1), below)));
}

}  // namespace gradus::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
