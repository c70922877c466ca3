#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/lab/heatmap.h"

namespace gradus::lab {

// What every picture of a heatmap is drawn from; for the files that draw.

/// A heatmap that was found to be in order.
struct Cells {
  std::int64_t R = 0, C = 0;
  std::vector<double> values = {}, shades = {};      // R x C; shades in [0, 1], 0 for the value 0 alone
  std::vector<std::string> rows = {}, columns = {};  // labels, printable, at most 16 columns wide
  bool causal = false;
  std::int64_t block = 1;  // a cell is the largest of block x block values

  std::size_t at(std::int64_t i, std::int64_t j) const { return static_cast<std::size_t>(i * C + j); }
  double shade(std::int64_t i, std::int64_t j) const { return shades[at(i, j)]; }
  /// Not a cell at all: the future, where a causal map has no weight. One that it has all the same is seen.
  bool masked(std::int64_t i, std::int64_t j) const { return causal && j > i && values[at(i, j)] == 0; }
};

/// With labels in ASCII alone where `ascii` is asked for.
Cells cells_of(const Heatmap& map, bool ascii = false);

/// At most `most` rows and columns, each cell the largest of the square block that it stands for: a mean would let a line
/// one cell wide fade away. A block's label is its first one's, with `cut` behind it.
Cells pooled(const Cells& cells, std::int64_t most, std::string_view cut = "…");

/// The place of a shade among `count` colours: the first one is for 0 alone.
std::size_t level(double shade, std::size_t count);

/// What the darkest shade stands for: "0.5", "the largest of the map".
std::string darkest_text(const Heatmap& map);

/// The columns' labels as text reads them, downwards, each over two columns, after `left` spaces.
std::string text_header(const Cells& cells, std::int64_t left);
/// What stands for a shade in text, one column wide.
std::string_view text_shade(double shade, bool ascii);
/// text_heatmap of cells.
std::string text_of(const Cells& cells, bool ascii);

std::int64_t widest(const std::vector<std::string>& labels);  ///< in columns
std::string spaces(std::int64_t count);

}  // namespace gradus::lab
