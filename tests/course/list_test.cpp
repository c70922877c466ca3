// The list is whole: every published test of the course is asked once, and every one that a wrong implementation could
// pass has its strict twin right beneath it.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "place.h"

namespace {

// These compare every number they are about.
const std::set<std::string> strict_already{"course 6",  "course 7",  "course 11", "course 12",
                                           "course 13", "course 35", "course 36", "capstone 19"};

}  // namespace

TEST_CASE("all 53 tests of stage 5 and 23 of the capstone are here, each weak one with a strict twin") {
  const std::regex title(R"(TEST_CASE\(\s*"((course|capstone) \d+)(, strict)?: )");
  std::set<std::string> asked, twins;
  for (const auto& file : std::filesystem::directory_iterator(place::source() + "/tests/course")) {
    if (!file.path().string().ends_with("_test.cpp")) continue;
    std::ifstream in(file.path());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    std::string before;
    for (std::sregex_iterator at(text.begin(), text.end(), title), end; at != end; ++at) {
      const std::string name = at->str(1);
      INFO(name);
      const bool strict = at->length(3) > 0;
      if (strict) CHECK(before == name);
      CHECK((strict ? twins : asked).insert(name).second);
      before = strict ? "" : name;
    }
  }
  std::set<std::string> published;
  for (int i = 1; i <= 53; ++i) published.insert("course " + std::to_string(i));
  for (int i = 1; i <= 23; ++i) published.insert("capstone " + std::to_string(i));
  CHECK(asked == published);
  for (const std::string& name : published) {
    INFO(name);
    CHECK(twins.count(name) + strict_already.count(name) == 1);
  }
}
