// How the runner breaks what it says.
#include "tools/exercises/readable.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <sstream>
#include <string>
#include <vector>

#include "command.h"
#include "exercises/pages.h"
#include "place.h"
#include "tools/exercises/pages.h"

using namespace gradus::tools::exercises;

namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream words(text);
  for (std::string word; words >> word;) all.push_back(word);
  return all;
}

bool is_item(const std::string& line) {
  const std::string first = line.substr(0, line.find(' '));
  return first == "-" ||
         (first.size() > 1 && first.back() == '.' &&
          std::all_of(first.begin(), first.end() - 1, [](unsigned char c) { return std::isdigit(c); }));
}

}  // namespace

TEST_CASE("running text is broken at words, wherever its lines ended") {
  CHECK(readable("one two three\nfour five", 9) == "one two\nthree\nfour five");
  CHECK(readable("one two three\nfour five", 100) == "one two three four five");
  CHECK(readable("12345 7890", 10) == "12345 7890");
  CHECK(readable("12345 7890", 9) == "12345\n7890");
  CHECK(readable("a word_that_is_too_long b", 8) == "a\nword_that_is_too_long\nb");
  CHECK(readable("\xc3\xa4\xc3\xa4\xc3\xa4 \xc3\xa4\xc3\xa4\xc3\xa4", 7) ==
        "\xc3\xa4\xc3\xa4\xc3\xa4 \xc3\xa4\xc3\xa4\xc3\xa4");  // characters count, not bytes
  CHECK(readable("blanks at the ends \nof lines  \n \nfall", 100) == "blanks at the ends of lines\n\nfall");
  CHECK(readable("", 10) == "");
}

TEST_CASE("no line of running text is wider than asked for, and no word is lost") {
  std::string text;
  for (int i = 0; i < 200; ++i)
    text += std::string(1 + static_cast<std::size_t>(i * i % 11), 'x') + (i % 7 ? " " : "\n");
  for (const std::size_t width : {40, 74, 94}) {
    std::istringstream lines(readable(text, width)), before(text);
    std::string line, word, old;
    std::size_t widest = 0;
    while (std::getline(lines, line)) {
      widest = std::max(widest, line.size());
      std::istringstream words(line);
      while (words >> word) {
        before >> old;
        CHECK(old == word);
      }
    }
    CHECK(static_cast<bool>(before >> old) == false);
    CHECK(widest <= width);
    CHECK(widest > width - 11);  // a longer word would have fitted nowhere
  }
}

TEST_CASE("lines that begin with a blank, and empty ones, stand as they are") {
  const std::string table =
      "  x       float32 [32, 64, 256]   from gelu (node 41)\n  weight  float32 [512, 128]";
  CHECK(readable("the last axis must be\nthe input size\n" + table + "\n512 !=\n128", 30) ==
        "the last axis must be the\ninput size\n" + table + "\n512 != 128");
  CHECK(readable("a\n\n\nb\nc\n\n", 20) == "a\n\nb c");
  CHECK(readable("\n\na", 20) == "a");
  CHECK(readable("-0.5 is less\nthan 2.5", 40) == "-0.5 is less than 2.5");
}

TEST_CASE("the items of a list hang, and what goes on below them is theirs") {
  CHECK(readable("1. one two\n   three four\n2. five\n\n   code", 12) ==
        "1. one two\n   three\n   four\n2. five\n\n   code");
  CHECK(readable("- one two\n  three\n- four", 100) == "- one two three\n- four");
  CHECK(readable("1. finite when a weight is\n   0. And\n  *then*\n2. two", 100) ==
        "1. finite when a weight is 0. And *then*\n2. two");
  CHECK(readable("which is\n7. Only\n*which* row,\n* and\n-1 of\n2.5", 100) ==
        "which is 7. Only *which* row, * and -1 of 2.5");
  CHECK(readable("these:\n1. one\n9. nine\n10. ten\n    more", 100) ==
        "these:\n1. one\n9. nine\n10. ten more");
  CHECK(readable("- one\ntext\n\n  code\n  code", 100) == "- one\ntext\n\n  code\n  code");
  CHECK(readable("# title\ntext\n| a | b |\n| 1 | 2 |", 100) == "# title\ntext\n| a | b |\n| 1 | 2 |");
}

TEST_CASE(
    "every hint is broken anew as a whole: its words in their order, and lines as full as they can be") {
  int hints = 0;
  for (const std::string& folder : ::exercises::folders())
    for (const std::string& hint : hints_in(cli::read(folder + "/hints.md")))
      for (const std::size_t width : {38, 78, 88, 400}) {
        CAPTURE(folder);
        CAPTURE(width);
        ++hints;
        const std::string text = readable(hint, width);
        CHECK(words_of(text) == words_of(hint));
        std::istringstream lines(text);
        std::size_t hang = 0, filled = 0;  // of the line before; of an empty one 0
        for (std::string line; std::getline(lines, line);) {
          CAPTURE(line);
          const std::vector<std::string> words = words_of(line);
          // Within a paragraph, a "- 2" is a term of a formula.
          if (words.empty() || (is_item(line) && (filled == 0 || hang > 0))) {
            hang = words.empty() ? 0 : words[0].size() + 1;
          } else {
            CHECK(line.find_first_not_of(' ') == hang);
            if (filled > 0) CHECK(filled + 1 + words[0].size() > width);
          }
          CHECK((line.size() <= width || words.size() <= 2));  // a bullet, and a word that is too long
          filled = line.size();
        }
      }
  CHECK(hints == 12 * 3 * 4);
}

TEST_CASE("a margin stands before every line that says something") {
  CHECK(with_margin("a\n\nb", "  ") == "  a\n\n  b");
  CHECK(with_margin("", "  ") == "");
}
