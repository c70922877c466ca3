#pragma once
// A small canvas and its way into a PNG file: colours are RGB in [0, 1], pixels lie row by row.
#include <png.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace gradus::models {

struct Colour {
  double r, g, b;
};
inline Colour mix(Colour a, Colour b, double t) {
  return {a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t};
}

struct Picture {
  int width, height;
  std::vector<Colour> pixels;

  Picture(int w, int h) : width(w), height(h), pixels(static_cast<std::size_t>(w * h)) {}
  Colour& at(int x, int y) { return pixels[static_cast<std::size_t>(y * width + x)]; }

  /// A disc with soft edges.
  void disc(double cx, double cy, double radius, Colour colour) {
    const auto cut = [](double v, int size) { return std::clamp(static_cast<int>(v), 0, size); };
    for (int y = cut(cy - radius - 1, height); y < cut(cy + radius + 2, height); ++y)
      for (int x = cut(cx - radius - 1, width); x < cut(cx + radius + 2, width); ++x) {
        const double inside = radius + 0.5 - std::hypot(x - cx, y - cy);  // in pixels
        at(x, y) = mix(at(x, y), colour, std::clamp(inside, 0.0, 1.0));
      }
  }

  /// False when the file cannot be written.
  bool save(const char* path) const {
    std::vector<std::uint8_t> bytes;
    for (const Colour& p : pixels)
      for (double v : {p.r, p.g, p.b})
        bytes.push_back(static_cast<std::uint8_t>(std::lround(255 * std::clamp(v, 0.0, 1.0))));
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(width);
    image.height = static_cast<png_uint_32>(height);
    image.format = PNG_FORMAT_RGB;
    return png_image_write_to_file(&image, path, 0, bytes.data(), 0, nullptr) != 0;
  }
};

}  // namespace gradus::models
