#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "tools/fingerprint.h"
#include "tools/lab/canvas.h"
#include "tools/lab/cells.h"
#include "tools/lab/codes.h"
#include "tools/lab/heatmap.h"
#include "tools/lab/text.h"

namespace gradus::lab {
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

// What is added where the cells are a picture: it is a mask, through which the page's hue is seen, so it follows light and
// dark as cells do. Behind it what is no future is tinted, or 0 would look like the future.
constexpr const char* picture_style = R"(<style>
  .heatmap .pixels { image-rendering: pixelated }
  .heatmap .matrix, .heatmap .visible { fill: #08306b }
  .heatmap .visible { fill-opacity: .07 }
  @media (prefers-color-scheme: dark) {
    .heatmap .matrix, .heatmap .visible { fill: #ffe08a }
  }
</style>
)";

constexpr std::int64_t most_cells = 64;                 // rows or columns of single elements
constexpr double letter = 7.3, line = 20, margin = 10;  // pixels; a letter of the labels is so wide

std::string label_at(double x, double y, const char* attributes, const std::string& text) {
  return fmt::format("<text x=\"{:g}\" y=\"{:g}\"{}>{}</text>\n", x, y, attributes, escaped(text));
}

/// Moved to (x, y), then turned or made smaller as `how` says.
std::string moved(double x, double y, const std::string& how, const char* attributes,
                  const std::string& text) {
  return fmt::format("<text transform=\"translate({:g} {:g}){}\"{}>{}</text>\n", x, y, how, attributes,
                     escaped(text));
}

/// Where the cells are.
struct Grid {
  double left, top, cell;
  double x(std::int64_t j) const { return left + static_cast<double>(j) * cell; }
  double y(std::int64_t i) const { return top + static_cast<double>(i) * cell; }
};

std::string elements(const Cells& cells, const Grid& grid, std::int64_t i, const std::string& row_axis,
                     const std::string& column_axis) {
  std::string svg;
  for (std::int64_t j = 0; j < cells.C; ++j)
    if (!cells.masked(i, j))
      svg += fmt::format(
          R"(<rect class="cell" x="{:g}" y="{:g}" width="{:g}" height="{:g}" fill-opacity="{:.4f}"><title>{}</title></rect>)"
          "\n",
          grid.x(j), grid.y(i), grid.cell, grid.cell, cells.shade(i, j),
          escaped(fmt::format("{} {} {}, {} {} {}: {:.4g}", row_axis, i,
                              cells.rows[static_cast<std::size_t>(i)], column_axis, j,
                              cells.columns[static_cast<std::size_t>(j)], cells.values[cells.at(i, j)])));
  return svg;
}

/// All cells as one picture of greys. Several pixels for a cell keep its edges where a viewer smooths what it enlarges.
std::string picture(const Cells& cells, const Grid& grid) {
  const std::int64_t size = std::clamp(1024 / std::max(cells.R, cells.C), INT64_C(1), INT64_C(8));
  Canvas canvas(cells.C * size, cells.R * size, 0);
  for (std::int64_t i = 0; i < cells.R; ++i)
    for (std::int64_t j = 0; j < cells.C; ++j)
      canvas.fill(j * size, i * size, size, size, static_cast<Ink>(level(cells.shade(i, j), 256)));
  std::vector<Colour> greys;
  for (std::size_t i = 0; i < 256; ++i) {
    const auto grey = static_cast<std::uint8_t>(i);
    greys.push_back({grey, grey, grey});
  }
  const std::string data = base64(canvas.png(greys));
  std::string svg;
  if (cells.causal) {
    svg += fmt::format("<path class=\"visible\" d=\"M{:g} {:g}", grid.x(0), grid.y(0));
    for (std::int64_t i = 0; i < cells.R; ++i) svg += fmt::format("H{:g}V{:g}", grid.x(i + 1), grid.y(i + 1));
    svg += fmt::format("H{:g}Z\"/>\n", grid.x(0));
  }
  // Two maps in one page have the same name only if they are the same picture, at the same place.
  const std::string place = fmt::format(R"(x="{:g}" y="{:g}" width="{:g}" height="{:g}")", grid.left,
                                        grid.top, grid.x(cells.C) - grid.left, grid.y(cells.R) - grid.top);
  const std::string name = fmt::format("shades-{:016x}", tools::fingerprint(place + data));
  return svg +
         fmt::format(
             R"svg(<mask id="{0}"><image class="pixels" {1} preserveAspectRatio="none" href="data:image/png;base64,{2}"/></mask>
<rect class="matrix" {1} mask="url(#{0})"/>
)svg",
             name, place, data);
}

}  // namespace

std::string svg_heatmap(const Heatmap& map) {
  const Cells cells = cells_of(map);
  const auto R = static_cast<double>(cells.R), C = static_cast<double>(cells.C);
  const bool large = std::max(cells.R, cells.C) > most_cells;
  const double cell = large ? std::max(14 * most_cells / std::max(R, C), 1.0)
                            : std::clamp(480 / std::max({R, C, 1.0}), 14.0, 26.0);
  const double scale = large ? cell / 14 : 1;  // of the labels; in a large picture one zooms in
  const std::string title = printable(map.title);
  const std::string full = darkest_text(map) + (map.curve == Curve::root ? ", by square root" : "");
  const std::string row_axis = printable(map.row_axis), column_axis = printable(map.column_axis);

  // The row axis and labels stand left of the cells; title, column axis and labels above; the legend below.
  const double left = margin + line + scale * letter * static_cast<double>(widest(cells.rows)) + 6;
  const double top = margin + (title.empty() ? 0 : line + 6) + line +
                     scale * letter * static_cast<double>(widest(cells.columns)) + 6;
  const double legend = top + R * cell + 14, step = 14;
  const double width =
      std::max({left + C * cell + margin, margin + letter * 1.2 * static_cast<double>(columns(title)),
                left + 12 * step + letter * static_cast<double>(full.size()) + margin});

  std::string svg = fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" class="heatmap" viewBox="0 0 {0:g} {1:g}" width="{0:g}" height="{1:g}" role="img">
<title>{2}</title>
{3}<rect class="page" width="{0:g}" height="{1:g}" fill="#ffffff"/>
)",
      width, legend + step + margin, escaped(title.empty() ? row_axis + " by " + column_axis : title),
      large ? std::string(style) + picture_style : style);
  if (!title.empty()) svg += label_at(margin, margin + 14, " class=\"name\"", title);
  svg += label_at(left, margin + (title.empty() ? 12 : line + 18), " class=\"axis\"", column_axis + " →");
  svg += moved(margin + 12, top, " rotate(-90)", " class=\"axis\" text-anchor=\"end\"", "← " + row_axis);

  const Grid grid{left, top, cell};
  const std::string small = large ? fmt::format(" scale({:g})", scale) : "";
  if (large && !cells.values.empty()) svg += picture(cells, grid);
  for (std::int64_t j = 0; j < cells.C; ++j)
    svg += moved(grid.x(j) + cell / 2 + 4 * scale, top - 6, " rotate(-90)" + small, "",
                 cells.columns[static_cast<std::size_t>(j)]);
  for (std::int64_t i = 0; i < cells.R; ++i) {
    const std::string& row = cells.rows[static_cast<std::size_t>(i)];
    const double y = grid.y(i) + cell / 2 + 4 * scale;
    svg += large ? moved(left - 6, y, small, " text-anchor=\"end\"", row)
                 : label_at(left - 6, y, " text-anchor=\"end\"", row);
    if (!large) svg += elements(cells, grid, i, row_axis, column_axis);
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
