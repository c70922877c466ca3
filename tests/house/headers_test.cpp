// The header diet: what a user's file pays for #include "gradus/gradus.h".
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include "house/sources.h"
#include "place.h"

namespace {

const std::set<std::string> allowed = {"array",   "cstddef",  "cstdint", "exception",   "initializer_list",
                                       "iosfwd",  "optional", "string",  "string_view", "type_traits",
                                       "utility", "tuple",    "vector"};

std::string compile(const std::string& options) {
  return "'" + place::compiler() + "' -std=c++20 -I'" + place::source() + "/framework' " + options;
}

}  // namespace

TEST_CASE("everything reachable from gradus.h includes only light standard headers") {
  const house::Reached reached = house::reach("gradus/gradus.h");
  CHECK(reached.ours.size() > 10);
  for (const std::string& name : reached.others) {
    INFO("some header reachable from gradus.h includes <", name, ">");
    CHECK(allowed.count(name) == 1);
  }
}

TEST_CASE("every public header compiles on its own") {
  std::string all;
  for (const std::string& header : house::reach("gradus/gradus.h").ours) all += " " + header;
  // A header given as the main file would warn about its #pragma once.
  const house::Run run = house::run("for h in" + all + "; do echo \"#include <$h>\" | " +
                                    compile("-fsyntax-only -x c++ -") + " || exit 1; done");
  INFO(run.output);
  CHECK(run.status == 0);
}

TEST_CASE("gradus.h preprocesses to less than 45 000 lines") {
  const house::Run run = house::run("echo '#include \"gradus/gradus.h\"' | " + compile("-E -P -x c++ -"));
  REQUIRE(run.status == 0);
  const auto lines = std::count(run.output.begin(), run.output.end(), '\n');
  MESSAGE("gradus.h preprocesses to ", lines, " lines");
  CHECK(lines > 5000);
  CHECK(lines < 45000);
}

TEST_CASE("a model file of some 60 lines compiles at -O0 in less than 1.2 s") {
  const std::string model = place::source() + "/models/attention_lm.cpp";
  REQUIRE(std::filesystem::exists(model));
  double best = 1e9;
  for (int i = 0; i < 3; ++i) {
    const house::Run run = house::run(compile("-O0 -c '" + model + "' -o /dev/null"));
    REQUIRE_MESSAGE(run.status == 0, run.output);
    best = std::min(best, run.cpu_seconds);
  }
  MESSAGE("models/attention_lm.cpp compiles in ", best, " s");
  CHECK(best < 1.2);
}
