#include "gradus/autograd/resemblance.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace gradus {
namespace {

using How = Resemblance::How;
using Values = std::vector<double>;

Values values_of(const Tensor& x) { return x.detach().to(Dtype::float64).to_vector<double>(); }

bool finite(const Values& v) {
  return std::all_of(v.begin(), v.end(), [](double x) { return std::isfinite(x); });
}

double largest(const Values& v) {
  double most = 0;
  for (const double x : v) most = std::max(most, std::fabs(x));
  return most;
}

double largest_difference(const Values& a, const Values& b) {
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::fabs(a[i] - b[i]));
  return most;
}

bool near(double x, double y, double tolerance) { return std::fabs(x - y) <= tolerance * std::fabs(y); }

/// A factor that somebody may have meant: n, 1/n, sqrt(n) or 1/sqrt(n).
struct Named {
  std::string text;
  std::int64_t n;
};
std::optional<Named> named(double factor, double tolerance) {
  const char* sign = factor < 0 ? "-" : "";
  const double c = std::fabs(factor);
  for (std::int64_t n = 1; n <= 64; ++n) {
    const double x = static_cast<double>(n), root = std::sqrt(x);
    if (near(c, x, tolerance)) return Named{fmt::format("{}{}", sign, n), n};
    if (near(c, 1 / x, tolerance)) return Named{fmt::format("{}1/{} = {}{:.4g}", sign, n, sign, c), n};
    if (near(c, root, tolerance)) return Named{fmt::format("{}sqrt({}) = {}{:.4g}", sign, n, sign, c), n};
    if (near(c, 1 / root, tolerance))
      return Named{fmt::format("{}1/sqrt({}) = {}{:.4g}", sign, n, sign, c), n};
  }
  return {};
}

/// "2", "1/sqrt(7) = 0.378; 7 is the size of axis 1", or the number itself.
std::string factor_text(double factor, const Shape& shape, double tolerance) {
  const std::optional<Named> name = named(factor, 10 * tolerance);
  if (!name) return fmt::format("{:.4g}", factor);
  for (int axis = 0; axis < shape.rank() && name->n > 2; ++axis)  // every other axis has 2 places
    if (shape[axis] == name->n)
      return fmt::format("{} ({} is the size of axis {})", name->text, name->n, axis);
  return name->text;
}

/// Values seen as [before, size, after] around one axis.
struct Around {
  std::size_t before = 1, size = 1, after = 1;
  Around(const Shape& shape, int axis) : size(static_cast<std::size_t>(shape[axis])) {
    for (int i = 0; i < axis; ++i) before *= static_cast<std::size_t>(shape[i]);
    for (int i = axis + 1; i < shape.rank(); ++i) after *= static_cast<std::size_t>(shape[i]);
  }
  std::size_t place(std::size_t b, std::size_t i, std::size_t a) const { return (b * size + i) * after + a; }
};

class Search {
 public:
  Search(const Tensor& got, const Tensor& expected, double tolerance)
      : expected_(expected.detach()),
        shape_(got.shape()),
        want_(expected.shape()),
        g_(values_of(got)),
        e_(values_of(expected)),
        tolerance_(tolerance) {}

  std::optional<Resemblance> run() const {
    if (g_.empty() || e_.empty() || !finite(g_) || !finite(e_)) return {};
    const bool same_shape = shape_ == want_;
    if (same_shape && equal(g_, e_)) return {};
    if (largest(g_) <= tolerance_ * largest(e_)) return Resemblance{How::zero, 0, -1, -1, "is 0 everywhere"};
    if (same_shape)
      if (const auto c = factor_to(e_)) return scaled(*c);
    if (auto found = transposed()) return found;
    if (g_.size() == e_.size() && equal(g_, e_))
      return Resemblance{
          How::reshaped, 1, -1, -1,
          fmt::format("has the expected values in their order, but in the shape {} instead of {}",
                      to_string(shape_), to_string(want_))};
    if (same_shape)
      for (int axis = 0; axis < want_.rank(); ++axis)
        if (auto found = permuted(axis)) return found;
    if (auto found = reordered()) return found;
    for (int axis = 0; axis < want_.rank(); ++axis)
      if (auto found = summed(axis)) return found;
    return respread();
  }

 private:
  bool equal(const Values& a, const Values& b) const {
    return largest_difference(a, b) <= tolerance_ * largest(b);
  }

  /// The least-squares c of g = c w, if what is left over is nothing.
  std::optional<double> factor_to(const Values& w) const {
    if (w.size() != g_.size()) return {};
    const double below = tolerance_ * largest(w);
    double gw = 0, ww = 0;
    std::int64_t count = 0;
    for (std::size_t i = 0; i < w.size(); ++i) {
      gw += g_[i] * w[i];
      ww += w[i] * w[i];
      count += std::fabs(w[i]) > below;
    }
    if (!(ww > 0)) return {};
    const double c = gw / ww;
    Values scaled_w(w);
    for (double& x : scaled_w) x *= c;
    if (!(largest_difference(g_, scaled_w) <= tolerance_ * largest(g_))) return {};
    if (count < 3 && !named(c, 10 * tolerance_)) return {};
    return c;
  }

  Resemblance scaled(double c) const {
    if (near(c, -1, 10 * tolerance_))
      return {How::sign, -1, -1, -1, "has the opposite sign of what is expected"};
    return {How::factor, c, -1, -1,
            fmt::format("is {} times what is expected", factor_text(c, want_, tolerance_))};
  }

  std::optional<Resemblance> transposed() const {
    for (int a = 0; a < want_.rank(); ++a)
      for (int b = a + 1; b < want_.rank(); ++b) {
        const Tensor turned = expected_.transpose(a, b);
        const bool turned_shape = shape_ == turned.shape();
        if (want_[a] == 1 || want_[b] == 1 || !(turned_shape || shape_ == want_)) continue;
        const auto c = factor_to(values_of(turned));
        if (!c) continue;
        const std::string times =
            near(*c, 1, 10 * tolerance_) ? "" : fmt::format(", times {}", factor_text(*c, want_, tolerance_));
        if (turned_shape)
          return Resemblance{How::transposed, *c, a, b,
                             fmt::format("is what is expected with axes {} and {} exchanged{}", a, b, times)};
        return Resemblance{
            How::misread, *c, a, b,
            fmt::format("has the expected values in the memory order of axes {} and {} exchanged{}: a "
                        "reshape is no transpose",
                        a, b, times)};
      }
    return {};
  }

  /// from[i] = j: place i along the axis holds what is expected at place j.
  std::optional<Resemblance> permuted(int axis) const {
    const Around at(want_, axis);
    if (at.size < 2 || at.size > 1024) return {};
    const double below = tolerance_ * largest(e_);
    const auto same = [&](std::size_t i, std::size_t j) {
      for (std::size_t b = 0; b < at.before; ++b)
        for (std::size_t a = 0; a < at.after; ++a)
          if (!(std::fabs(g_[at.place(b, i, a)] - e_[at.place(b, j, a)]) <= below)) return false;
      return true;
    };
    std::vector<std::size_t> from(at.size);
    std::vector<bool> used(at.size, false);
    for (std::size_t i = 0; i < at.size; ++i) {
      std::size_t j = 0;
      while (j < at.size && (used[j] || !same(i, j))) ++j;
      if (j == at.size) return {};
      used[j] = true;
      from[i] = j;
    }
    bool reversed = true, shifted = true;
    for (std::size_t i = 0; i < at.size; ++i) {
      reversed = reversed && from[i] == at.size - 1 - i;
      shifted = shifted && from[i] == (i + from[0]) % at.size;
    }
    if (reversed)
      return Resemblance{How::reversed, 1, axis, -1,
                         fmt::format("is what is expected in reverse along axis {}", axis)};
    if (shifted) {
      const auto forward = static_cast<std::int64_t>((at.size - from[0]) % at.size),
                 size = static_cast<std::int64_t>(at.size);
      return Resemblance{How::shifted, 1, axis, -1,
                         fmt::format("is what is expected shifted by {} along axis {}",
                                     2 * forward > size ? forward - size : forward, axis)};
    }
    if (at.size > 8)
      return Resemblance{How::permuted, 1, axis, -1,
                         fmt::format("is what is expected in another order along axis {}", axis)};
    return Resemblance{
        How::permuted, 1, axis, -1,
        fmt::format("is what is expected with axis {} in the order [{}]", axis, fmt::join(from, ", "))};
  }

  std::optional<Resemblance> reordered() const {
    if (g_.size() != e_.size()) return {};
    Values a = g_, b = e_;
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    if (!equal(a, b)) return {};
    return Resemblance{How::reordered, 1, -1, -1, "has the expected values in another order"};
  }

  std::optional<Resemblance> summed(int axis) const {
    const Around at(want_, axis);
    if (at.size < 2) return {};
    Shape without = want_, kept = want_;
    without.erase(axis);
    kept[axis] = 1;
    const bool repeated = shape_ == want_;
    if (!repeated && !(shape_ == without) && !(shape_ == kept)) return {};
    Values sum;
    for (std::size_t b = 0; b < at.before; ++b)
      for (std::size_t i = 0; i < (repeated ? at.size : 1); ++i)
        for (std::size_t a = 0; a < at.after; ++a) {
          double total = 0;
          for (std::size_t j = 0; j < at.size; ++j) total += e_[at.place(b, j, a)];
          sum.push_back(total);
        }
    const auto c = factor_to(sum);
    const bool mean = c && near(*c, 1 / static_cast<double>(at.size), 10 * tolerance_);
    if (!c || (!mean && !near(*c, 1, 10 * tolerance_))) return {};
    return Resemblance{mean ? How::averaged : How::summed, *c, axis, -1,
                       fmt::format("is what is expected {} over axis {}{}", mean ? "averaged" : "summed",
                                   axis, repeated ? " and repeated along it" : "")};
  }

  /// Gradients often add up to nothing, and then the total says nothing.
  std::optional<Resemblance> respread() const {
    const double got = std::accumulate(g_.begin(), g_.end(), 0.0),
                 want = std::accumulate(e_.begin(), e_.end(), 0.0);
    double size = 0;
    for (const double x : e_) size += std::fabs(x);
    if (e_.size() < 3 || g_.size() < 3 || std::fabs(want) < 0.05 * size || !near(got, want, tolerance_))
      return {};
    return Resemblance{How::respread, 1, -1, -1,
                       "has the same total as what is expected, spread otherwise: is something summed or "
                       "normalised over the wrong axis?"};
  }

  Tensor expected_;
  Shape shape_, want_;
  Values g_, e_;
  double tolerance_;
};

}  // namespace

std::optional<Resemblance> resemblance(const Tensor& got, const Tensor& expected, double tolerance) {
  return Search(got, expected, tolerance).run();
}

}  // namespace gradus
