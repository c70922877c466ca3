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

inline std::int64_t pad(std::int64_t n, std::int64_t unit) { return (n + unit - 1) / unit * unit; }

/// A tile as the left operand: element (i, k) at data[i * row + k * col], so that a transposed one is read in
/// place.
template <class T> struct Left {
  const T* data;
  std::int64_t row, col;
};

/// `rows` rows and `vectors` vectors of C, held in registers over all of k. With skip_zeros, 0 x is 0 for x =
/// NaN too.
template <int rows, int vectors, bool skip_zeros, class T>
HWY_INLINE void product_block(std::int64_t depth, Left<T> a, const T* b, std::int64_t b_step, T* c,
                              std::int64_t c_step, bool accumulate) {
  const simd::Tag<T> d;
  const std::int64_t step = simd::lanes(d);
  hn::Vec<simd::Tag<T>> sum[rows][vectors];
  for (int r = 0; r < rows; ++r)
    for (int v = 0; v < vectors; ++v)
      sum[r][v] = accumulate ? hn::Load(d, c + r * c_step + v * step) : hn::Zero(d);
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
    for (int v = 0; v < vectors; ++v) hn::Store(sum[r][v], d, c + r * c_step + v * step);
}

template <bool skip_zeros, class T>
void product_with(std::int64_t m, std::int64_t n, std::int64_t depth, Left<T> a, const T* b,
                  std::int64_t b_step, T* c, std::int64_t c_step, bool accumulate) {
  // 16 sums need 16 registers and a few more: half the rows where there are only 16.
  constexpr int rows = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON ? 8 : 4;
  const std::int64_t step = simd::lanes(simd::Tag<T>());
  std::int64_t j = 0;
  for (; j + 2 * step <= n; j += 2 * step)
    for (std::int64_t i = 0; i < m; i += rows)
      product_block<rows, 2, skip_zeros, T>(depth, {a.data + i * a.row, a.row, a.col}, b + j, b_step,
                                            c + i * c_step + j, c_step, accumulate);
  for (; j < n; j += step)
    for (std::int64_t i = 0; i < m; i += rows)
      product_block<rows, 1, skip_zeros, T>(depth, {a.data + i * a.row, a.row, a.col}, b + j, b_step,
                                            c + i * c_step + j, c_step, accumulate);
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
template <class T> inline constexpr std::int64_t transposed_block = 1;
template <class T> HWY_INLINE void transpose_block(const T* x, std::int64_t, T* y, std::int64_t) { *y = *x; }
#else
/// What fits vectors of 128 bits: 4 x 4 float, 2 x 2 double.
template <class T> inline constexpr std::int64_t transposed_block = 16 / sizeof(T);

template <class T> HWY_INLINE void transpose_block(const T* x, std::int64_t step, T* y, std::int64_t y_step) {
  const hn::FixedTag<T, transposed_block<T>> d;
  const auto a = hn::LoadU(d, x), b = hn::LoadU(d, x + step);
  const auto low = hn::InterleaveLower(d, a, b),
             high = hn::InterleaveUpper(d, a, b);  // a0 b0 a1 b1, a2 b2 a3 b3
  if constexpr (transposed_block<T> == 2) {
    hn::StoreU(low, d, y);
    hn::StoreU(high, d, y + y_step);
  } else {
    const auto e = hn::LoadU(d, x + 2 * step), f = hn::LoadU(d, x + 3 * step);
    const auto low2 = hn::InterleaveLower(d, e, f), high2 = hn::InterleaveUpper(d, e, f);
    hn::StoreU(hn::ConcatLowerLower(d, low2, low), d, y);
    hn::StoreU(hn::ConcatUpperUpper(d, low2, low), d, y + y_step);
    hn::StoreU(hn::ConcatLowerLower(d, high2, high), d, y + 2 * y_step);
    hn::StoreU(hn::ConcatUpperUpper(d, high2, high), d, y + 3 * y_step);
  }
}
#endif

/// The transpose: x [rows, width] to y [width, pad(rows)], filled up with zeros; rows of y are `y_step`
/// apart. Whole cache lines of y are written at once.
template <class T>
void pack_transposed(std::int64_t rows, std::int64_t width, const T* x, std::int64_t step, T* y,
                     std::int64_t y_step) {
  constexpr std::int64_t block = transposed_block<T>;
  for (std::int64_t i = 0; i < rows; i += tile_columns, x += tile_columns * step, y += tile_columns) {
    std::int64_t j = 0;
    if (i + tile_columns <= rows)
      for (; j + block <= width; j += block)
        for (std::int64_t r = 0; r < tile_columns; r += block)
          transpose_block(x + r * step + j, step, y + j * y_step + r, y_step);
    for (; j < width; ++j)
      for (std::int64_t r = 0; r < tile_columns; ++r)
        y[j * y_step + r] = i + r < rows ? x[r * step + j] : T{0};
  }
}

}  // namespace gradus::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
