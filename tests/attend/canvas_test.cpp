#include "tools/lab/canvas.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "attend/seen.h"
#include "lab/picture.h"
#include "tools/lab/letters.h"

using namespace gradus;
using namespace gradus::lab;

TEST_CASE("letters are told apart, and what has none is a box") {
  std::set<Letter> seen;
  for (std::uint32_t c = ' '; c < 0x7F; ++c) seen.insert(letter(c));
  for (const std::uint32_t c :
       {U'␣', U'↵', U'⇥', U'◌', U'…', U'←', U'→', U'↑', U'↓', U'·', U'×', U'√', U'≥', U'≤', U'°'})
    seen.insert(letter(c));
  CHECK(seen.size() == 95 + 15);
  CHECK(letter(' ') == Letter{});
  CHECK(letter(U'é') == letter(U'日'));
  CHECK(seen.count(letter(U'é')) == 0);
  CHECK(letter('L') == Letter{0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1F, 0});
  CHECK(letter('7') == Letter{0x1F, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08, 0});
  CHECK((letter('g')[7] & letter('j')[7] & letter(',')[7]) == 0x08);  // below the line
}

TEST_CASE(
    "canvas: text is its letters, each pixel as wide as the scale; turned upwards it is the same; nothing is "
    "drawn outside") {
  const std::vector<Colour> inks(256);
  const std::string word = "gL…";
  Canvas small(18, 8, 0), large(54, 24, 0), turned(16, 36, 0), around(18, 8, 0);
  small.text(0, 0, word, 1);
  large.text(0, 0, word, 1, 3);
  turned.text_upwards(0, 36, word, 1, 2);
  for (const auto& [x, y] : {Pixel{-30, 0}, Pixel{18, 0}, Pixel{40, 2}, Pixel{0, -9}, Pixel{0, 8}})
    around.text(x, y, word, 2);
  around.fill(17, 7, 50, 50, 1);
  const Picture one = read_picture(small.png(inks)), three = read_picture(large.png(inks)),
                up = read_picture(turned.png(inks)), edge = read_picture(around.png(inks));
  for (std::int64_t y = 0; y < 8; ++y)
    for (std::int64_t x = 0; x < 18; ++x) {
      const char32_t c = U"gL…"[x / 6];
      const int expected = x % 6 < 5 ? letter(c)[static_cast<std::size_t>(y)] >> (4 - x % 6) & 1 : 0;
      CHECK(one.at(x, y) == expected);
      for (std::int64_t d = 0; d < 3; ++d) CHECK(three.at(3 * x + d, 3 * y + 2 - d) == expected);
      for (std::int64_t d = 0; d < 2; ++d) CHECK(up.at(2 * y + d, 35 - 2 * x - d) == expected);
      CHECK(edge.at(x, y) == (x == 17 && y == 7 ? 1 : 0));
    }
  CHECK(text_width(word, 3) == 54);
}
