#include "tools/lab/text.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "gradus/data/utf8.h"
#include "lab/labels.h"
#include "lab/markup.h"

using namespace gradus;
using namespace gradus::lab;

TEST_CASE("a token is shown on one line with everything in it visible") {
  const std::vector<std::pair<std::string, std::string>> shown = {
      {"", ""},
      {"cat", "cat"},
      {" ", "␣"},
      {"  the ", "␣␣the␣"},
      {"in the end", "in the end"},
      {"\n", "↵"},
      {"a\r\n\tb", "a\\r↵⇥b"},
      {std::string("\0\x1F", 2), "\\x00\\x1f"},
      {"\x1B[31m\x7F", "\\x1b[31m\\x7f"},
      {"\xC2\x85", "\\u{85}"},
      {"a\xFF\xC3(", "a\\xff\\xc3("},
      {"\xED\xA0\x80", "\\xed\\xa0\\x80"},  // a surrogate
      {"\u202Eabc", "\\u{202e}abc"},
      {"\u200D\uFEFF", "\\u{200d}\\u{feff}"},
      {"\u2028", "\\u{2028}"},
      {"日本語", "日本語"},
      {"naïve 😀", "naïve 😀"},
      {"e\u0301", "e\u0301"},
      {"\u0301e", "◌\u0301e"},
      {"<&\">'", "<&\">'"},
  };
  for (const auto& [token, label] : shown) CHECK(printable(token) == label);
}

TEST_CASE("in ASCII every label is ASCII") {
  CHECK(printable(" a b ", true) == "_a b_");
  CHECK(printable("\n\t\r", true) == "\\n\\t\\r");
  CHECK(printable(std::string("\0\x7F", 2), true) == "\\x00\\x7f");
  CHECK(printable("naïve", true) == "na\\u{ef}ve");
  CHECK(printable("😀\u0301", true) == "\\u{1f600}\\u{301}");
  CHECK(printable("\xE9", true) == "\\xe9");
  for (std::uint64_t seed = 0; seed < 2000; ++seed)
    for (const char c : printable(random_label(seed), true)) {
      CHECK(c >= ' ');
      CHECK(c <= '~');
    }
}

TEST_CASE("whatever the bytes, a label is UTF-8 on one line") {
  for (std::uint64_t seed = 0; seed < 5000; ++seed) {
    const std::string label = printable(random_label(seed));
    CHECK(valid_utf8(label) == label.size());
    for (const char c : label) CHECK(static_cast<unsigned char>(c) >= ' ');
    CHECK(label.find('\x7F') == std::string::npos);
    CHECK(printable(label) == label);
  }
}

TEST_CASE("columns are what a terminal takes: not bytes, two for wide letters, none for marks") {
  CHECK(columns("") == 0);
  CHECK(columns("cat") == 3);
  CHECK(columns("naïve") == 5);
  CHECK(columns("␣↵⇥…·█◌") == 7);
  CHECK(columns("日本語") == 6);
  CHECK(columns("ｆｕ") == 4);
  CHECK(columns("한국") == 4);
  CHECK(columns("😀!") == 3);
  CHECK(columns("e\u0301te\u0301") == 3);
  CHECK(columns("שלום") == 4);
}

TEST_CASE("glyphs keep marks with their letter, and put together they are the text") {
  const std::string text = "ae\u0301\u0302日b";
  const std::vector<Glyph> all = glyphs(text);
  REQUIRE(all.size() == 4);
  CHECK(all[1].bytes == "e\u0301\u0302");
  CHECK(all[1].columns == 1);
  CHECK(all[2].bytes == "日");
  CHECK(all[2].columns == 2);
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const std::string label = random_label(seed);  // even where it is not UTF-8
    std::string joined;
    for (const Glyph& g : glyphs(label)) joined += g.bytes;
    CHECK(joined == label);
  }
}

TEST_CASE("what is too long is cut between characters, and never wider than asked") {
  CHECK(shortened("because", 7) == "because");
  CHECK(shortened("because", 6) == "becau…");
  CHECK(shortened("because", 6, "~") == "becau~");
  CHECK(shortened("because", 1) == "…");
  CHECK(shortened("日本語", 6) == "日本語");
  CHECK(shortened("日本語", 5) == "日本…");
  CHECK(shortened("日本語", 4) == "日…");
  CHECK(shortened("e\u0301te\u0301s", 3) == "e\u0301t…");
  CHECK(shortened("", 3) == "");
}

TEST_CASE("escaped text is read back from markup as it was, and what markup cannot hold is replaced") {
  const auto read = [](const std::string& text) {
    const std::string quoted = escaped(text);
    const auto all = parse_markup("<p title=\"" + quoted + "\">" + quoted + "</p>");
    REQUIRE(all.size() == 1);
    CHECK(all[0].attributes.at("title") == all[0].text);
    return all[0].text;
  };
  for (const char* text :
       {"", "plain", "<&\">'", "&amp;", "]]>", "<!-- -->", "</p><script>", "日本語 naïve\n\tx"})
    CHECK(read(text) == text);
  CHECK(read(std::string("a\0b", 3)) == "a\uFFFDb");
  CHECK(read("\xFF\x7F") == "\uFFFD\uFFFD");
  CHECK(read("\xED\xA0\x80") == "\uFFFD\uFFFD\uFFFD");
  CHECK(read("\xEF\xBF\xBE\xEF\xBF\xBF") == "\uFFFD\uFFFD");  // U+FFFE and U+FFFF
  for (std::uint64_t seed = 0; seed < 5000; ++seed) read(random_label(seed));
}
