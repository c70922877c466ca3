// ctest: TIMEOUT 900
// What CI proves of every exercise: the stub is not written yet, the solution and the alternatives pass, and every
// known mistake is told from all others.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "command.h"
#include "exercises/pages.h"
#include "place.h"

namespace {

struct Gate {
  std::string id, kind, expected, program, answers;
};

/// Of the exercise that GRADUS_EXERCISE names, or of all.
bool wanted(const std::string& id) {
  const char* only = std::getenv("GRADUS_EXERCISE");
  return !only || id == only;
}

std::vector<std::string> folders() {
  std::vector<std::string> all;
  for (const std::string& folder : exercises::folders())
    if (wanted(exercises::id_of(folder))) all.push_back(folder);
  REQUIRE_FALSE(all.empty());
  return all;
}

std::vector<Gate> gates() {
  std::vector<Gate> all;
  std::ifstream file(place::build() + "/exercises/gates.txt");
  for (std::string line; std::getline(file, line);) {
    Gate g;
    std::istringstream words(line);
    for (std::string* word : {&g.id, &g.kind, &g.expected, &g.program, &g.answers})
      std::getline(words, *word, '\t');
    if (wanted(g.id)) all.push_back(g);
  }
  REQUIRE_FALSE(all.empty());
  return all;
}

const std::string full_mark = " (full)";

cli::Result attempt(const Gate& g, bool full, int seed = 1) {
  static const Folder folder;
  return cli::shell(folder, "'" + g.program + "' --seed " + std::to_string(seed) + (full ? " --full" : "") +
                                (g.answers.empty() ? "" : " --answers '" + g.answers + "'"));
}

/// "pass", "todo", or the cause of the failure.
std::string outcome(const cli::Result& r) {
  if (r.status == 0) return "pass";
  if (r.status == 2) return "todo";
  for (const std::string& line : cli::lines(r.out))
    if (line.rfind("fail ", 0) == 0) return line.substr(5);
  return "crashed with status " + std::to_string(r.status);
}

bool is(const Gate& g, const std::string& kind) { return g.kind.rfind(kind, 0) == 0; }

}  // namespace

TEST_CASE("every exercise has its parts") {
  std::map<std::string, std::map<std::string, int>> count;
  for (const Gate& g : gates()) ++count[g.id][g.kind.substr(0, g.kind.find('_'))];
  CHECK(count.size() == folders().size());
  for (const auto& entry : count) {
    const std::string& id = entry.first;
    const std::map<std::string, int>& kinds = entry.second;
    CAPTURE(id);
    CHECK(kinds.at("solution") == 1);
    CHECK(kinds.at("stub") == 1);
    CHECK(kinds.count("alternative") == 1);
    if (kinds.count("alternative")) CHECK(kinds.at("alternative") >= 2);
    CHECK(kinds.count("mistake") == 1);
    if (kinds.count("mistake")) CHECK(kinds.at("mistake") >= 5);
  }
}

TEST_CASE("a stub is not written yet, and says so at every check that needs it") {
  for (const Gate& g : gates())
    if (is(g, "stub")) {
      CAPTURE(g.id);
      const cli::Result r = attempt(g, false);
      CHECK(outcome(r) == "todo");
      CHECK(r.out.find("\nfail") == std::string::npos);
    }
}

TEST_CASE("solutions and alternatives pass, whatever the inputs") {
  for (const Gate& g : gates())
    if (is(g, "solution") || is(g, "alternative"))
      for (const int seed : {1, 2, 3}) {
        const cli::Result r = attempt(g, seed == 1, seed);
        CAPTURE(g.id);
        CAPTURE(g.kind);
        CAPTURE(seed);
        INFO(r.out);
        CHECK(outcome(r) == "pass");
      }
}

TEST_CASE("a known mistake fails with its own cause") {
  for (const Gate& g : gates())
    if (is(g, "mistake")) {
      const bool full = g.expected.find(full_mark) != std::string::npos;
      const std::string expected = g.expected.substr(0, g.expected.find(full_mark));
      for (const int seed : {1, 2}) {
        const cli::Result r = attempt(g, full, seed);
        CAPTURE(g.id);
        CAPTURE(g.kind);
        INFO(r.out);
        CHECK(outcome(r) == expected);
        if (full) break;
      }
    }
}

TEST_CASE("stubs are what the solutions leave when their answers are cut out") {
  for (const std::string& folder : folders())
    for (const std::string file : {"exercise.cpp", "answers.txt"}) {
      const std::string solution = folder + "/solution/" + file;
      if (!std::filesystem::exists(solution)) continue;
      CAPTURE(solution);
      static const Folder place;
      const cli::Result r = cli::shell(
          place, "'" + place::build() + "/exercises/gradus_exercise_variant' stub '" + solution + "'");
      CHECK(r.status == 0);
      CHECK(r.out == cli::read(folder + "/" + file));
    }
}

TEST_CASE("every number with a decimal point on an exercise's pages is one that its checks compute") {
  for (const std::string& folder : folders()) {
    std::set<std::string> known;
    for (const Gate& g : gates())
      if (g.id == exercises::id_of(folder) && is(g, "solution"))
        for (const std::string& line : cli::lines(cli::shell(Folder(), "'" + g.program + "' --numbers").out))
          known.insert(line);
    for (const std::string page : {"README.md", "hints.md", "solution/notes.md"}) {
      CAPTURE(folder);
      CAPTURE(page);
      for (const std::string& number : exercises::numbers_of(cli::read(folder + "/" + page))) {
        CAPTURE(number);
        CHECK(known.count(number) == 1);
      }
    }
  }
}

TEST_CASE("every exercise has a page with its title and time, three hints and notes") {
  for (const std::string& folder : folders()) {
    CAPTURE(folder);
    const std::string readme = cli::read(folder + "/README.md"), hints = cli::read(folder + "/hints.md");
    CHECK(readme.rfind("# ", 0) == 0);
    CHECK(readme.find("\nAbout ") != std::string::npos);
    CHECK(readme.find("## Done means") != std::string::npos);
    for (const std::string level : {"## 1\n", "## 2\n", "## 3\n"})
      CHECK(hints.find(level) != std::string::npos);
    CHECK_FALSE(cli::read(folder + "/solution/notes.md").empty());
  }
}
