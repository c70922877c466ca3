#pragma once
#include <doctest/doctest.h>

#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "gradus/data/utf8.h"
#include "tools/lab/text.h"

/// What a terminal shows at one place: a colour in front and one behind, as the escape sequences name them.
struct Spot {
  std::string glyph, before, behind;
  // The colours of its upper and its lower half; "": the terminal's own.
  std::string above() const { return glyph == "▀" ? before : behind; }
  std::string below() const { return glyph == "▄" ? before : behind; }
};

/// A terminal that knows what these pictures use, and nothing else. Every line begins and ends without colours.
inline std::vector<std::vector<Spot>> screen(const std::string& text) {
  std::vector<std::vector<Spot>> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    lines.emplace_back();
    std::string before, behind;
    for (std::size_t at = 0; at < line.size();) {
      if (line[at] != '\033') {
        const gradus::CodePoint c = gradus::code_point(line, at);
        if (c.bytes == 0) throw std::runtime_error("not UTF-8: " + line);
        lines.back().push_back({line.substr(at, c.bytes), before, behind});
        at += c.bytes;
        continue;
      }
      if (line.substr(at, 2) != "\033[") throw std::runtime_error("no colour: " + line);
      const std::size_t end = line.find('m', at);
      REQUIRE(end != std::string::npos);
      std::istringstream codes(line.substr(at + 2, end - at - 2));
      const auto next = [&] {
        std::string code;
        REQUIRE(std::getline(codes, code, ';'));
        return code;
      };
      while (codes.peek() != EOF) {
        const std::string code = next();
        if (code == "0") {
          before = behind = "";
        } else if (code == "49") {
          behind = "";
        } else {
          REQUIRE((code == "38" || code == "48"));
          std::string colour = next();
          for (int n = colour == "2" ? 3 : 1; n > 0; --n) colour += ";" + next();
          (code == "38" ? before : behind) = colour;
        }
      }
      at = end + 1;
    }
    CHECK(before + behind == "");
  }
  return lines;
}

inline std::int64_t columns_of(const std::vector<Spot>& line) {
  std::string plain;
  for (const Spot& s : line) plain += s.glyph;
  return gradus::lab::columns(plain);
}
