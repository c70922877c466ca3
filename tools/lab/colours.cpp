#include "tools/lab/colours.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace gradus::lab {
namespace {

// The published map in 8 bits: 16 lines of 16 colours of 6 digits.
constexpr std::string_view cividis_digits =
    "00224e00234f00245100255300255400265600275800285900285b00295d002a5f002a61002b62002c64002c66002d68"
    "002e6a002e6c002f6d00306f0030700031700031710132710533710833700c34700f357012357014367016377018376f"
    "1a386f1c396f1e3a6f203a6f213b6e233c6e243c6e263d6e273e6e293f6e2a3f6d2b406d2d416d2e416d2f426d31436d"
    "32436d33446d34456c35456c36466c38476c39486c3a486c3b496c3c4a6c3d4a6c3e4b6c3f4c6c404c6c414d6c424e6c"
    "434e6c444f6c45506c46516c47516c48526c49536c4a536c4b546c4c556c4d556c4e566c4f576c50576c51586d52596d"
    "535a6d545a6d555b6d555c6d565c6d575d6d585e6d595e6e5a5f6e5b606e5c616e5d616e5e626e5e636f5f636f60646f"
    "61656f62656f636670646770656870656870666970676a71686a71696b716a6c716b6d726c6d726c6e726d6f726e6f73"
    "6f70737071737172747272747273747374757474757575757676767777767777777878777979777a7a787b7a787c7b78"
    "7d7c787e7c787e7d787f7e78807f78817f788280798381798482798582798683798784788885788985788a86788b8778"
    "8c88788d88788e89788f8a78908b78918b78928c78928d78938e78948e77958f779690779791779892779992779a9376"
    "9b94769c95769d95769e96769f9775a09875a19975a29975a39a74a49b74a59c74a69c74a79d73a89e73a99f73aaa073"
    "aba072aca172ada272aea371afa471b0a571b1a570b3a670b4a76fb5a86fb6a96fb7a96eb8aa6eb9ab6dbaac6dbbad6d"
    "bcae6cbdae6cbeaf6bbfb06bc0b16ac1b26ac2b369c3b369c4b468c5b568c6b667c7b767c8b866c9b965cbb965ccba64"
    "cdbb63cebc63cfbd62d0be62d1bf61d2c060d3c05fd4c15fd5c25ed6c35dd7c45cd9c55cdac65bdbc75adcc859ddc858"
    "dec958dfca57e0cb56e1cc55e2cd54e4ce53e5cf52e6d051e7d150e8d24fe9d34eead34cebd44bedd54aeed649efd748"
    "f0d846f1d945f2da44f3db42f5dc41f6dd3ff7de3ef8df3cf9e03afbe138fce236fde334fee434fee535fee636fee838";

constexpr std::uint8_t digit(char c) { return static_cast<std::uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10); }

std::uint8_t channel(double linear) {
  const double c = linear <= 0.0031308 ? 12.92 * linear : 1.055 * std::pow(linear, 1 / 2.4) - 0.055;
  return static_cast<std::uint8_t>(std::lround(255 * std::clamp(c, 0.0, 1.0)));
}

double cube(double x) { return x * x * x; }

/// Where distances are differences that one sees (Ottosson's Oklab): lightness in [0, 1], green to red, blue to yellow.
struct Seen {
  double lightness, green_red, blue_yellow;
};

Colour shown(Seen c) {
  const double l = cube(c.lightness + 0.3963377774 * c.green_red + 0.2158037573 * c.blue_yellow),
               m = cube(c.lightness - 0.1055613458 * c.green_red - 0.0638541728 * c.blue_yellow),
               s = cube(c.lightness - 0.0894841775 * c.green_red - 1.2914855480 * c.blue_yellow);
  return {channel(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
          channel(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
          channel(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s)};
}

/// How one half of a diverging map leaves the middle: lightness from there to the end, and the end's hue and strength.
struct Half {
  double middle, end, degrees, chroma;

  Colour at(double distance) const {
    // Colour grows faster than the lightness changes, or small differences would all be grey.
    const double strength = chroma * std::pow(distance, 0.6), angle = degrees * std::acos(-1.0) / 180;
    return shown(
        {middle + (end - middle) * distance, strength * std::cos(angle), strength * std::sin(angle)});
  }
};

ColourMap joined(const Half& below, const Half& above) {
  ColourMap map;
  for (std::size_t i = 0; i < 256; ++i) {
    const double x = (static_cast<double>(i) - 127.5) / 127.5;
    map[i] = (x < 0 ? below : above).at(std::fabs(x));
  }
  return map;
}

}  // namespace

const ColourMap& cividis() {
  static_assert(cividis_digits.size() == 256 * 6);
  static const ColourMap map = [] {
    ColourMap colours;
    for (std::size_t i = 0; i < 256; ++i) {
      const auto byte = [&](std::size_t at) {
        return static_cast<std::uint8_t>(16 * digit(cividis_digits[6 * i + at]) +
                                         digit(cividis_digits[6 * i + at + 1]));
      };
      colours[i] = {byte(0), byte(2), byte(4)};
    }
    return colours;
  }();
  return map;
}

const ColourMap& diverging(bool dark) {
  static const ColourMap on_white = joined({0.97, 0.53, 256, 0.14}, {0.97, 0.53, 51, 0.135}),
                         on_black = joined({0.20, 0.80, 245, 0.105}, {0.20, 0.80, 62, 0.14});
  return dark ? on_black : on_white;
}

}  // namespace gradus::lab
