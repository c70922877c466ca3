#pragma once
#include <png.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

/// A PNG file as libpng reads it back: its kind, its palette and the place in it of every pixel.
struct Picture {
  int width = 0, height = 0, bits = 0, kind = 0;
  std::vector<std::array<int, 3>> palette;
  std::vector<int> pixels;  // row by row

  int at(std::int64_t x, std::int64_t y) const {
    if (x < 0 || y < 0 || x >= width || y >= height) throw std::out_of_range("outside of the picture");
    return pixels[static_cast<std::size_t>(y * width + x)];
  }
};

/// Throws std::runtime_error for what libpng does not take for a PNG file, and for what has no palette of 8 bits.
inline Picture read_picture(const std::string& file) {
  struct Source {
    const std::string& bytes;
    std::size_t at = 0;
  } source{file};
  const auto failed = [](png_structp, png_const_charp why) { throw std::runtime_error(why); };
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, failed, failed);
  png_infop info = png_create_info_struct(png);
  struct Cleanup {
    png_structp* png;
    png_infop* info;
    ~Cleanup() { png_destroy_read_struct(png, info, nullptr); }
  } cleanup{&png, &info};
  png_set_read_fn(png, &source, [](png_structp p, png_bytep out, std::size_t count) {
    auto* from = static_cast<Source*>(png_get_io_ptr(p));
    if (count > from->bytes.size() - from->at) throw std::runtime_error("the file ends too early");
    std::memcpy(out, from->bytes.data() + from->at, count);
    from->at += count;
  });
  png_read_info(png, info);
  Picture picture;
  picture.width = static_cast<int>(png_get_image_width(png, info));
  picture.height = static_cast<int>(png_get_image_height(png, info));
  picture.bits = png_get_bit_depth(png, info);
  picture.kind = png_get_color_type(png, info);
  png_colorp colours = nullptr;
  int count = 0;
  png_get_PLTE(png, info, &colours, &count);
  if (picture.bits != 8 || picture.kind != PNG_COLOR_TYPE_PALETTE)
    throw std::runtime_error("no palette of 8 bits");
  for (int i = 0; i < count; ++i)
    picture.palette.push_back({colours[i].red, colours[i].green, colours[i].blue});
  std::vector<png_byte> row(static_cast<std::size_t>(picture.width));
  for (int y = 0; y < picture.height; ++y) {
    png_read_row(png, row.data(), nullptr);
    picture.pixels.insert(picture.pixels.end(), row.begin(), row.end());
  }
  png_read_end(png, info);
  if (source.at != file.size()) throw std::runtime_error("something follows the picture");
  return picture;
}
