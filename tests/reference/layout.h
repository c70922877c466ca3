#pragma once
#include <utility>

#include "reference/array.h"

namespace reference {

template <class S> Array<S> reshape(Array<S> x, const Index& shape) {
  x.shape = shape;
  return x;
}

/// Axis i of the result is axis order[i] of x.
template <class S> Array<S> permute(const Array<S>& x, const Index& order) {
  Index shape;
  for (const Size a : order) shape.push_back(x.shape[static_cast<std::size_t>(a)]);
  return generate<S>(shape, [&](const Index& at) {
    Index place(at.size());
    for (std::size_t i = 0; i < at.size(); ++i) place[static_cast<std::size_t>(order[i])] = at[i];
    return x(place);
  });
}

/// Elements begin, begin + step, ... of an axis, `count` of them.
template <class S> Array<S> slice(const Array<S>& x, Size axis, Size begin, Size count, Size step = 1) {
  const Size a = axis_of(axis, x.rank());
  return generate<S>(replaced(x.shape, a, count), [&](const Index& at) {
    return x(replaced(at, a, begin + step * at[static_cast<std::size_t>(a)]));
  });
}

template <class S> Array<S> expand(const Array<S>& x, const Index& shape) {
  return generate<S>(shape, [&](const Index& at) { return x(at); });
}

template <class S> Array<S> cat(const std::vector<Array<S>>& parts, Size axis) {
  const Size a = axis_of(axis, parts[0].rank());
  Size total = 0;
  for (const Array<S>& p : parts) total += p.shape[static_cast<std::size_t>(a)];
  return generate<S>(replaced(parts[0].shape, a, total), [&](const Index& at) {
    Size place = at[static_cast<std::size_t>(a)];
    std::size_t part = 0;
    while (place >= parts[part].shape[static_cast<std::size_t>(a)])
      place -= parts[part++].shape[static_cast<std::size_t>(a)];
    return parts[part](replaced(at, a, place));
  });
}

/// table[ids]: rows of a matrix.
template <class S> Array<S> embedding(const Array<S>& table, const Array<S>& ids) {
  return generate<S>(inserted(ids.shape, ids.rank(), table.shape[1]), [&](const Index& at) {
    return table({static_cast<Size>(real(ids(erased(at, ids.rank())))), at.back()});
  });
}

template <class S> Array<S> gather(const Array<S>& x, Size axis, const Array<S>& index) {
  return generate<S>(index.shape, [&](const Index& at) {
    return x(replaced(at, axis, static_cast<Size>(real(index(at)))));
  });
}

}  // namespace reference
