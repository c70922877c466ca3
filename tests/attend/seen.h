#pragma once
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gradus/data/utf8.h"
#include "lab/picture.h"
#include "tools/lab/letters.h"

/// What is to be seen in a picture of the lab: texts, and squares of a colour.

// What sheet.h promises of the palette: first the colours of the map. The rest is found by its colour.
inline constexpr int colours = 240;
inline constexpr std::array<int, 3> dark_page = {13, 17, 23}, light_page = {255, 255, 255};

inline int shade(double weight, bool root = true) {
  const double s = root ? std::sqrt(weight) : weight;
  return weight > 0 ? std::max(1, static_cast<int>(std::lround(s * (colours - 1)))) : 0;
}

inline int place_of(const Picture& p, const std::array<int, 3>& colour) {
  const auto at = std::find(p.palette.begin() + colours, p.palette.end(), colour);
  REQUIRE(at != p.palette.end());
  return static_cast<int>(at - p.palette.begin());
}

struct Pixel {
  std::int64_t x = 0, y = 0;
};

/// Where in the picture a text stands, pixel by pixel; `ink` is whatever its pixels have, if they all have the same and the
/// gaps between have the page's.
inline std::optional<Pixel> find_text(const Picture& p, const std::string& text, std::int64_t scale,
                                      bool upwards = false) {
  std::vector<std::pair<Pixel, bool>> wanted;  // one pixel of each dot of the letters
  std::int64_t left = 0;
  for (std::size_t at = 0; at < text.size();) {
    const gradus::CodePoint c = gradus::code_point(text, at);
    for (std::int64_t j = 0; j < 8; ++j)
      for (std::int64_t i = 0; i < 6; ++i) {
        const bool set = i < 5 && (gradus::lab::letter(c.value)[static_cast<std::size_t>(j)] >> (4 - i) & 1);
        const Pixel dot =
            upwards ? Pixel{j * scale, -(left + i) * scale - 1} : Pixel{(left + i) * scale, j * scale};
        wanted.push_back({dot, set});
      }
    left += 6;
    at += c.bytes;
  }
  const std::int64_t wide = left * scale, high = 8 * scale;
  const int page = place_of(p, p.palette[colours] == dark_page ? dark_page : light_page);
  for (std::int64_t y = upwards ? wide : 0; y + (upwards ? 0 : high) <= p.height; ++y)
    for (std::int64_t x = 0; x + (upwards ? high : wide) <= p.width; ++x) {
      int ink = -1;
      const bool here = std::all_of(wanted.begin(), wanted.end(), [&](const auto& w) {
        const int found = p.at(x + w.first.x, y + w.first.y);
        if (!w.second) return found == page;
        if (found == page || (ink >= 0 && found != ink)) return false;
        ink = found;
        return true;
      });
      if (here) return Pixel{x, y};
    }
  return std::nullopt;
}

/// The upper left of the first square of `size` equal pixels, of this colour, in the order of reading.
inline std::optional<Pixel> find_square(const Picture& p, int colour, std::int64_t size) {
  for (std::int64_t y = 0; y + size <= p.height; ++y)
    for (std::int64_t x = 0; x + size <= p.width; ++x) {
      bool all = true;
      for (std::int64_t j = 0; all && j < size; ++j)
        for (std::int64_t i = 0; all && i < size; ++i) all = p.at(x + i, y + j) == colour;
      if (all) return Pixel{x, y};
    }
  return std::nullopt;
}
