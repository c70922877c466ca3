// Products of small tiles that lie in a core's own cache, for kernels that fuse them with other work. Include
// after base/simd.h. Tiles are row-major and padded: rows to a multiple of `tile_rows`, columns to one of
// `tile_columns`. Every element of a product is one chain of multiply-adds in the order of k, so its bits
// depend on its own row and column only: not on the tile's size, nor on the place in it.

#if defined(GRADUS_KERNELS_TILE_TOGGLE) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_KERNELS_TILE_TOGGLE
#undef GRADUS_KERNELS_TILE_TOGGLE
#else
#define GRADUS_KERNELS_TILE_TOGGLE
#endif

HWY_BEFORE_NAMESPACE();
namespace gradus::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace simd = gradus::simd::HWY_NAMESPACE;

inline constexpr std::int64_t tile_rows = 8, tile_columns = 16;

/// AVX-512 in any of its levels: vectors of 512 bits. It and NEON have 32 registers, others 16.
inline constexpr bool avx512 = HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3;
inline constexpr bool many_registers = avx512 || HWY_TARGET == HWY_NEON;

inline std::int64_t pad(std::int64_t n, std::int64_t unit) { return (n + unit - 1) / unit * unit; }

/// A tile as the left operand: element (i, k) at data[i * row + k * col], so that a transposed one is read in
/// place.
template <class T> struct Left {
  const T* data;
  std::int64_t row, col;
};

/// `rows` rows and `vectors` vectors of C, held in registers over all of k; the last vector is `last` lanes
/// wide in C. With skip_zeros, 0 x is 0 for x = NaN too.
template <int rows, int vectors, bool skip_zeros, class T>
HWY_INLINE void product_block(std::int64_t depth, Left<T> a, const T* b, std::int64_t b_step, T* c,
                              std::int64_t c_step, std::int64_t last, bool accumulate) {
  const simd::Tag<T> d;
  const std::int64_t step = simd::lanes(d);
  hn::Vec<simd::Tag<T>> sum[rows][vectors];
  for (int r = 0; r < rows; ++r)
    for (int v = 0; v < vectors; ++v) {
      const T* const at = c + r * c_step + v * step;
      sum[r][v] = accumulate ? simd::load(d, at, v + 1 < vectors ? step : last) : hn::Zero(d);
    }
  for (std::int64_t p = 0; p < depth; ++p) {
    hn::Vec<simd::Tag<T>> right[vectors];
    for (int v = 0; v < vectors; ++v) right[v] = hn::Load(d, b + p * b_step + v * step);
    for (int r = 0; r < rows; ++r) {
      const T x = a.data[r * a.row + p * a.col];
      if (skip_zeros && x == T{0}) continue;
      for (int v = 0; v < vectors; ++v) sum[r][v] = hn::MulAdd(hn::Set(d, x), right[v], sum[r][v]);
    }
  }
  for (int r = 0; r < rows; ++r)
    for (int v = 0; v < vectors; ++v)
      simd::store(sum[r][v], d, c + r * c_step + v * step, v + 1 < vectors ? step : last);
}

template <bool skip_zeros, class T>
void product_with(std::int64_t m, std::int64_t n, std::int64_t depth, Left<T> a, const T* b,
                  std::int64_t b_step, T* c, std::int64_t c_step, bool accumulate) {
  // 16 sums need 16 registers and a few more: half the rows where there are only 16.
  constexpr int rows = many_registers ? 8 : 4;
  const std::int64_t step = simd::lanes(simd::Tag<T>());
  std::int64_t j = 0;
  for (; j + 2 * step <= n; j += 2 * step)
    for (std::int64_t i = 0; i < m; i += rows)
      product_block<rows, 2, skip_zeros, T>(depth, {a.data + i * a.row, a.row, a.col}, b + j, b_step,
                                            c + i * c_step + j, c_step, step, accumulate);
  for (; j < n; j += step)
    for (std::int64_t i = 0; i < m; i += rows)
      product_block<rows, 1, skip_zeros, T>(depth, {a.data + i * a.row, a.row, a.col}, b + j, b_step,
                                            c + i * c_step + j, c_step, step, accumulate);
}

/// C [m, n] = A [m, depth] B [depth, n], or C += A B. m and n are padded; a and c have that many rows. If B
/// is not `finite`, the zeros of A (weights of what must not be seen) hide what they meet.
template <class T>
void product(std::int64_t m, std::int64_t n, std::int64_t depth, Left<T> a, const T* b, std::int64_t b_step,
             bool finite, T* c, std::int64_t c_step, bool accumulate) {
  const std::int64_t rows = pad(m, tile_rows), columns = pad(n, tile_columns);
  if (finite)
    product_with<false>(rows, columns, depth, a, b, b_step, c, c_step, accumulate);
  else
    product_with<true>(rows, columns, depth, a, b, b_step, c, c_step, accumulate);
}

/// x [rows, width], its rows `step` apart, to y [pad(rows), pad(width)], filled up with zeros. True if all is
/// finite.
template <class T> bool pack(std::int64_t rows, std::int64_t width, const T* x, std::int64_t step, T* y) {
  const simd::Tag<T> d;
  const std::int64_t lanes = simd::lanes(d), padded = pad(width, tile_columns);
  auto trace = hn::Zero(d);  // x - x is 0 or NaN
  for (std::int64_t i = 0; i < rows; ++i, x += step, y += padded) {
    std::int64_t j = 0;
    for (; j + lanes <= width; j += lanes) {
      const auto v = hn::LoadU(d, x + j);
      trace = hn::Add(trace, hn::Sub(v, v));
      hn::Store(v, d, y + j);
    }
    if (j < width) {
      const auto v = simd::load_some(d, x + j, width - j);
      trace = hn::Add(trace, hn::Sub(v, v));
      hn::Store(v, d, y + j);
      j += lanes;
    }
    for (; j < padded; j += lanes) hn::Store(hn::Zero(d), d, y + j);
  }
  for (const T* const end = y + (pad(rows, tile_rows) - rows) * padded; y < end; y += lanes)
    hn::Store(hn::Zero(d), d, y);
  return hn::AllTrue(d, hn::Eq(trace, hn::Zero(d)));
}

#if HWY_TARGET == HWY_SCALAR
template <class T> inline constexpr std::int64_t square = 1;
template <class T> HWY_INLINE std::int64_t transpose(const T* x, std::int64_t, T* y, std::int64_t) {
  *y = *x;
  return 1;
}
#else
/// What transposes within 128 bits: 4 x 4 float, 2 x 2 double.
template <class T> inline constexpr std::int64_t square = 16 / sizeof(T);

/// 128 bits of each of `blocks` rows of x, one next to the other.
template <int blocks, class T>
HWY_INLINE hn::Vec<hn::FixedTag<T, blocks * square<T>>> load_blocks(const T* x, std::int64_t step) {
  const hn::FixedTag<T, blocks * square<T>> d;
  if constexpr (blocks == 1)
    return hn::LoadU(d, x);
  else
    return hn::Combine(d, load_blocks<blocks / 2>(x + blocks / 2 * step, step),
                       load_blocks<blocks / 2>(x, step));
}

/// A vector's worth of rows of x, `square` columns wide, to as many rows of y; returns how many rows of x.
template <class T>
HWY_INLINE std::int64_t transpose(const T* x, std::int64_t step, T* y, std::int64_t y_step) {
  constexpr int n = square<T>, blocks = avx512 ? 4 : HWY_TARGET == HWY_AVX2 ? 2 : 1;
  const hn::FixedTag<T, blocks * n> d;
  const hn::Repartition<double, decltype(d)> pairs;
  // Row r of vector b is row n b + r of x, so that each 128 bits are a square to transpose.
  const auto row = [=](std::int64_t r) HWY_ATTR { return load_blocks<blocks>(x + r * step, n * step); };
  const auto a = row(0), b = row(1);
  const auto low = hn::InterleaveLower(d, a, b), high = hn::InterleaveUpper(d, a, b);
  if constexpr (n == 2) {
    hn::StoreU(low, d, y);
    hn::StoreU(high, d, y + y_step);
  } else {  // a0 b0 a1 b1, a2 b2 a3 b3
    const auto e = row(2), f = row(3);
    const auto store = [=](auto upper, std::int64_t r, auto u, auto v) HWY_ATTR {
      const auto p = hn::BitCast(pairs, u), q = hn::BitCast(pairs, v);
      if constexpr (upper)
        hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, p, q)), d, y + r * y_step);
      else
        hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, p, q)), d, y + r * y_step);
    };
    const auto low2 = hn::InterleaveLower(d, e, f), high2 = hn::InterleaveUpper(d, e, f);
    store(std::false_type(), 0, low, low2);
    store(std::true_type(), 1, low, low2);
    store(std::false_type(), 2, high, high2);
    store(std::true_type(), 3, high, high2);
  }
  return blocks * n;
}
#endif

/// The transpose: x [rows, width] to y [width, pad(rows)], filled up with zeros; rows of y are `y_step`
/// apart. Whole cache lines of y are written at once.
template <class T>
void pack_transposed(std::int64_t rows, std::int64_t width, const T* x, std::int64_t step, T* y,
                     std::int64_t y_step) {
  for (std::int64_t i = 0; i < rows; i += tile_columns, x += tile_columns * step, y += tile_columns) {
    std::int64_t j = 0;
    if (i + tile_columns <= rows)
      for (; j + square<T> <= width; j += square<T>)
        for (std::int64_t r = 0; r < tile_columns;)
          r += transpose(x + r * step + j, step, y + j * y_step + r, y_step);
    for (; j < width; ++j)
      for (std::int64_t r = 0; r < tile_columns; ++r)
        y[j * y_step + r] = i + r < rows ? x[r * step + j] : T{0};
  }
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
