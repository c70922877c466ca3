#pragma once
#include <array>
#include <cstdint>

namespace gradus::lab {

// The colours of every picture: PNG files, terminals and the report draw from the same arrays.

struct Colour {
  std::uint8_t red = 0, green = 0, blue = 0;
  bool operator==(const Colour&) const = default;
};
using ColourMap = std::array<Colour, 256>;

/// From dark blue (0) to yellow (255), in steps that look even and alike to readers who do not tell red from green. Where
/// the page is white it is drawn reversed, so that nothing looks like the page.   Nunez, Anderton, Renslow 2018
const ColourMap& cividis();

/// Blue, neutral, orange, for what lies around a middle (127.5), such as log2 against uniform. Both sides are equally light at
/// equal distance from the middle, which is near the page's colour: almost white, or almost black on a `dark` page.
const ColourMap& diverging(bool dark = false);

}  // namespace gradus::lab
