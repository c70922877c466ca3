#include "tools/lab/canvas.h"

#include <fmt/format.h>
#include <png.h>

#include <algorithm>

#include "gradus/base/error.h"
#include "gradus/data/utf8.h"
#include "tools/lab/letters.h"
#include "tools/lab/text.h"

namespace gradus::lab {
namespace {

/// put(i, j) for every pixel (column i, row j) of a line of text.
template <class F> void for_each_pixel(std::string_view text, F put) {
  std::int64_t left = 0;
  for (const Glyph& g : glyphs(text)) {
    const Letter& shape = letter(code_point(g.bytes, 0).value);
    for (std::int64_t j = 0; j < letter_height; ++j)
      for (std::int64_t i = 0; i < 5; ++i)
        if (shape[static_cast<std::size_t>(j)] >> (4 - i) & 1) put(left + i, j);
    left += g.columns * letter_width;
  }
}

}  // namespace

Canvas::Canvas(std::int64_t width, std::int64_t height, Ink page)
    : width_(width), height_(height), pixels_(static_cast<std::size_t>(width * height), page) {}

void Canvas::fill(std::int64_t x, std::int64_t y, std::int64_t width, std::int64_t height, Ink ink) {
  const std::int64_t left = std::clamp(x, INT64_C(0), width_), right = std::clamp(x + width, left, width_);
  for (std::int64_t j = std::max(y, INT64_C(0)); j < std::min(y + height, height_); ++j)
    std::fill(pixels_.begin() + j * width_ + left, pixels_.begin() + j * width_ + right, ink);
}

void Canvas::hatch(std::int64_t x, std::int64_t y, std::int64_t width, std::int64_t height, Ink ink) {
  for (std::int64_t j = y; j < y + height; ++j)
    for (std::int64_t i = x; i < x + width; ++i)
      if ((i + j) % 5 == 0) fill(i, j, 1, 1, ink);
}

void Canvas::text(std::int64_t x, std::int64_t y, std::string_view text, Ink ink, std::int64_t scale) {
  for_each_pixel(
      text, [&](std::int64_t i, std::int64_t j) { fill(x + i * scale, y + j * scale, scale, scale, ink); });
}

void Canvas::text_upwards(std::int64_t x, std::int64_t y, std::string_view text, Ink ink,
                          std::int64_t scale) {
  for_each_pixel(text, [&](std::int64_t i, std::int64_t j) {
    fill(x + j * scale, y - (i + 1) * scale, scale, scale, ink);
  });
}

std::string Canvas::png(const std::vector<Colour>& palette) const {
  std::vector<std::uint8_t> channels;
  for (const Colour c : palette) channels.insert(channels.end(), {c.red, c.green, c.blue});
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width_);
  image.height = static_cast<png_uint_32>(height_);
  image.format = PNG_FORMAT_RGB_COLORMAP;
  image.colormap_entries = static_cast<png_uint_32>(palette.size());
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string file(size, '\0');
  if (!png_image_write_to_memory(&image, file.data(), &size, 0, pixels_.data(), 0, channels.data()))
    fail(Kind::resources, fmt::format("png: {} x {} pixels: {}", width_, height_, image.message));
  file.resize(size);
  return file;
}

std::int64_t text_width(std::string_view text, std::int64_t scale) {
  return columns(text) * letter_width * scale;
}

}  // namespace gradus::lab
