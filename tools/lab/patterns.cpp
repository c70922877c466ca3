#include "tools/lab/patterns.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "gradus/base/error.h"
#include "tools/lab/maps.h"
#include "tools/lab/metrics.h"

namespace gradus::lab {
namespace {

void check_at_least(const char* what, const char* name, std::int64_t value, std::int64_t least) {
  if (value < least) fail(fmt::format("{}: {} is {}, and must be at least {}", what, name, value, least));
}

/// The first row that counts where the token `offset` back must not be the first one.
std::int64_t first_row_of_offset(const char* what, std::int64_t offset, std::int64_t first_row) {
  check_at_least(what, "offset", offset, 0);
  check_at_least(what, "first_row", first_row, 0);
  return std::max(offset + 1, first_row);
}

std::int64_t first_row_of_column(const char* what, std::int64_t column, std::int64_t first_row) {
  check_at_least(what, "column", column, 0);
  check_at_least(what, "first_row", first_row, 0);
  return std::max(column, first_row);
}

/// The mean of f(q) / n(q) over the rows from first_row on: what spreads evenly has as much of its weight on f(q) keys.
template <class F> double mean_share(const char* what, std::int64_t T, std::int64_t first_row, F f) {
  check_rows(what, T, first_row);
  double sum = 0;
  for (std::int64_t q = first_row; q < T; ++q) sum += static_cast<double>(f(q)) / static_cast<double>(q + 1);
  return sum / static_cast<double>(T - first_row);
}

template <class S> double sum_of(const S* row, std::int64_t begin, std::int64_t end) {
  double sum = 0;
  for (std::int64_t k = begin; k < end; ++k) sum += static_cast<double>(row[k]);
  return sum;
}

/// The keys k with 0 < k < q / 2 end before this one.
std::int64_t end_of_far(std::int64_t q) { return (q + 1) / 2; }

}  // namespace

Tensor offset_score(const Tensor& maps, std::int64_t offset, std::int64_t first_row) {
  constexpr const char* what = "offset_score";
  return mean_over_rows(what, maps, first_row_of_offset(what, offset, first_row), 0,
                        [=](const auto* row, std::int64_t q) { return row[q - offset]; });
}

Tensor offset_scores(const Tensor& maps, std::int64_t most, std::int64_t first_row) {
  constexpr const char* what = "offset_scores";
  const std::int64_t T = tokens_of(what, maps);
  check_rows(what, T, first_row_of_offset(what, most, first_row));
  return for_each_map(what, maps, {most + 1}, [&](std::int64_t, const auto* map, double* scores) {
    std::fill(scores, scores + most + 1, 0.0);
    for (std::int64_t q = first_row; q < T; ++q)
      for (std::int64_t d = 0; d <= std::min(most, q - 1); ++d)
        scores[d] += static_cast<double>(map[q * T + q - d]);
    for (std::int64_t d = 0; d <= most; ++d) scores[d] /= static_cast<double>(T - std::max(d + 1, first_row));
  });
}

double uniform_offset_score(std::int64_t T, std::int64_t offset, std::int64_t first_row) {
  constexpr const char* what = "uniform_offset_score";
  return mean_share(what, T, first_row_of_offset(what, offset, first_row), [](std::int64_t) { return 1; });
}

Tensor column_score(const Tensor& maps, std::int64_t column, std::int64_t first_row) {
  constexpr const char* what = "column_score";
  return mean_over_rows(what, maps, first_row_of_column(what, column, first_row), 0,
                        [=](const auto* row, std::int64_t) { return row[column]; });
}

Tensor column_scores(const Tensor& maps, std::int64_t first_row) {
  constexpr const char* what = "column_scores";
  const std::int64_t T = tokens_of(what, maps);
  check_rows(what, T, first_row);
  return for_each_map(what, maps, {T}, [&](std::int64_t, const auto* map, double* scores) {
    std::fill(scores, scores + T, 0.0);
    for (std::int64_t q = first_row; q < T; ++q)
      for (std::int64_t k = 0; k <= q; ++k) scores[k] += static_cast<double>(map[q * T + k]);
    for (std::int64_t k = 0; k < T; ++k) scores[k] /= static_cast<double>(T - std::max(k, first_row));
  });
}

double uniform_column_score(std::int64_t T, std::int64_t column, std::int64_t first_row) {
  constexpr const char* what = "uniform_column_score";
  return mean_share(what, T, first_row_of_column(what, column, first_row), [](std::int64_t) { return 1; });
}

Tensor local_mass(const Tensor& maps, std::int64_t width) {
  check_at_least("local_mass", "width", width, 1);
  return mean_over_rows("local_mass", maps, 2 * width, 0,
                        [=](const auto* row, std::int64_t q) { return sum_of(row, q - width + 1, q + 1); });
}

double uniform_local_mass(std::int64_t T, std::int64_t width) {
  check_at_least("uniform_local_mass", "width", width, 1);
  return mean_share("uniform_local_mass", T, 2 * width, [=](std::int64_t) { return width; });
}

Tensor far_mass(const Tensor& maps, std::int64_t first_row) {
  return mean_over_rows("far_mass", maps, first_row, 0,
                        [](const auto* row, std::int64_t q) { return sum_of(row, 1, end_of_far(q)); });
}

double uniform_far_mass(std::int64_t T, std::int64_t first_row) {
  return mean_share("uniform_far_mass", T, first_row,
                    [](std::int64_t q) { return std::max<std::int64_t>(end_of_far(q) - 1, 0); });
}

Tensor relative_distance(const Tensor& maps, std::int64_t first_row) {
  constexpr const char* what = "relative_distance";
  // A row that spreads evenly looks q / 2 tokens back; over the rows these are half of their mean.
  const double evenly = static_cast<double>(first_row + tokens_of(what, maps) - 1) / 4;
  return mean_over_rows(what, maps, first_row, 1, [=](const auto* row, std::int64_t q) {
    double sum = 0;
    for (std::int64_t k = 0; k < q; ++k) sum += static_cast<double>(row[k]) * static_cast<double>(q - k);
    return sum / evenly;
  });
}

Tensor normalised_entropy(const Tensor& maps, std::int64_t first_row) {
  return mean_over_rows("normalised_entropy", maps, first_row, 1, [](const auto* row, std::int64_t q) {
    double entropy = 0;
    for (std::int64_t k = 0; k <= q; ++k) {
      const auto weight = static_cast<double>(row[k]);
      if (weight != 0) entropy -= weight * std::log(weight);
    }
    return entropy / std::log(static_cast<double>(q + 1));
  });
}

Tensor sharpness(const Tensor& maps, std::int64_t first_row) {
  return mean_over_rows("sharpness", maps, first_row, 0, [](const auto* row, std::int64_t q) {
    auto largest = row[0];
    for (std::int64_t k = 1; k <= q && !std::isnan(largest); ++k)
      if (!(row[k] <= largest)) largest = row[k];
    return largest;
  });
}

Tensor argmax_share(const Tensor& maps, std::int64_t offset, std::int64_t first_row) {
  constexpr const char* what = "argmax_share";
  const std::int64_t first = first_row_of_offset(what, offset, first_row);
  return mean_over_rows(what, maps, first, 0, [=](const auto* row, std::int64_t q) {
    bool largest = true;
    for (std::int64_t k = 0; k <= q; ++k) {
      if (std::isnan(row[k])) return std::numeric_limits<double>::quiet_NaN();
      largest = largest && (k == q - offset || row[k] < row[q - offset]);
    }
    return largest ? 1.0 : 0.0;
  });
}

Tensor variability(const Tensor& maps, const Tensor& mean, std::int64_t first_row) {
  constexpr const char* what = "variability";
  const std::int64_t T = tokens_of(what, maps);
  Shape each = maps.shape();
  if (maps.dim() > 2) each.erase(0);
  if (!mean.defined() || maps.dim() < 3 || !(mean.shape() == each))
    fail(fmt::format("{}: needs maps [N, ..., T, T] of N texts and their mean [..., T, T], not {} and {}",
                     what, to_string(maps.shape()),
                     mean.defined() ? to_string(mean.shape()) : "an undefined tensor"));
  check_rows(what, T, first_row);
  const Tensor expected = mean.detach().to(Dtype::float64).contiguous();
  const std::int64_t heads = expected.numel() / (T * T);
  return for_each_map(what, maps, {}, [&](std::int64_t i, const auto* map, double* result) {
    const double* const usual = expected.data<double>() + i % heads * T * T;
    double differs = 0, mass = 0;
    for (std::int64_t q = first_row; q < T; ++q)
      for (std::int64_t at = q * T; at <= q * T + q; ++at) {
        differs += std::fabs(static_cast<double>(map[at]) - usual[at]);
        mass += static_cast<double>(map[at]);
      }
    *result = differs / (2 * mass);
  });
}

Tensor class_mass(const Tensor& maps, const std::vector<bool>& in_class, std::int64_t first_row) {
  constexpr const char* what = "class_mass";
  if (static_cast<std::int64_t>(in_class.size()) != tokens_of(what, maps))
    fail(fmt::format("{}: needs for each token of maps {} whether it is of the class, not for {} tokens",
                     what, to_string(maps.shape()), in_class.size()));
  std::vector<std::int64_t> members;
  for (std::size_t k = 0; k < in_class.size(); ++k)
    if (in_class[k]) members.push_back(static_cast<std::int64_t>(k));
  return mean_over_rows(what, maps, first_row, 0, [&](const auto* row, std::int64_t q) {
    double sum = 0;
    for (const std::int64_t k : members)
      if (k <= q) sum += static_cast<double>(row[k]);
    return sum;
  });
}

double uniform_class_mass(const std::vector<bool>& in_class, std::int64_t first_row) {
  const auto T = static_cast<std::int64_t>(in_class.size());
  return mean_share("uniform_class_mass", T, first_row, [&](std::int64_t q) {
    return std::count(in_class.begin(), in_class.begin() + q + 1, true);
  });
}

}  // namespace gradus::lab
