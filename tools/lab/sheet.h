#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tools/lab/heatmap.h"

namespace gradus::lab {

struct Analysis;

/// Pictures are PNG files of 8 bits whose palette begins with cividis(): 0 near the page, so reversed on light paper. The
/// future is hatched, never the colour of 0.
enum class Paper { dark, light };

/// A map with its title, axes, labels and a scale. More than 128 rows or columns have numbers in place of labels; more
/// than 1024 are drawn as blocks, each as the largest of its values.
std::string png_heatmap(const Heatmap& map, Paper paper = Paper::dark);

/// All heads of a model on one text. Where a map has more cells than there is room for, a block shows its largest weight.
struct HeadSheet {
  Tensor maps = {};                      ///< [L, H, T, T]
  std::vector<std::string> labels = {};  ///< what each head is called, layer by layer; or none
  std::string title = {};
  Curve curve = Curve::root;
  bool causal = true;

  /// One head, its tokens unnamed. Error for maps of another shape.
  Heatmap head(std::int64_t layer, std::int64_t index) const;
  /// Its name and its label, without the word "head": "L1H3", "previous-token".
  std::string name(std::int64_t layer, std::int64_t index) const;
  std::string label(std::int64_t layer, std::int64_t index) const;
};
/// What an analysis knows of the heads, on one of its texts.
HeadSheet head_sheet(const Analysis& analysis, std::int64_t text);

/// A row of thumbnails for each layer, a column for each head, on one scale.
std::string png_sheet(const HeadSheet& sheet, Paper paper = Paper::dark);

}  // namespace gradus::lab
