#include "tools/lab/sheet.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "gradus/base/error.h"
#include "tools/lab/analysis.h"
#include "tools/lab/canvas.h"
#include "tools/lab/cells.h"
#include "tools/lab/letters.h"
#include "tools/lab/text.h"

namespace gradus::lab {
namespace {

// The palette: shades of the map, then what stands around them.
constexpr std::size_t shades = 240;
constexpr Ink page = 240, bright = 241, dim = 242, lines = 243;
constexpr std::int64_t margin = 20;  // pixels
constexpr std::int64_t large = 8;    // a cell as large as a letter

struct Surroundings {
  Colour page, bright, dim, lines;
};
constexpr Surroundings dark{{13, 17, 23}, {230, 237, 243}, {139, 148, 158}, {38, 45, 54}},
    light{{255, 255, 255}, {31, 35, 40}, {89, 99, 110}, {218, 223, 229}};

std::vector<Colour> palette(Paper paper) {
  const Surroundings& around = paper == Paper::dark ? dark : light;
  std::vector<Colour> colours;
  for (std::size_t i = 0; i < shades; ++i) {
    const std::size_t at = (i * 255 + (shades - 1) / 2) / (shades - 1);
    Colour c = cividis()[paper == Paper::dark ? at : 255 - at];
    // On white the yellow end would shine more than what matters: it fades, though not into the page.
    const double strength = paper == Paper::dark ? 1 : std::min(1.0, 0.25 + static_cast<double>(at) / 50);
    const auto faded = [&](std::uint8_t full, std::uint8_t page_channel) {
      return static_cast<std::uint8_t>(std::lround(page_channel + strength * (full - page_channel)));
    };
    colours.push_back(
        {faded(c.red, around.page.red), faded(c.green, around.page.green), faded(c.blue, around.page.blue)});
  }
  colours.insert(colours.end(), {around.page, around.bright, around.dim, around.lines});
  return colours;
}

/// A shade in one of `steps` colours of the map.
Ink ink(double shade, std::size_t steps) {
  return static_cast<Ink>(level(shade, steps) * (shades - 1) / (steps - 1));
}

/// Cells from (x, y) on, each `size` pixels wide. Large ones stand a little apart, and there is room for a hatch.
void draw(Canvas& canvas, const Cells& cells, std::int64_t x, std::int64_t y, std::int64_t size,
          std::size_t steps = shades) {
  const std::int64_t gap = size >= large ? 1 : 0;
  for (std::int64_t i = 0; i < cells.R; ++i)
    for (std::int64_t j = 0; j < cells.C; ++j) {
      const std::int64_t left = x + j * size, top = y + i * size;
      if (!cells.masked(i, j))
        canvas.fill(left, top, size - gap, size - gap, ink(cells.shade(i, j), steps));
      else if (size >= large)
        canvas.hatch(left, top, size, size, lines);
    }
}

/// What the colours stand for: a bar of them with its numbers, then a line for each thing more to know.
struct Legend {
  const Heatmap& map;
  std::int64_t block, size;  // of the cells
  std::int64_t scale = 1;    // of the letters
  std::size_t steps = shades;

  std::int64_t width() const {
    const std::int64_t last = 38 * scale + text_width(future, scale);
    return std::max({bar() + text_width(darkest_text(map), scale), text_width(note(), scale), last});
  }
  std::int64_t height() const { return (24 + (hatched() ? 14 : 0) + (block > 1 ? 14 : 0)) * scale; }

  void draw(Canvas& canvas, std::int64_t x, std::int64_t y) const {
    for (std::size_t i = 0; i < shades; ++i)
      canvas.fill(x + static_cast<std::int64_t>(i) * scale, y, scale, 10 * scale,
                  ink(static_cast<double>(i) / (shades - 1), steps));
    const auto mark = [&](double part, const std::string& text, std::int64_t indent) {
      const double place = map.curve == Curve::root ? std::sqrt(part) : part;
      const std::int64_t at = x + std::lround(place * (shades - 1)) * scale;
      canvas.fill(at, y + 10 * scale, scale, 3 * scale, dim);
      canvas.text(at - indent, y + 15 * scale, text, dim, scale);
    };
    mark(0, "0", 0);
    if (map.scale == Scale::fixed)
      for (const double part :
           map.curve == Curve::root ? std::vector{0.01, 0.05, 0.2, 0.5} : std::vector{0.25, 0.5, 0.75}) {
        const std::string text = fmt::format("{:.3g}", part * map.darkest);
        mark(part, text, (text_width(text, scale) - 2 * scale) / 2);
      }
    mark(1, darkest_text(map), 4 * scale);  // its first letter ends where the bar ends
    y += 28 * scale;
    if (hatched()) {
      canvas.hatch(x, y, 30 * scale, 10 * scale, lines);
      canvas.text(x + 38 * scale, y + scale, future, dim, scale);
      y += 14 * scale;
    }
    canvas.text(x, y + scale, note(), dim, scale);
  }

 private:
  static constexpr const char* future = "the future, masked";

  std::int64_t bar() const { return static_cast<std::int64_t>(shades) * scale; }
  bool hatched() const { return map.causal && size >= large; }
  std::string note() const {
    return block > 1 ? fmt::format("each cell is the largest of {0} x {0} weights", block) : "";
  }
};

/// Every `step`-th place along an axis gets its number, so that numbers stand well apart.
std::int64_t tick_step(std::int64_t block, std::int64_t size) {
  std::int64_t step = 1;
  while (step * size / block < 32) step *= 2;
  return std::max(step, block);
}

}  // namespace

std::string png_heatmap(const Heatmap& map, Paper paper) {
  const Cells cells = pooled(cells_of(map), 1024);
  const std::int64_t longer = std::max({cells.R, cells.C, INT64_C(1)});
  const std::int64_t size =
      std::max({INT64_C(1), std::min(640 / longer, INT64_C(44)), std::min(1024 / longer, large)});
  const bool labelled = size >= large;
  const std::int64_t scale = size >= 18 ? 2 : 1, high = letter_height * scale;
  const std::string title = printable(map.title);
  const Legend legend{map, cells.block, size, scale};

  // The row axis and labels stand left of the cells; title, column axis and labels above; the legend below.
  const std::int64_t rows = labelled ? text_width("x", scale) * widest(cells.rows) : 28;
  const std::int64_t columns = labelled ? text_width("x", scale) * widest(cells.columns) : 12;
  const std::int64_t left = margin + high + 8 + rows + 6;
  const std::int64_t top = margin + (title.empty() ? 0 : 2 * letter_height + 14) + high + 8 + columns + 6;
  const std::int64_t below = top + cells.R * size + 16;
  Canvas canvas(
      std::max({left + cells.C * size, left + legend.width(), margin + text_width(title, 2)}) + margin,
      below + legend.height() + margin, page);

  canvas.text(margin, margin, title, bright, 2);
  canvas.text(left, top - columns - 6 - 8 - high, printable(map.column_axis) + " →", dim, scale);
  canvas.text_upwards(margin, top + text_width("← " + printable(map.row_axis), scale),
                      "← " + printable(map.row_axis), dim, scale);
  draw(canvas, cells, left, top, size);
  if (labelled) {
    const std::int64_t middle = (size - 7 * scale) / 2;  // a letter without its descender, centred in a cell
    for (std::int64_t i = 0; i < cells.R; ++i) {
      const std::string& label = cells.rows[static_cast<std::size_t>(i)];
      canvas.text(left - 6 - text_width(label, scale), top + i * size + middle, label, bright, scale);
    }
    for (std::int64_t j = 0; j < cells.C; ++j)
      canvas.text_upwards(left + j * size + middle, top - 6, cells.columns[static_cast<std::size_t>(j)],
                          bright, scale);
  } else {
    const std::int64_t step = tick_step(cells.block, size);
    const auto ticks = [&](std::int64_t count, auto f) {
      for (std::int64_t i = 0; i < count; i += step / cells.block)
        f(i * size, fmt::format("{}", i * cells.block));
    };
    ticks(cells.R, [&](std::int64_t at, const std::string& n) {
      canvas.fill(left - 4, top + at + size / 2, 3, 1, dim);
      canvas.text(left - 6 - text_width(n), top + at + size / 2 - 3, n, dim);
    });
    ticks(cells.C, [&](std::int64_t at, const std::string& n) {
      canvas.fill(left + at + size / 2, top - 4, 1, 3, dim);
      canvas.text(left + at + (size - text_width(n)) / 2 + 1, top - 14, n, dim);
    });
  }
  legend.draw(canvas, left, below);
  return canvas.png(palette(paper));
}

Heatmap HeadSheet::head(std::int64_t layer, std::int64_t index) const {
  if (!maps.defined() || maps.dim() != 4 || maps.size(2) != maps.size(3) || maps.size(0) * maps.size(1) == 0)
    fail(fmt::format("sheet: draws maps of shape [L, H, T, T], not {}",
                     maps.defined() ? to_string(maps.shape()) : "an undefined tensor"));
  if (!labels.empty() && std::ssize(labels) != maps.size(0) * maps.size(1))
    fail(fmt::format("sheet: {} heads need as many labels, not {}", maps.size(0) * maps.size(1),
                     labels.size()));
  return {.values = maps[layer][index],
          .labels = std::vector<std::string>(static_cast<std::size_t>(maps.size(2))),
          .title = name(layer, index),
          .curve = curve,
          .causal = causal};
}

std::string HeadSheet::name(std::int64_t layer, std::int64_t index) const {
  return fmt::format("L{}H{}", layer, index);
}

std::string HeadSheet::label(std::int64_t layer, std::int64_t index) const {
  if (labels.empty()) return "";
  std::string label = printable(labels[static_cast<std::size_t>(layer * maps.size(1) + index)]);
  if (label.ends_with(" head")) label.resize(label.size() - 5);
  return label;
}

HeadSheet head_sheet(const Analysis& analysis, std::int64_t text) {
  if (text < 0 || text >= std::ssize(analysis.texts))
    fail(fmt::format("sheet: there is no text {} of {}", text, analysis.texts.size()));
  const ShownText& shown = analysis.texts[static_cast<std::size_t>(text)];
  HeadSheet sheet{.maps = shown.maps};
  for (const HeadAnalysis& head : analysis.head)
    sheet.labels.push_back(head.labels.empty() ? mixed : head.labels.front());
  sheet.title = analysis.model + ":";
  for (const std::string& token : shown.tokens) sheet.title += " " + printable(token);
  sheet.title = shortened(sheet.title, 72);
  return sheet;
}

std::string png_sheet(const HeadSheet& sheet, Paper paper) {
  const Heatmap any = sheet.head(0, 0);
  const std::int64_t L = sheet.maps.size(0), H = sheet.maps.size(1);
  // Few heads are drawn large; of many, all should be seen at once.
  const std::int64_t gap = 16, room = std::clamp(1100 / H - gap, INT64_C(72), INT64_C(256));
  const std::int64_t most = std::max(room, INT64_C(128));
  std::vector<Cells> heads;
  for (std::int64_t l = 0; l < L; ++l)
    for (std::int64_t h = 0; h < H; ++h) heads.push_back(pooled(cells_of(sheet.head(l, h)), most));
  const std::int64_t size = std::max(room / std::max(heads[0].R, INT64_C(1)), INT64_C(1));
  const std::int64_t side = heads[0].R * size, caption = sheet.labels.empty() ? 13 : 24;
  const std::int64_t panel = std::max(side, INT64_C(80)) + gap, high = caption + side + gap;
  const std::string title = printable(sheet.title);
  const std::int64_t top = margin + (title.empty() ? 0 : 2 * letter_height + 16);

  const auto drawn = [&](std::size_t steps) {
    const Legend legend{any, heads[0].block, size, 1, steps};
    Canvas canvas(std::max({H * panel - gap, legend.width(), text_width(title, 2)}) + 2 * margin,
                  top + L * high + legend.height() + margin, page);
    canvas.text(margin, margin, title, bright, 2);
    for (std::int64_t l = 0; l < L; ++l)
      for (std::int64_t h = 0; h < H; ++h) {
        const std::int64_t x = margin + h * panel, y = top + l * high;
        canvas.text(x, y, sheet.name(l, h), bright);
        canvas.text(x, y + 11, shortened(sheet.label(l, h), (panel - 10) / letter_width), dim);
        draw(canvas, heads[static_cast<std::size_t>(l * H + h)], x, y + caption, size, steps);
      }
    legend.draw(canvas, margin, top + L * high);
    return canvas.png(palette(paper));
  };
  // Noise does not compress. Coarser shades do, and thumbnails need no finer ones.
  std::string file;
  for (const std::size_t steps : {shades, std::size_t{60}, std::size_t{30}, std::size_t{16}})
    if (file = drawn(steps); file.size() <= 190'000) break;
  return file;
}

}  // namespace gradus::lab
