#pragma once
#include <string>
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus::lab {

/// What the darkest shade stands for. One scale for all maps is what makes them comparable; `row` hides how spread out a
/// row is.
enum class Scale { fixed, map, row };

/// How the shade grows with the value. `root`: with its square root, which still shows 1/256 at 6 % of the ramp, where
/// `linear` makes a head that spreads evenly look as if it did nothing.
enum class Curve { linear, root };

/// A matrix to be looked at, one shade per value: text_heatmap({.values = weights, .labels = tokens}).
struct Heatmap {
  Tensor values = {};                    ///< [R, C], finite and not negative; row = query, column = key
  std::vector<std::string> labels = {};  ///< R, tokens of any bytes
  std::vector<std::string> column_labels = {};  ///< C; a square matrix may share the rows'
  std::string title = {};                       ///< above the picture
  std::string row_axis = "query", column_axis = "key";
  Scale scale = Scale::fixed;  ///< fixed: `darkest`; map: the map's largest value; row: the row's
  double darkest = 1;          ///< larger values are as dark
  Curve curve = Curve::linear;
  bool causal = false;  ///< square; the upper right is the future and no value, except where it is not 0
};

/// One line per row: its label, then each value as a shade two columns wide; above them the columns' labels, read
/// downwards. All lines are equally many columns wide. Only 0 is blank, so a causal map has an empty upper right and a
/// leak of 1e-9 shows. `ascii`: for terminals that know nothing else.
std::string text_heatmap(const Heatmap& map, bool ascii = false);

/// A line that says what the shades of text_heatmap stand for.
std::string text_legend(const Heatmap& map, bool ascii = false);

/// A picture that stands alone or inside a page, on light and on dark. Every value is a <rect class="cell"> whose
/// fill-opacity is its shade and whose <title> tells the pair and the value. One hue, from the page's colour (0) to its
/// opposite, so the order of shades does not depend on telling colours apart. A map of more than 64 rows or columns is one
/// embedded picture, since so many elements would be slow to open.
std::string svg_heatmap(const Heatmap& map);

}  // namespace gradus::lab
