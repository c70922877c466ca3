#include "tools/lab/terminal_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>
#include <string_view>

#include "tools/lab/cells.h"
#include "tools/lab/colours.h"
#include "tools/lab/text.h"

namespace gradus::lab {
namespace {

constexpr std::int64_t narrowest = 20;  // columns; a narrower terminal breaks lines itself

bool plain(TerminalColours colours) {
  return colours == TerminalColours::ascii || colours == TerminalColours::none;
}

/// The end of the escape sequence that sets a colour of the map. Of the 256 colours that no terminal changes, those
/// nearest to cividis jump between hues; these ten go its way, each lighter than the one before.
std::string code(int level, TerminalColours colours) {
  constexpr std::array ramp = {17, 18, 24, 60, 243, 102, 144, 185, 221, 227};
  const auto at = static_cast<std::size_t>(level);
  const Colour c = cividis()[at];
  return colours == TerminalColours::truecolour ? fmt::format("2;{};{};{}", c.red, c.green, c.blue)
                                                : fmt::format("5;{}", ramp[at * ramp.size() / 256]);
}

/// A line of characters that are coloured above and below, with no more escape sequences than the colours change.
class Line {
 public:
  explicit Line(TerminalColours colours) : colours_(colours) {}

  /// Two colours of the map, one above the other; negative: as the terminal is.
  void add(int above, int below) {
    if (above < 0 && below < 0) return put(-1, -1, " ");
    if (above == below) return put(-1, below, " ");  // a space has no seams, whatever the font
    if (above < 0) return put(below, -1, "▄");
    put(above, below, "▀");
  }
  std::string end() {
    if (behind_ >= 0 || before_ >= 0) text_ += "\033[0m";
    return std::move(text_);
  }

 private:
  void put(int before, int behind, std::string_view mark) {
    std::string change;
    if (mark != " " && before != before_) change = "38;" + code(before, colours_);
    if (behind != behind_)
      change += (change.empty() ? "" : ";") + (behind < 0 ? "49" : "48;" + code(behind, colours_));
    if (!change.empty()) text_ += "\033[" + change + "m";
    if (mark != " ") before_ = before;
    behind_ = behind;
    text_ += mark;
  }

  TerminalColours colours_;
  std::string text_;
  int before_ = -1, behind_ = -1;
};

/// Cells, each `size` columns wide and half as many lines high.
struct Dots {
  const Cells& cells;
  std::int64_t size;

  std::int64_t width() const { return cells.C * size; }
  std::int64_t lines() const { return (cells.R * size + 1) / 2; }
  std::int64_t row(std::int64_t half_line) const { return half_line / size; }

  int colour(std::int64_t half_line, std::int64_t j) const {
    const std::int64_t i = row(half_line);
    return i >= cells.R || cells.masked(i, j) ? -1 : static_cast<int>(level(cells.shade(i, j), 256));
  }
  std::string line(std::int64_t line, TerminalColours colours) const {
    if (plain(colours)) {
      std::string text;
      for (std::int64_t x = 0; x < width(); ++x) {
        double darkest = 0;
        for (const std::int64_t half : {2 * line, 2 * line + 1})
          if (row(half) < cells.R) darkest = std::max(darkest, cells.shade(row(half), x / size));
        text += text_shade(darkest, colours == TerminalColours::ascii);
      }
      return text;
    }
    Line drawn(colours);
    for (std::int64_t x = 0; x < width(); ++x)
      drawn.add(colour(2 * line, x / size), colour(2 * line + 1, x / size));
    return drawn.end();
  }
};

std::string without_end_spaces(std::string text) {
  text.resize(text.find_last_not_of(' ') + 1);
  return text;
}

std::string titled(const std::string& title, bool ascii, std::int64_t columns) {
  return title.empty() ? "" : shortened(printable(title, ascii), columns, ascii ? "~" : "…") + '\n';
}

/// `text` in exactly `width` columns.
std::string fitted(const std::string& text, std::int64_t width, bool ascii) {
  const std::string cut = shortened(text, width, ascii ? "~" : "…");
  return cut + spaces(width - columns(cut));
}

/// Broken between words, so that no line is longer than it must.
std::string wrapped(const std::string& text, std::int64_t width) {
  std::string lines;
  std::int64_t used = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    const std::int64_t wide = columns(word);
    if (used > 0) {
      const bool fits = used + 1 + wide <= width;
      lines += fits ? ' ' : '\n';
      used = fits ? used + 1 : 0;
    }
    lines += word;
    used += wide;
    at = end + 1;
  }
  return lines + '\n';
}

std::string legend_of(const Heatmap& map, std::int64_t block, TerminalColours colours, std::int64_t width) {
  const bool ascii = colours == TerminalColours::ascii;
  std::string bar, text;
  if (plain(colours)) {
    text = text_legend(map, ascii);
  } else {
    Line line(colours);
    constexpr int steps = 16;
    for (int i = 0; i < steps; ++i) line.add(i * 255 / (steps - 1), i * 255 / (steps - 1));
    bar = fmt::format("0 {} {}\n", line.end(), darkest_text(map));
    text = fmt::format("{} down, {} across; {}{}", printable(map.row_axis), printable(map.column_axis),
                       map.curve == Curve::root ? "colours by square root" : "colours in proportion",
                       map.causal ? "; the future is left out" : "");
  }
  if (block > 1) text += fmt::format("; a cell is the largest of {0} x {0}", block);
  return bar + wrapped(text, width);
}

/// Labels on both axes and cells two columns wide.
std::string labelled(const Cells& cells, std::int64_t left, TerminalColours colours) {
  const Dots dots{cells, 2};
  std::string text = text_header(cells, left + 1);
  for (std::int64_t i = 0; i < cells.R; ++i) {
    const std::string& label = cells.rows[static_cast<std::size_t>(i)];
    text += spaces(left - columns(label)) + label + ' ' + dots.line(i, colours) + '\n';
  }
  return text;
}

/// Two rows in a line: places along the top, and on the left the place and the label of the upper one.
std::string dense(const Cells& cells, std::int64_t left, TerminalColours colours) {
  const Dots dots{cells, 1};
  std::string ruler = spaces(left + 1);
  for (std::int64_t j = 0; j < cells.C; j += 10) ruler += fitted(std::to_string(j * cells.block), 10, true);
  std::string text = without_end_spaces(ruler) + '\n';
  for (std::int64_t line = 0; line < dots.lines(); ++line) {
    const std::string label =
        fmt::format("{:>4} {}", 2 * line * cells.block, cells.rows[static_cast<std::size_t>(2 * line)]);
    text += fitted(label, left, false) + ' ' + dots.line(line, colours) + '\n';
  }
  return text;
}

}  // namespace

TerminalColours terminal_colours(bool is_terminal) {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string_view(value ? value : "");
  };
  std::string_view locale = variable("LC_ALL");
  for (const char* name : {"LC_CTYPE", "LANG"})
    if (locale.empty()) locale = variable(name);
  const auto names = [](std::string_view text, auto... parts) {
    return ((text.find(parts) != std::string_view::npos) || ...);
  };
  const bool unicode = names(locale, "UTF-8", "utf-8", "UTF8", "utf8");
  const std::string_view kind = variable("TERM");
  if (!unicode) return TerminalColours::ascii;
  if (!is_terminal || !variable("NO_COLOR").empty() || kind.empty() || kind == "dumb")
    return TerminalColours::none;
  if (names(variable("COLORTERM"), "truecolor", "24bit") || names(kind, "direct"))
    return TerminalColours::truecolour;
  return names(kind, "256color") ? TerminalColours::indexed256 : TerminalColours::none;
}

std::string terminal_heatmap(const Heatmap& map, TerminalColours colours, std::int64_t columns) {
  columns = std::max(columns, narrowest);
  const bool ascii = colours == TerminalColours::ascii;
  const char* cut = ascii ? "~" : "…";
  const Cells all = cells_of(map, ascii);
  const std::int64_t left = widest(all.rows), room = columns - left - 1;
  std::string text = titled(map.title, ascii, columns);
  if (2 * all.C <= room || plain(colours)) {
    // A block's label is a column longer than the one it has from a cell.
    const Cells cells = 2 * all.C <= room ? all : pooled(all, std::max((room - 1) / 2, INT64_C(1)), cut);
    text += plain(colours) ? text_of(cells, ascii) : labelled(cells, left, colours);
    return text + legend_of(map, cells.block, colours, columns);
  }
  const std::int64_t margin = std::min(left + 6, columns / 3);  // a place, the label, and what cuts it
  const Cells cells = pooled(all, std::max(columns - margin - 1, INT64_C(1)), cut);
  return text + dense(cells, margin, colours) + legend_of(map, cells.block, colours, columns);
}

std::string terminal_sheet(const HeadSheet& sheet, TerminalColours colours, std::int64_t columns) {
  columns = std::max(columns, narrowest);
  const bool ascii = colours == TerminalColours::ascii;
  const Heatmap any = sheet.head(0, 0);
  const std::int64_t L = sheet.maps.size(0), H = sheet.maps.size(1);
  // As many heads side by side as leave each room to be seen; no more room than makes it easy.
  constexpr std::int64_t least = 14, most = 32, gap = 2;
  const std::int64_t fit = std::max((columns + gap) / (least + gap), INT64_C(1));
  const std::int64_t parts = (H + fit - 1) / fit, beside = (H + parts - 1) / parts;  // evenly
  const std::int64_t width = std::clamp((columns + gap) / beside - gap, INT64_C(1), most);

  std::string text = titled(sheet.title, ascii, columns);
  std::int64_t block = 1;
  for (std::int64_t l = 0; l < L; ++l)
    for (std::int64_t first = 0; first < H; first += beside) {
      std::vector<Cells> cells;
      std::string names, labels;
      for (std::int64_t h = first; h < std::min(first + beside, H); ++h) {
        cells.push_back(pooled(cells_of(sheet.head(l, h)), width));
        names += fitted(sheet.name(l, h), width + gap, ascii);
        labels += fitted(printable(sheet.label(l, h), ascii), width, ascii) + spaces(gap);
      }
      block = cells[0].block;
      const std::int64_t size = std::max(width / std::max(cells[0].C, INT64_C(1)), INT64_C(1));
      text += without_end_spaces(names) + '\n';
      if (!sheet.labels.empty()) text += without_end_spaces(labels) + '\n';
      for (std::int64_t line = 0; line < Dots{cells[0], size}.lines(); ++line) {
        std::string dots;
        for (const Cells& head : cells)
          dots += Dots{head, size}.line(line, colours) + spaces(width + gap - head.C * size);
        text += without_end_spaces(dots) + '\n';
      }
      text += '\n';
    }
  return text + legend_of(any, block, colours, columns);
}

}  // namespace gradus::lab
