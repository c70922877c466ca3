#include "gradus/kernels/strided.h"

#include <algorithm>
#include <cstring>

#include "gradus/base/parallel.h"

namespace gradus::kernels {
namespace {

constexpr std::int64_t grain = 16384;  // elements per task: some 10 us of copying
constexpr std::int64_t tile =
    32;  // a transpose moves 32 x 32 elements at a time: two lines and more of either side

/// Calls run(place, step, length) for each stretch of the last axis that meets row-major elements begin ...
/// begin + count - 1.
template <class F> void for_each_run(const Layout& l, std::int64_t begin, std::int64_t count, const F& run) {
  if (count <= 0) return;
  if (l.rank == 0) return run(std::int64_t{0}, std::int64_t{1}, count);
  const int last = l.rank - 1;
  std::int64_t index[8] = {}, place = 0;
  for (int i = last; i >= 0; --i) {
    index[i] = begin % l.size[i];
    begin /= l.size[i];
    place += index[i] * l.stride[i];
  }
  for (;;) {
    const std::int64_t length = std::min(count, l.size[last] - index[last]);
    run(place, l.stride[last], length);
    count -= length;
    if (count == 0) return;
    place -= index[last] * l.stride[last];
    index[last] = 0;
    for (int i = last - 1;; --i) {  // the next row; there is one, since elements are left
      place += l.stride[i];
      if (++index[i] < l.size[i]) break;
      place -= l.size[i] * l.stride[i];
      index[i] = 0;
    }
  }
}

/// A collapsed layout that is a stack of transposed matrices: axis `row` steps by 1, the last axis does not.
int transposed_axis(const Layout& l) {
  if (l.rank < 2 || l.size[l.rank - 1] < 8) return -1;
  for (int i = l.rank - 2; i >= 0; --i)
    if (l.stride[i] == 1 && l.size[i] >= 8) return i;
  return -1;
}

/// dense = strided by tiles of axis `row` and the last axis: whole cache lines are read and written.
template <class E> void copy_transposed(const Layout& l, int row, const E* strided, E* dense) {
  const int last = l.rank - 1;
  Layout outer;  // the other axes, and how far each steps in the dense memory
  std::int64_t dense_stride[8], outer_dense[8] = {}, step = 1;
  for (int i = last; i >= 0; --i) {
    dense_stride[i] = step;
    step *= l.size[i];
  }
  for (int i = 0; i < last; ++i) {
    if (i == row) continue;
    outer.size[outer.rank] = l.size[i];
    outer.stride[outer.rank] = l.stride[i];
    outer_dense[outer.rank++] = dense_stride[i];
  }
  const std::int64_t rows = l.size[row], columns = l.size[last], row_tiles = (rows + tile - 1) / tile;
  const std::int64_t bands = elements(outer) * row_tiles;  // one matrix's rows, `tile` at a time
  const std::int64_t bands_per_task = std::max<std::int64_t>(1, grain / (tile * columns));
  parallel_blocks(bands, bands_per_task, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t band = begin; band < end; ++band) {
      const std::int64_t r0 = band % row_tiles * tile, r1 = std::min(rows, r0 + tile);
      const E* from = strided;
      E* to = dense;
      for (std::int64_t i = outer.rank - 1, rest = band / row_tiles; i >= 0; --i) {
        from += rest % outer.size[i] * outer.stride[i];
        to += rest % outer.size[i] * outer_dense[i];
        rest /= outer.size[i];
      }
      for (std::int64_t c0 = 0; c0 < columns; c0 += tile) {
        const std::int64_t c1 = std::min(columns, c0 + tile);
        // By way of a buffer: with strides of a power of two all lines of a tile fall into one set of the
        // cache.
        E buffer[tile][tile];
        for (std::int64_t c = c0; c < c1; ++c)
          for (std::int64_t r = r0; r < r1; ++r) buffer[r - r0][c - c0] = from[r + c * l.stride[last]];
        for (std::int64_t r = r0; r < r1; ++r)
          std::copy_n(buffer[r - r0], c1 - c0, to + r * dense_stride[row] + c0);
      }
    }
  });
}

/// run(pointer, step, length, number of the first element) for every stretch of the last axis, in parallel.
template <class E, class F> void parallel_runs(const Layout& l, E* strided, const F& run) {
  parallel_blocks(elements(l), grain, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t i = begin;
    for_each_run(l, begin, end - begin, [&](std::int64_t place, std::int64_t step, std::int64_t length) {
      run(strided + place, step, length, i);
      i += length;
    });
  });
}

bool shares_places(const Layout& l) {
  for (int i = 0; i < l.rank; ++i)
    if (l.stride[i] == 0) return true;
  return false;
}

}  // namespace

Layout collapsed(const Layout& l) {
  Layout c;
  for (int i = 0; i < l.rank; ++i) {
    if (l.size[i] == 1) continue;
    if (c.rank > 0 && c.stride[c.rank - 1] == l.stride[i] * l.size[i]) {
      c.size[c.rank - 1] *= l.size[i];
      c.stride[c.rank - 1] = l.stride[i];
    } else {
      c.size[c.rank] = l.size[i];
      c.stride[c.rank++] = l.stride[i];
    }
  }
  return c;
}

template <class E>
void gather(const Layout& from, const E* strided, std::int64_t begin, std::int64_t count, E* dense) {
  for_each_run(from, begin, count, [&](std::int64_t place, std::int64_t step, std::int64_t length) {
    const E* p = strided + place;
    if (step == 1) {
      std::memcpy(dense, p, static_cast<std::size_t>(length) * sizeof(E));
    } else if (step == 0) {
      std::fill_n(dense, length, *p);
    } else {
      for (std::int64_t i = 0; i < length; ++i) dense[i] = p[i * step];
    }
    dense += length;
  });
}

template <class E> void copy(const Layout& from, const E* strided, E* dense) {
  const Layout l = collapsed(from);
  if (const int row = transposed_axis(l); row >= 0) return copy_transposed(l, row, strided, dense);
  parallel_blocks(elements(l), grain, [&](std::int64_t begin, std::int64_t end) {
    gather(l, strided, begin, end - begin, dense + begin);
  });
}

template <class E> void scatter(const Layout& into, const E* dense, E* strided) {
  parallel_runs(collapsed(into), strided, [&](E* p, std::int64_t step, std::int64_t length, std::int64_t i) {
    if (step == 1) {
      std::memcpy(p, dense + i, static_cast<std::size_t>(length) * sizeof(E));
    } else {
      for (std::int64_t j = 0; j < length; ++j) p[j * step] = dense[i + j];
    }
  });
}

template <class T> void add_strided(const Layout& from, const T* strided, T* dense) {
  const auto add = [&](const T* p, std::int64_t step, std::int64_t length, std::int64_t i) {
    T* y = dense + i;
    if (step == 1) {
      for (std::int64_t j = 0; j < length; ++j) y[j] += p[j];
    } else {
      for (std::int64_t j = 0; j < length; ++j) y[j] += p[j * step];
    }
  };
  parallel_runs(collapsed(from), strided, add);
}

template <class T> void scatter_add(const Layout& into, const T* dense, T* strided) {
  const Layout l = collapsed(into);
  const auto add = [&](T* p, std::int64_t step, std::int64_t length, std::int64_t i) {
    for (std::int64_t j = 0; j < length; ++j) p[j * step] += dense[i + j];
  };
  if (!shares_places(l)) return parallel_runs(l, strided, add);
  std::int64_t i = 0;  // several elements meet in one place: one after another, in order
  for_each_run(l, 0, elements(l), [&](std::int64_t place, std::int64_t step, std::int64_t length) {
    add(strided + place, step, length, i);
    i += length;
  });
}

template <class E> void fill(const Layout& into, E value, E* strided) {
  parallel_runs(collapsed(into), strided, [&](E* p, std::int64_t step, std::int64_t length, std::int64_t) {
    if (step == 1) {
      std::fill_n(p, length, value);
    } else {
      for (std::int64_t j = 0; j < length; ++j) p[j * step] = value;
    }
  });
}

template <class E> void fill(std::int64_t n, E value, E* y) {
  parallel_blocks(n, grain,
                  [&](std::int64_t begin, std::int64_t end) { std::fill_n(y + begin, end - begin, value); });
}

#define GRADUS_INSTANTIATE(E)                                                    \
  template void gather(const Layout&, const E*, std::int64_t, std::int64_t, E*); \
  template void copy(const Layout&, const E*, E*);                               \
  template void scatter(const Layout&, const E*, E*);                            \
  template void fill(const Layout&, E, E*);                                      \
  template void fill(std::int64_t, E, E*);
GRADUS_INSTANTIATE(float)
GRADUS_INSTANTIATE(double)
GRADUS_INSTANTIATE(std::int64_t)
GRADUS_INSTANTIATE(bool)
#undef GRADUS_INSTANTIATE

template void add_strided(const Layout&, const float*, float*);
template void add_strided(const Layout&, const double*, double*);
template void scatter_add(const Layout&, const float*, float*);
template void scatter_add(const Layout&, const double*, double*);

}  // namespace gradus::kernels
