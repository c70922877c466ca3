#pragma once
#include <algorithm>
#include <cmath>

#include "reference/array.h"

namespace reference {

/// f(the elements along the reduced axes) at each place that is left.
template <class S, class F> Array<S> reduce(const Array<S>& x, Index axes, bool keepdim, F f) {
  for (Size& a : axes) a = axis_of(a, x.rank());
  const auto reduced = [&](Size a) { return std::find(axes.begin(), axes.end(), a) != axes.end(); };
  Index kept, left, inside;
  for (Size a = 0; a < x.rank(); ++a) {
    const Size n = x.shape[static_cast<std::size_t>(a)];
    kept.push_back(reduced(a) ? 1 : n);
    inside.push_back(reduced(a) ? n : 1);
    if (!reduced(a)) left.push_back(n);
  }
  Array<S> y = generate<S>(kept, [&](const Index& at) {
    const Array<S> row = generate<S>(inside, [&](const Index& step) {
      Index place = at;
      for (std::size_t i = 0; i < place.size(); ++i) place[i] += step[i];
      return x(place);
    });
    return f(row.data);
  });
  if (!keepdim) y.shape = left;
  return y;
}

template <class S> Index every_axis(const Array<S>& x) {
  Index axes;
  for (Size a = 0; a < x.rank(); ++a) axes.push_back(a);
  return axes;
}

// Of a row of numbers.

template <class S> S sum(const std::vector<S>& x) {
  S total(0);
  for (const S& v : x) total += v;
  return total;
}
template <class S> S mean(const std::vector<S>& x) { return sum(x) / S(static_cast<long double>(x.size())); }
template <class S> S maximum(const std::vector<S>& x) { return *std::max_element(x.begin(), x.end()); }
template <class S> S minimum(const std::vector<S>& x) { return *std::min_element(x.begin(), x.end()); }
template <class S> S variance(const std::vector<S>& x, Size correction) {
  const S middle = mean(x);
  S total(0);
  for (const S& v : x) total += (v - middle) * (v - middle);
  return total / S(std::max(0.0L, static_cast<long double>(x.size()) - static_cast<long double>(correction)));
}
template <class S> S logsumexp(const std::vector<S>& x) {
  using std::exp, std::log;
  S total(0);
  for (const S& v : x) total += exp(v);
  return log(total);
}

}  // namespace reference
