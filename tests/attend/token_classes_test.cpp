#include "tools/lab/token_classes.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace gradus::lab;

namespace {

const TokenClass* named(const std::vector<TokenClass>& classes, const std::string& name) {
  const auto at =
      std::find_if(classes.begin(), classes.end(), [&](const TokenClass& c) { return c.name == name; });
  return at == classes.end() ? nullptr : &*at;
}

}  // namespace

TEST_CASE("token classes: characters fall into those that a reader would name") {
  const std::vector<std::string> vocabulary = {"\n", " ", ".", "a", "B", "7", "z", "E"};
  const auto classes = token_classes(vocabulary, {3});
  const auto has = [&](const char* name) {
    std::string text;
    const TokenClass* c = named(classes, name);
    REQUIRE(c);
    for (std::size_t id = 0; id < vocabulary.size(); ++id)
      if (c->has[id]) text += vocabulary[id];
    return text;
  };
  CHECK(has("line breaks") == "\n");
  CHECK(has("blanks") == " ");
  CHECK(has("punctuation") == ".");
  CHECK(has("digits") == "7");
  CHECK(has("vowels") == "aE");
  CHECK(has("capitals") == "BE");
  CHECK(has("“a”") == "a");
  CHECK(classes.size() == 8);
}

TEST_CASE("token classes: those without a token are left out, whatever bytes tokens are") {
  const auto classes = token_classes({"", "\xff", "cat", "..."}, {1});
  REQUIRE(classes.size() == 2);
  CHECK(classes[0].name == "punctuation");
  CHECK(classes[1].name == "“\\xff”");
  CHECK(token_classes({}, {}).empty());
}

TEST_CASE("members: the tokens of a text that are of a class, and the starts of words after blanks") {
  const auto classes = token_classes({"a", "b", " ", "\n"}, {1});
  const std::vector<std::int64_t> text = {0, 1, 2, 1, 3, 0, 0};
  CHECK(members(*named(classes, "“b”"), text) ==
        std::vector<bool>{false, true, false, true, false, false, false});
  CHECK(members(*named(classes, "starts of words"), text) ==
        std::vector<bool>{false, false, false, true, false, true, false});
  CHECK(members(classes[0], {}).empty());
}
