#include "gradus/kernels/loss.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/measure.h"
#include "reference/dual.h"
#include "reference/loss.h"

using namespace gradus;
using reference::Array;
using reference::Dual;

namespace {

using Size = std::int64_t;
using Real = long double;
constexpr Size ignored = -100;

template <class T> struct Loss {
  Size rows, classes;
  double smoothing;
  std::vector<T> logits, dloss;
  std::vector<Size> target;
  std::vector<T> loss, dlogits;
  std::vector<double> logsumexp;

  Loss(Size r, Size c, double s, double scale = 3)
      : rows(r),
        classes(c),
        smoothing(s),
        logits(measure::numbers<T>(r * c, 1, scale)),
        dloss(measure::numbers<T>(r, 2)),
        target(static_cast<std::size_t>(r)) {
    for (std::size_t i = 0; i < target.size(); ++i)
      target[i] = i % 5 == 3 ? ignored : static_cast<Size>(Philox{3}.below(i, static_cast<std::uint64_t>(c)));
  }

  void run() {
    loss.assign(target.size(), 9), logsumexp.assign(target.size(), 9), dlogits.assign(logits.size(), 9);
    kernels::cross_entropy(rows, classes, logits.data(), target.data(), ignored, smoothing, loss.data(),
                           logsumexp.data());
    kernels::cross_entropy_backward(rows, classes, logits.data(), target.data(), ignored, smoothing,
                                    logsumexp.data(), dloss.data(), dlogits.data());
  }

  template <class S> Array<S> definition(const std::vector<S>& x) const {
    Array<S> t{{rows}, {}};
    for (const Size c : target) t.data.push_back(S(static_cast<Real>(c)));
    return reference::cross_entropy(Array<S>{{rows, classes}, x}, t, ignored, smoothing);
  }
};

/// The gradient of sum over rows of loss dloss, by dual numbers: one run per class, all rows at once.
template <class T> std::vector<Real> slopes(const Loss<T>& p) {
  std::vector<Real> all(p.logits.size());
  for (Size c = 0; c < p.classes; ++c) {
    std::vector<Dual> x;
    for (std::size_t i = 0; i < p.logits.size(); ++i)
      x.emplace_back(static_cast<Real>(p.logits[i]), static_cast<Size>(i) % p.classes == c ? 1.0L : 0.0L);
    const Array<Dual> loss = p.definition(x);
    for (std::size_t r = 0; r < p.target.size(); ++r)
      all[r * static_cast<std::size_t>(p.classes) + static_cast<std::size_t>(c)] =
          loss.data[r].slope * static_cast<Real>(p.dloss[r]);
  }
  return all;
}

}  // namespace

TEST_CASE_TEMPLATE("cross_entropy agrees with its definition, and its gradient with dual numbers", T, float,
                   double) {
  const double unit = std::numeric_limits<T>::epsilon();
  measure::on_every_target([&] {
    for (const double smoothing : {0.0, 0.1, 1.0})
      for (const Size classes : {1, 2, 17, 65}) {
        INFO("smoothing ", smoothing, ", ", classes, " classes");
        Loss<T> p(11, classes, smoothing);
        p.run();
        CHECK(measure::distance(p.loss, p.definition(measure::wide(p.logits)).data) <= 4 * unit);
        CHECK(measure::distance(p.dlogits, slopes(p)) <= 8 * unit);
      }
  });
}

TEST_CASE_TEMPLATE("ignored rows cost nothing, whatever their logits", T, float, double) {
  Loss<T> p(10, 33, 0.1);
  for (std::size_t i = 3 * 33; i < 4 * 33; ++i) p.logits[i] = std::numeric_limits<T>::quiet_NaN();
  p.run();
  for (const std::size_t r : {3u, 8u}) {
    CHECK(p.loss[r] == 0);
    for (std::size_t i = r * 33; i < (r + 1) * 33; ++i) CHECK(p.dlogits[i] == 0);
  }
  CHECK(p.loss[2] > 0);
  std::fill(p.target.begin(), p.target.end(), ignored);
  p.run();
  CHECK(p.loss == std::vector<T>(10, 0));
  CHECK(p.dlogits == std::vector<T>(330, 0));
}

TEST_CASE_TEMPLATE("logits of 1e4 lose nothing in float, and the last digits of their size in double", T,
                   float, double) {
  Loss<T> p(1, 3, 0);
  p.dloss = {1};
  p.target = {2};
  p.logits = {T(1e4), 0, T(-1e4)};
  p.run();
  CHECK(p.loss[0] == T(2e4));
  CHECK(p.dlogits == std::vector<T>{1, 0, -1});
  p.logits = {T(12345), T(12345), T(12345)};
  p.target = {0};
  p.run();
  CHECK(measure::ulps(p.loss[0], std::log(3.0L)) <= 1);
  const double tolerance = sizeof(T) == 4 ? 2 : 12345;
  CHECK(measure::ulps(p.dlogits[1], 1 / 3.0L) <= tolerance);
  CHECK(measure::ulps(p.dlogits[0], -2 / 3.0L) <= tolerance);
}

TEST_CASE_TEMPLATE("every loss is at least 0 and every gradient adds up to 0", T, float, double) {
  Loss<T> p(200, 50, 0, 20);
  std::fill(p.dloss.begin(), p.dloss.end(), T(1));
  p.run();
  Real worst = 0;
  for (std::size_t r = 0; r < 200; ++r) {
    CHECK(p.loss[r] >= 0);
    Real total = 0;
    for (std::size_t c = 0; c < 50; ++c) total += p.dlogits[r * 50 + c];
    worst = std::fmax(worst, std::fabs(total));
  }
  // In double the logsumexp, 60 or so here, is rounded to 60 units.
  CHECK(worst <= (sizeof(T) == 4 ? 8 : 60) * static_cast<Real>(std::numeric_limits<T>::epsilon()));
}

TEST_CASE_TEMPLATE("a masked class (-inf) costs nothing unless it is the target", T, float, double) {
  const T inf = std::numeric_limits<T>::infinity();
  Loss<T> p(2, 4, 0);
  p.dloss = {1, 1};
  p.target = {1, 0};
  p.logits = {-inf, 0, 0, -inf, -inf, 0, 0, 0};
  p.run();
  CHECK(measure::ulps(p.loss[0], std::log(2.0L)) <= 1);
  CHECK(p.dlogits[0] == 0);
  CHECK(p.dlogits[1] == T(-0.5));
  CHECK(p.loss[1] == inf);
}

TEST_CASE_TEMPLATE("dlogits may be logits, and no number of threads changes a bit", T, float, double) {
  Loss<T> p(500, 70, 0.05);
  p.run();
  std::vector<T> in_place = p.logits;
  kernels::cross_entropy_backward(p.rows, p.classes, in_place.data(), p.target.data(), ignored, 0.05,
                                  p.logsumexp.data(), p.dloss.data(), in_place.data());
  CHECK(measure::same_bits(in_place, p.dlogits));
  CHECK(measure::same_on_any_number_of_threads([&] {
    p.run();
    std::vector<T> all = p.loss;
    all.insert(all.end(), p.dlogits.begin(), p.dlogits.end());
    return all;
  }));
}
