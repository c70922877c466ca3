#include "exercises/common/weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "exercises/common/checks.h"

namespace gradus::exercises {

std::optional<Divisor> effective_divisor(const Array& a, const Array& q, const Array& k) {
  std::vector<double> found;
  for (std::int64_t b = 0; b < q.size(0); ++b)
    for (std::int64_t i = 0; i < q.size(1); ++i)
      for (std::int64_t j = 0; j < k.size(1); ++j)
        for (std::int64_t l = 0; l < j; ++l) {
          double difference = 0;
          for (std::int64_t c = 0; c < q.size(2); ++c) difference += q(b, i, c) * (k(b, j, c) - k(b, l, c));
          const double ratio = std::log(a(b, i, j) / a(b, i, l));
          if (std::isfinite(ratio) && std::abs(ratio) > 1e-2) found.push_back(difference / ratio);
        }
  if (found.empty()) return {};
  const auto pairs = static_cast<std::int64_t>(found.size());
  std::nth_element(found.begin(), found.begin() + pairs / 2, found.end());
  const double median = found[static_cast<std::size_t>(pairs / 2)];
  const auto agreeing = std::count_if(
      found.begin(), found.end(), [=](double x) { return std::abs(x - median) <= 0.01 * std::abs(median); });
  if (agreeing * 10 < pairs * 9) return {};
  return Divisor{median, agreeing, pairs};
}

namespace {

/// Do keys that get any weight all get the same? With random queries and keys that is no accident.
bool even(const Array& a) {
  bool several = false;
  for (std::int64_t r = 0; r < a.rows(); ++r) {
    double low = INFINITY, high = 0;
    std::int64_t keys = 0;
    for (const double w : a.row(r))
      if (w != 0) low = std::min(low, w), high = std::max(high, w), ++keys;
    if (!(keys == 0 || std::abs(high - low) <= 1e-6)) return false;
    several = several || keys > 1;
  }
  return several;
}

/// A sum of weights with as many digits as tell it from 1.
std::string sum_of(double sum) {
  return std::abs(sum - 1) >= 0.01 ? fmt::format("{:.2f}", sum) : fmt::format("{:.6f}", sum);
}

}  // namespace

void expect_scale(const Array& a, const Array& q, const Array& k, std::int64_t model_width) {
  const double d = static_cast<double>(q.size(2)), root = std::sqrt(d);
  if (even(a))
    fail_check("scale-zero",
               "All your weights are equal, whatever q and k are: the scores are 0. Are they multiplied by a "
               "quotient of whole numbers? In C++ `1 / d_k` of whole numbers is 0.");
  const std::optional<Divisor> by = effective_divisor(a, q, k);
  if (!by) return;  // the weights follow no softmax of these scores at all: other checks say what they are
  if (std::abs(by->value - root) <= 0.01 * root) return;
  const auto is = [&](double x) { return std::abs(by->value - x) <= 0.01 * x; };
  std::string remark, cause = "scale";
  // "1.73 = sqrt(3), and 3 is ...": d_k was read from another axis.
  const std::pair<std::int64_t, const char*> axes[] = {{q.size(1), "the number of queries"},
                                                       {k.size(1), "the number of keys"},
                                                       {q.size(0), "the size of the batch"}};
  if (is(1))
    remark = " Divided by 1: the division is missing, or its power is 0 (`1 / 2` of whole numbers is 0).";
  else if (is(d))
    remark = fmt::format(" {:.0f} is d_k itself: the root is missing.", d);
  else if (is(1 / root))
    remark = " Scores were multiplied by sqrt(d_k) instead of divided.";
  else if (model_width > 0 && is(std::sqrt(static_cast<double>(model_width))))
    remark = " That is sqrt(d_model); each head has d_k = d_model / heads columns.";
  else
    for (const auto& [size, meaning] : axes)
      if (remark.empty() && is(exercises::root(size))) {
        cause = "scale-axis";
        remark = fmt::format(" {:.2f} = sqrt({}), and {} is {}; d_k is the last axis of q.", by->value, size,
                             size, meaning);
      }
  fail_check(
      cause,
      fmt::format(
          "Your weights behave as if scores were divided by {:.2f}; expected {:.2f} = sqrt({:.0f}).{}\n"
          "[consistent on {} of {} pairs of scores]",
          by->value, root, d, remark, by->agreeing, by->pairs));
}

void expect_rows_sum_to_one(const Array& a) {
  const std::int64_t batch = a.size(0), tq = a.size(1), tk = a.size(2);
  std::vector<double> rows, columns;
  for (std::int64_t b = 0; b < batch; ++b) {
    for (std::int64_t i = 0; i < tq; ++i) {
      rows.push_back(0);
      for (std::int64_t j = 0; j < tk; ++j) rows.back() += a(b, i, j);
    }
    for (std::int64_t j = 0; j < tk; ++j) {
      columns.push_back(0);
      for (std::int64_t i = 0; i < tq; ++i) columns.back() += a(b, i, j);
    }
  }
  const auto all_one = [](const std::vector<double>& sums) {
    return std::all_of(sums.begin(), sums.end(), [](double s) { return std::abs(s - 1) <= 1e-5; });
  };
  if (all_one(rows)) return;
  std::vector<double> worst = rows;  // first
  std::sort(worst.begin(), worst.end(), [](double x, double y) { return std::abs(x - 1) > std::abs(y - 1); });
  const std::string sums = worst.size() == 1
                               ? fmt::format("the row sums to {}", sum_of(worst[0]))
                               : fmt::format("rows sum to {} and {}", sum_of(worst[0]), sum_of(worst[1]));
  if (all_one(columns))
    fail_check("softmax-axis", sums + ", columns to 1: normalise over the keys, the last axis.");
  double total = 0, smallest = 0;
  for (const double s : rows) total += s;
  for (const double w : a.values) smallest = std::min(smallest, w);
  if (std::abs(total - 1) <= 1e-5)
    fail_check("softmax-axis", sums + ", all weights together to 1: normalise over the keys of each query.");
  if (smallest < 0)
    fail_check(
        "softmax-missing",
        sums + fmt::format(", and there are negative weights such as {:.2f}: is there a softmax?", smallest));
  bool batch_sums = batch > 1;
  for (std::int64_t i = 0; i < tq && batch_sums; ++i)
    for (std::int64_t j = 0; j < tk; ++j) {
      double s = 0;
      for (std::int64_t b = 0; b < batch; ++b) s += a(b, i, j);
      batch_sums = batch_sums && std::abs(s - 1) <= 1e-5;
    }
  if (batch_sums)
    fail_check("softmax-axis",
               sums + "; the same place in all items of the batch sums to 1: normalise over the keys.");
  if (rows[0] > 1 + 1e-5)
    fail_check("softmax-not-normalised", sums + ": exponentials must be divided by their sum over the keys.");
  fail_check("rows-lose-mass", sums + ": the weights of each query must sum to 1.");
}

}  // namespace gradus::exercises
