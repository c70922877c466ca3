#include "tools/lab/heatmap.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "gradus/base/error.h"
#include "tools/lab/text.h"

namespace gradus::lab {
namespace {

/// A heatmap that was found to be in order.
struct Cells {
  std::int64_t R, C;
  std::vector<double> values, shades;      // R x C; shades in [0, 1]
  std::vector<std::string> rows, columns;  // labels, printable

  std::size_t at(std::int64_t i, std::int64_t j) const { return static_cast<std::size_t>(i * C + j); }
};

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

Cells cells_of(const Heatmap& map, bool ascii = false) {
  if (!map.values.defined() || map.values.dim() != 2)
    fail(fmt::format(
        "heatmap: draws values of shape [R, C], not {}; of a batch or of several heads take one: x[b][h]",
        map.values.defined() ? to_string(map.values.shape()) : "an undefined tensor"));
  if (!std::isfinite(map.darkest) || map.darkest <= 0)
    fail(
        fmt::format("heatmap: the darkest shade cannot stand for {}; give it a number above 0", map.darkest));
  const Shape& shape = map.values.shape();
  Cells cells{shape[0], shape[1], map.values.detach().to(Dtype::float64).to_vector<double>(), {}, {}, {}};
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
    for (auto v = row; v != end; ++v) cells.shades.push_back(*v > 0 ? std::min(*v / full, 1.0) : 0);
  }
  return cells;
}

std::string darkest_text(const Heatmap& map) {
  return map.scale == Scale::fixed
             ? fmt::format("{:g}", map.darkest)
             : fmt::format("the largest of the {}", map.scale == Scale::map ? "map" : "row");
}

// From light to dark; what is blank is 0 and not one of them.
std::vector<std::string_view> ramp(bool ascii) {
  if (ascii) return {".", ":", "-", "=", "+", "*", "#", "%", "@"};
  return {"·", "░", "▒", "▓", "█"};
}

std::string spaces(std::int64_t n) { return std::string(static_cast<std::size_t>(n), ' '); }

std::int64_t widest(const std::vector<std::string>& labels) {
  std::int64_t most = 0;
  for (const std::string& label : labels) most = std::max(most, columns(label));
  return most;
}

}  // namespace

std::string text_heatmap(const Heatmap& map, bool ascii) {
  const Cells cells = cells_of(map, ascii);
  const auto shade = ramp(ascii);
  const std::int64_t left = widest(cells.rows);

  std::vector<std::vector<Glyph>> letters;
  std::int64_t height = 0;
  for (const std::string& label : cells.columns) {
    letters.push_back(glyphs(label));
    height = std::max(height, std::ssize(letters.back()));
  }
  std::string text;
  for (std::int64_t line = 0; cells.R > 0 && line < height; ++line) {
    text += spaces(left + 1);
    for (const auto& label : letters) {
      const std::int64_t at = line - (height - std::ssize(label));  // labels end where their column begins
      const Glyph g = at < 0 ? Glyph{" ", 1} : label[static_cast<std::size_t>(at)];
      text.append(g.bytes).append(spaces(2 - g.columns));
    }
    text += '\n';
  }
  for (std::int64_t i = 0; i < cells.R; ++i) {
    const std::string& label = cells.rows[static_cast<std::size_t>(i)];
    text += spaces(left - columns(label)) + label + ' ';
    for (std::int64_t j = 0; j < cells.C; ++j) {
      const double s = cells.shades[cells.at(i, j)];
      const auto level = static_cast<std::size_t>(s * static_cast<double>(shade.size()));
      const std::string_view mark = s > 0 ? shade[std::min(level, shade.size() - 1)] : " ";
      text.append(mark).append(mark);
    }
    text += '\n';
  }
  return text;
}

std::string text_legend(const Heatmap& map, bool ascii) {
  return fmt::format("{} down, {} across; blank is 0, {} are equal steps up to {}", printable(map.row_axis),
                     printable(map.column_axis), fmt::join(ramp(ascii), " "), darkest_text(map));
}

namespace {

// Plain rules, no custom properties: many viewers of SVG know no others. The class keeps them off the page around it.
constexpr const char* style = R"(<style>
  .heatmap text { font: 12px ui-monospace, "DejaVu Sans Mono", monospace; fill: #4b535d; unicode-bidi: isolate }
  .heatmap .name { font: 600 14px system-ui, sans-serif; fill: #1f2328 }
  .heatmap .axis { font: italic 12px system-ui, sans-serif }
  .heatmap .page { fill: #ffffff }
  .heatmap .cell, .heatmap .step { fill: #08306b; stroke: #d4dae1; stroke-width: .5 }
  .heatmap .cell:hover { stroke: #b35900; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    .heatmap text { fill: #a3adb8 }
    .heatmap .name { fill: #e6edf3 }
    .heatmap .page { fill: #0d1117 }
    .heatmap .cell, .heatmap .step { fill: #ffe08a; stroke: #2b323b }
    .heatmap .cell:hover { stroke: #58a6ff }
  }
</style>
)";

constexpr double letter = 7.3, line = 20, margin = 10;  // pixels; a letter of the labels is so wide

std::string label_at(double x, double y, const char* attributes, const std::string& text) {
  return fmt::format("<text x=\"{:g}\" y=\"{:g}\"{}>{}</text>\n", x, y, attributes, escaped(text));
}

std::string turned(double x, double y, const char* attributes, const std::string& text) {
  return fmt::format("<text transform=\"translate({:g} {:g}) rotate(-90)\"{}>{}</text>\n", x, y, attributes,
                     escaped(text));
}

}  // namespace

std::string svg_heatmap(const Heatmap& map) {
  const Cells cells = cells_of(map);
  const auto R = static_cast<double>(cells.R), C = static_cast<double>(cells.C);
  const double cell = std::clamp(480 / std::max({R, C, 1.0}), 14.0, 26.0);
  const std::string title = printable(map.title), full = darkest_text(map);
  const std::string row_axis = printable(map.row_axis), column_axis = printable(map.column_axis);

  // The row axis and labels stand left of the cells; title, column axis and labels above; the legend below.
  const double left = margin + line + letter * static_cast<double>(widest(cells.rows)) + 6;
  const double top = margin + (title.empty() ? 0 : line + 6) + line +
                     letter * static_cast<double>(widest(cells.columns)) + 6;
  const double legend = top + R * cell + 14, step = 14;
  const double width =
      std::max({left + C * cell + margin, margin + letter * 1.2 * static_cast<double>(columns(title)),
                left + 12 * step + letter * static_cast<double>(full.size()) + margin});

  std::string svg = fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" class="heatmap" viewBox="0 0 {0:g} {1:g}" width="{0:g}" height="{1:g}" role="img">
<title>{2}</title>
{3}<rect class="page" width="{0:g}" height="{1:g}" fill="#ffffff"/>
)",
      width, legend + step + margin, escaped(title.empty() ? row_axis + " by " + column_axis : title), style);
  if (!title.empty()) svg += label_at(margin, margin + 14, " class=\"name\"", title);
  svg += label_at(left, margin + (title.empty() ? 12 : line + 18), " class=\"axis\"", column_axis + " →");
  svg += turned(margin + 12, top, " class=\"axis\" text-anchor=\"end\"", "← " + row_axis);

  for (std::int64_t j = 0; j < cells.C; ++j)
    svg += turned(left + (static_cast<double>(j) + 0.5) * cell + 4, top - 6, "",
                  cells.columns[static_cast<std::size_t>(j)]);
  for (std::int64_t i = 0; i < cells.R; ++i) {
    const std::string& row = cells.rows[static_cast<std::size_t>(i)];
    const double y = top + static_cast<double>(i) * cell;
    svg += label_at(left - 6, y + cell / 2 + 4, " text-anchor=\"end\"", row);
    for (std::int64_t j = 0; j < cells.C; ++j)
      svg += fmt::format(
          R"(<rect class="cell" x="{:g}" y="{:g}" width="{:g}" height="{:g}" fill-opacity="{:.4f}"><title>{}</title></rect>)"
          "\n",
          left + static_cast<double>(j) * cell, y, cell, cell, cells.shades[cells.at(i, j)],
          escaped(fmt::format("{} {} {}, {} {} {}: {:.4g}", row_axis, i, row, column_axis, j,
                              cells.columns[static_cast<std::size_t>(j)], cells.values[cells.at(i, j)])));
  }

  svg += label_at(left - 6, legend + 11, " text-anchor=\"end\"", "0");
  for (int k = 0; k <= 10; ++k)
    svg +=
        fmt::format(R"(<rect class="step" x="{:g}" y="{:g}" width="{:g}" height="{:g}" fill-opacity="{:g}"/>)"
                    "\n",
                    left + k * step, legend, step, step, k / 10.0);
  svg += label_at(left + 11 * step + 6, legend + 11, "", full);
  return svg + "</svg>\n";
}

}  // namespace gradus::lab
