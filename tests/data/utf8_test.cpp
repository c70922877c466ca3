#include "gradus/data/utf8.h"

#include <doctest/doctest.h>

#include <string>

using namespace gradus;

namespace {

std::string encode(std::uint32_t c) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xC0 | c >> 6), tail(0)};
  if (c < 0x10000) return {static_cast<char>(0xE0 | c >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | c >> 18), tail(12), tail(6), tail(0)};
}

}  // namespace

TEST_CASE("every code point is read from its own bytes, surrogates are refused") {
  int wrong = 0;
  for (std::uint32_t c = 0; c < 0x110000; ++c) {
    const std::string bytes = encode(c);
    const CodePoint read = code_point("x" + bytes + "y", 1);
    const bool surrogate = c >= 0xD800 && c < 0xE000;
    wrong += surrogate ? read.bytes != 0 : read.bytes != bytes.size() || read.value != c;
  }
  CHECK(wrong == 0);
}

TEST_CASE("bytes that are not UTF-8 are found where they stand") {
  for (const char* bad :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xFF", "\xC3", "\xE2\x82", "\xF0\x9F\xA4", "\xC3(", "\xE2(\xA1"}) {
    CHECK(valid_utf8(std::string("ab\xC3\xA9") + bad) == 4);
    CHECK(code_point(bad, 0).bytes == 0);
  }
  CHECK(valid_utf8("") == 0);
  CHECK(valid_utf8("plain") == 5);
}
