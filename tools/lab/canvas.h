#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/lab/colours.h"

namespace gradus::lab {

/// A place in a palette.
using Ink = std::uint8_t;

/// What pictures are drawn on, each pixel a place in a palette. What lies outside is not drawn.
class Canvas {
 public:
  Canvas(std::int64_t width, std::int64_t height, Ink page);

  std::int64_t width() const { return width_; }
  std::int64_t height() const { return height_; }

  void fill(std::int64_t x, std::int64_t y, std::int64_t width, std::int64_t height, Ink ink);
  /// Diagonal lines through all of the picture, seen in this part: parts beside each other join.
  void hatch(std::int64_t x, std::int64_t y, std::int64_t width, std::int64_t height, Ink ink);
  /// Printable text, each pixel of a letter `scale` wide; (x, y) is its upper left.
  void text(std::int64_t x, std::int64_t y, std::string_view text, Ink ink, std::int64_t scale = 1);
  /// The same, read upwards; (x, y) is the left and the foot of it.
  void text_upwards(std::int64_t x, std::int64_t y, std::string_view text, Ink ink, std::int64_t scale = 1);

  /// A PNG file; the palette has at most 256 colours.
  std::string png(const std::vector<Colour>& palette) const;

 private:
  std::int64_t width_, height_;
  std::vector<Ink> pixels_;
};

/// How many pixels wide a text is, the gap behind its last letter included.
std::int64_t text_width(std::string_view text, std::int64_t scale = 1);

}  // namespace gradus::lab
