#include "tools/lab/colours.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

using namespace gradus::lab;

namespace {

double linear(double channel) {
  channel /= 255;
  return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
}

/// CIE 1976 L* of light of this luminance.
double lightness(double y) { return y > 216.0 / 24389 ? 116 * std::cbrt(y) - 16 : y * 24389 / 27; }

/// L* of the colour that a screen shows, from the formulas of the standards (sRGB, D65).
double lightness(Colour c) {
  return lightness(0.2126 * linear(c.red) + 0.7152 * linear(c.green) + 0.0722 * linear(c.blue));
}

/// The same as a reader without green cones sees it (Machado, Oliveira, Fernandes 2009, severity 1).
double lightness_without_green(Colour c) {
  const double r = linear(c.red), g = linear(c.green), b = linear(c.blue);
  const auto part = [&](double x, double y, double z) { return std::clamp(x * r + y * g + z * b, 0.0, 1.0); };
  return lightness(0.2126 * part(0.367322, 0.860646, -0.227968) +
                   0.7152 * part(0.280085, 0.672501, 0.047413) +
                   0.0722 * part(-0.011820, 0.042940, 0.968881));
}

}  // namespace

TEST_CASE("cividis is the published map: its ends, its middle, and some between") {
  const ColourMap& map = cividis();
  CHECK(map[0] == Colour{0, 34, 78});
  CHECK(map[1] == Colour{0, 35, 79});
  CHECK(map[31] == Colour{24, 55, 111});
  CHECK(map[100] == Colour{101, 104, 112});
  CHECK(map[127] == Colour{124, 123, 120});
  CHECK(map[128] == Colour{125, 124, 120});
  CHECK(map[200] == Colour{196, 180, 104});
  CHECK(map[255] == Colour{254, 232, 56});
}

TEST_CASE("cividis grows lighter from step to step, and evenly, whether or not green is told from red") {
  const ColourMap& map = cividis();
  for (const bool green : {true, false}) {
    const auto light = [&](std::size_t i) {
      return green ? lightness(map[i]) : lightness_without_green(map[i]);
    };
    const double whole = light(255) - light(0);
    CHECK(whole >= 70);
    for (std::size_t i = 8; i < 256; ++i) {
      INFO(i);
      CHECK(light(i) > light(i - 8));  // 8 bits round single steps
      CHECK(std::fabs(light(i) - light(0) - whole * static_cast<double>(i) / 255) <= 4);
    }
  }
}

TEST_CASE("a diverging map is blue below, orange above, and as light on both sides") {
  for (const bool dark : {false, true}) {
    const ColourMap& map = diverging(dark);
    for (std::size_t i = 0; i < 128; ++i) {
      INFO(i);
      const Colour below = map[i], above = map[255 - i];
      CHECK(std::fabs(lightness(below) - lightness(above)) <= 4);
      if (i > 110) continue;  // near the middle both are nearly grey
      CHECK(below.blue > below.red);
      CHECK(above.red > above.blue);
      CHECK(above.red > above.green);
    }
    // The middle is near the page, and both sides lead away from it without turning back.
    const auto spread = [&](std::size_t i) {
      return std::max({map[i].red, map[i].green, map[i].blue}) -
             std::min({map[i].red, map[i].green, map[i].blue});
    };
    CHECK(spread(127) <= 12);
    CHECK(spread(128) <= 12);
    CHECK((dark ? lightness(map[128]) <= 12 : lightness(map[128]) >= 94));
    for (std::size_t i = 128 + 4; i < 256; ++i)
      for (const std::size_t at : {i, 255 - i}) {
        const std::size_t inner = at > 127 ? at - 4 : at + 4;
        CHECK(
            (dark ? lightness(map[at]) > lightness(map[inner]) : lightness(map[at]) < lightness(map[inner])));
      }
  }
  CHECK(&diverging(false) != &diverging(true));
}

TEST_CASE("no colour of a map repeats, but for neighbours that round to the same") {
  for (const ColourMap* map : {&cividis(), &diverging(), &diverging(true)}) {
    std::set<std::array<int, 3>> different;
    for (const Colour c : *map) different.insert({c.red, c.green, c.blue});
    CHECK(different.size() >= 254);
  }
}
