#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "gradus/base/random.h"

/// Labels that break what is not built with care.
inline const std::vector<std::string> hostile_labels = {
    "<&\">'",
    "</title><script>alert(1)</script>",
    "]]><!--",
    "--> {0} %s {",
    "\n",
    "\r\n\t",
    std::string("\0a", 2),
    " ",
    "  the ",
    "",
    "\xFF\xC3(",
    "\xED\xA0\x80",
    "日本語",
    "naïve",
    "e\u0301te\u0301",
    "\u0301",
    "\u202Eabc",
    "\u200B\uFEFF",
    "😀",
    "\xEF\xBF\xBE",
    "שלום",
    "\x1B[31mred",
    std::string(10000, 'x'),
};

/// Random bytes, many of them special to markup or to UTF-8.
inline std::string random_label(std::uint64_t seed) {
  const std::string special = "<>&\"'{}%\n\t \\;\x7F\x80\x9F\xC2\xE2\xF0\xFF";
  const gradus::Philox random{seed, 0};
  std::string label(random.below(0, 12), ' ');
  for (std::size_t i = 0; i < label.size(); ++i)
    label[i] = random.below(3 * i + 1, 2) ? special[random.below(3 * i + 2, special.size())]
                                          : static_cast<char>(random.below(3 * i + 3, 256));
  return label;
}
