// What no file of the repository may say.
#include <doctest/doctest.h>

#include <algorithm>
#include <regex>
#include <string>
#include <vector>

#include "house/sources.h"

namespace {

std::vector<std::string> all_files() {
  return house::files(".", {".h", ".cpp", ".md", ".txt", ".cmake", ".json", ".in", ".sh", "/run", "/start",
                            "/test", "/mutants"});
}

const std::vector<std::string> folders = {"framework", "models", "exercises", "tools", "tests"};

/// Every line of every file but this one that matches, as "file:line: text".
std::vector<std::string> matches(const std::vector<std::string>& files, const std::string& pattern) {
  const std::regex regex(pattern);
  std::vector<std::string> found;
  for (const std::string& file : files) {
    if (file.ends_with("house/text_test.cpp")) continue;
    int number = 0;
    for (const std::string& line : house::lines(file)) {
      ++number;
      if (std::regex_search(line, regex)) found.push_back(file + ":" + std::to_string(number) + ": " + line);
    }
  }
  return found;
}

void check_none(const std::vector<std::string>& found) {
  for (const std::string& place : found) CHECK_MESSAGE(false, place);
  CHECK(found.empty());
}

}  // namespace

TEST_CASE("no file names a path of one machine") {
  REQUIRE(all_files().size() > 50);
  check_none(matches(all_files(), R"((^|[^\w.$}])/(home|root|work|Users)/\w)"));
}

TEST_CASE("no work is left open in the sources") {
  check_none(matches(house::files(".", {".h", ".cpp", ".cmake", ".txt", ".sh", "/mutants"}),
                     R"(\b(TODO|FIXME|XXX|HACK)\b)"));
}

TEST_CASE("no build file trades exact numbers for speed or for one machine") {
  check_none(matches(house::files(".", {"CMakeLists.txt", ".cmake", ".json", ".in", ".sh", "/run", "/start",
                                        "/test", "/mutants"}),
                     R"(-ffast-math|-Ofast|-funsafe-math|-march=|-mtune=|-mcpu=)"));
}

TEST_CASE("a source file holds one idea") {
  for (const std::string& folder : folders)
    for (const std::string& file : house::files(folder, {".h", ".cpp"})) {
      const std::size_t count = house::lines(file).size();
      CHECK_MESSAGE(count <= 450, file, " has ", count, " lines: two ideas in it?");
    }
}

// Headers of Highway code are read once for each kind of CPU, and have a guard of another form.
TEST_CASE("every header is guarded, and every line ends where a reader expects it") {
  for (const std::string& folder : folders)
    for (const std::string& file : house::files(folder, {".h", ".cpp"})) {
      const std::string text = house::read(file);
      if (file.ends_with(".h") && text.find("HWY_") == std::string::npos)
        CHECK_MESSAGE(text.find("#pragma once") != std::string::npos, file);
      CHECK_MESSAGE(text.find('\t') == std::string::npos, file, " contains a tab");
      CHECK_MESSAGE(text.find("\r\n") == std::string::npos, file, " has foreign line ends");
      CHECK_MESSAGE((text.empty() || text.back() == '\n'), file, " does not end its last line");
    }
}
