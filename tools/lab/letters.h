#pragma once
#include <array>
#include <cstdint>

namespace gradus::lab {

/// A letter of the pictures: eight rows of five pixels, the last one below the line; bit 4 is the leftmost pixel.
using Letter = std::array<std::uint8_t, 8>;
constexpr std::int64_t letter_width = 6, letter_height = 8;  ///< with the gap to the next one

/// ASCII, the signs of printable(), arrows and a few signs of arithmetic; a box for every other character.
const Letter& letter(std::uint32_t code_point);

}  // namespace gradus::lab
