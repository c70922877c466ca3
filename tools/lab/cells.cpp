#include "tools/lab/cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "gradus/base/error.h"
#include "tools/lab/text.h"

namespace gradus::lab {
namespace {

constexpr std::int64_t longest_label = 16;  // in columns

std::vector<std::string> printable_labels(const char* axis, const std::vector<std::string>& labels,
                                          std::int64_t wanted, const Shape& shape, bool ascii) {
  if (std::ssize(labels) != wanted)
    fail(fmt::format("heatmap: values {} need {} {} labels, not {}", to_string(shape), wanted, axis,
                     labels.size()));
  std::vector<std::string> shown;
  for (const std::string& label : labels)
    shown.push_back(shortened(printable(label, ascii), longest_label, ascii ? "~" : "…"));
  return shown;
}

void check_value(double value, std::int64_t row, std::int64_t column) {
  if (!std::isfinite(value) || value < 0)
    fail(Kind::numerical,
         fmt::format("heatmap: the value in row {}, column {} is {}; a shade needs a number that is "
                     "finite and not negative",
                     row, column, value));
}

double shade_of(double value, double full, Curve curve) {
  if (!(value > 0)) return 0;
  const double part = std::min(value / full, 1.0);
  return curve == Curve::root ? std::sqrt(part) : part;
}

}  // namespace

Cells cells_of(const Heatmap& map, bool ascii) {
  if (!map.values.defined() || map.values.dim() != 2)
    fail(fmt::format(
        "heatmap: draws values of shape [R, C], not {}; of a batch or of several heads take one: x[b][h]",
        map.values.defined() ? to_string(map.values.shape()) : "an undefined tensor"));
  if (!std::isfinite(map.darkest) || map.darkest <= 0)
    fail(
        fmt::format("heatmap: the darkest shade cannot stand for {}; give it a number above 0", map.darkest));
  const Shape& shape = map.values.shape();
  if (map.causal && shape[0] != shape[1])
    fail(fmt::format("heatmap: a causal map is square, not {}", to_string(shape)));
  Cells cells{.R = shape[0],
              .C = shape[1],
              .values = map.values.detach().to(Dtype::float64).to_vector<double>(),
              .causal = map.causal};
  const bool shared = map.column_labels.empty() && cells.R == cells.C;
  cells.rows = printable_labels("row", map.labels, cells.R, shape, ascii);
  cells.columns = printable_labels("column", shared ? map.labels : map.column_labels, cells.C, shape, ascii);

  for (std::int64_t i = 0; i < cells.R; ++i)
    for (std::int64_t j = 0; j < cells.C; ++j) check_value(cells.values[cells.at(i, j)], i, j);
  const double largest =
      cells.values.empty() ? 0 : *std::max_element(cells.values.begin(), cells.values.end());
  for (std::int64_t i = 0; i < cells.R; ++i) {
    const auto row = cells.values.begin() + i * cells.C, end = row + cells.C;
    const double full = map.scale == Scale::fixed ? map.darkest
                        : map.scale == Scale::map ? largest
                        : cells.C > 0             ? *std::max_element(row, end)
                                                  : 0;
    for (auto v = row; v != end; ++v) cells.shades.push_back(shade_of(*v, full, map.curve));
  }
  return cells;
}

Cells pooled(const Cells& cells, std::int64_t most, std::string_view cut) {
  // The same block both ways keeps the diagonal, and so what is the future, where it was.
  const std::int64_t longer = std::max(cells.R, cells.C),
                     block = (longer + most - 1) / std::max(most, INT64_C(1));
  if (block <= 1) return cells;
  const auto blocks = [&](std::int64_t size) { return (size + block - 1) / block; };
  Cells result{
      .R = blocks(cells.R), .C = blocks(cells.C), .causal = cells.causal, .block = cells.block * block};
  const auto size = static_cast<std::size_t>(result.R * result.C);
  result.values.resize(size);
  result.shades.resize(size);
  for (std::int64_t i = 0; i < cells.R; ++i)
    for (std::int64_t j = 0; j < cells.C; ++j) {
      const std::size_t from = cells.at(i, j), to = result.at(i / block, j / block);
      result.values[to] = std::max(result.values[to], cells.values[from]);
      result.shades[to] = std::max(result.shades[to], cells.shades[from]);
    }
  const auto first_of = [&](const std::vector<std::string>& labels) {
    std::vector<std::string> kept;
    for (std::int64_t i = 0; i < std::ssize(labels); i += block) {
      kept.push_back(shortened(labels[static_cast<std::size_t>(i)], longest_label - 1, cut));
      if (!kept.back().ends_with(cut)) kept.back() += cut;
    }
    return kept;
  };
  result.rows = first_of(cells.rows);
  result.columns = first_of(cells.columns);
  return result;
}

std::size_t level(double shade, std::size_t count) {
  if (shade <= 0) return 0;
  return std::max<std::size_t>(1,
                               static_cast<std::size_t>(std::lround(shade * static_cast<double>(count - 1))));
}

std::string darkest_text(const Heatmap& map) {
  return map.scale == Scale::fixed
             ? fmt::format("{:g}", map.darkest)
             : fmt::format("the largest of the {}", map.scale == Scale::map ? "map" : "row");
}

std::int64_t widest(const std::vector<std::string>& labels) {
  std::int64_t most = 0;
  for (const std::string& label : labels) most = std::max(most, columns(label));
  return most;
}

std::string spaces(std::int64_t count) { return std::string(static_cast<std::size_t>(count), ' '); }

}  // namespace gradus::lab
