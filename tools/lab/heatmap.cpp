#include "tools/lab/heatmap.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "tools/lab/cells.h"
#include "tools/lab/text.h"

namespace gradus::lab {
namespace {

// From light to dark; what is blank is 0 and not one of them.
std::vector<std::string_view> ramp(bool ascii) {
  if (ascii) return {".", ":", "-", "=", "+", "*", "#", "%", "@"};
  return {"·", "░", "▒", "▓", "█"};
}

}  // namespace

std::string_view text_shade(double shade, bool ascii) {
  const auto steps = ramp(ascii);
  const auto step = static_cast<std::size_t>(shade * static_cast<double>(steps.size()));
  return shade > 0 ? steps[std::min(step, steps.size() - 1)] : " ";
}

std::string text_header(const Cells& cells, std::int64_t left) {
  std::vector<std::vector<Glyph>> letters;
  std::int64_t height = 0;
  for (const std::string& label : cells.columns) {
    letters.push_back(glyphs(label));
    height = std::max(height, std::ssize(letters.back()));
  }
  std::string text;
  for (std::int64_t line = 0; cells.R > 0 && line < height; ++line) {
    text += spaces(left);
    for (const auto& label : letters) {
      const std::int64_t at = line - (height - std::ssize(label));  // labels end where their column begins
      const Glyph g = at < 0 ? Glyph{" ", 1} : label[static_cast<std::size_t>(at)];
      text.append(g.bytes).append(spaces(2 - g.columns));
    }
    text += '\n';
  }
  return text;
}

std::string text_of(const Cells& cells, bool ascii) {
  const auto shade = ramp(ascii);
  const std::int64_t left = widest(cells.rows);
  std::string text = text_header(cells, left + 1);
  for (std::int64_t i = 0; i < cells.R; ++i) {
    const std::string& label = cells.rows[static_cast<std::size_t>(i)];
    text += spaces(left - columns(label)) + label + ' ';
    for (std::int64_t j = 0; j < cells.C; ++j) {
      const std::string_view mark = text_shade(cells.shade(i, j), ascii);
      text.append(mark).append(mark);
    }
    text += '\n';
  }
  return text;
}

std::string text_heatmap(const Heatmap& map, bool ascii) { return text_of(cells_of(map, ascii), ascii); }

std::string text_legend(const Heatmap& map, bool ascii) {
  return fmt::format("{} down, {} across; blank is 0, {} are equal steps {}up to {}",
                     printable(map.row_axis, ascii), printable(map.column_axis, ascii),
                     fmt::join(ramp(ascii), " "), map.curve == Curve::root ? "of the square root " : "",
                     darkest_text(map));
}

}  // namespace gradus::lab
