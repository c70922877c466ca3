// Code in a page goes stale unless something runs it. Above each fenced block that has a language, an HTML
// comment names the file that it comes from, and that file is built or run by a test:
//
//   <!-- models/attention_lm.cpp -->
//       cpp, cmake: the block's lines stand in the file, one after the other; a line of the block that
//       holds only "// ..." or "# ..." stands for lines left out
//   <!-- tests/readme/commands.sh -->
//       sh, console: the file runs each command in this order, perhaps with more options; in a console
//       block a command follows "$ ", the rest is what it prints
//
// A block whose language is "text" or "diff", or that has none, is not run.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "gradus/base/version.h"
#include "house/sources.h"
#include "place.h"

namespace {

struct Block {
  std::string page, language, origin;
  int line;
  std::vector<std::string> lines;
};

std::string trimmed(const std::string& s) {
  const std::size_t begin = s.find_first_not_of(" \t"), end = s.find_last_not_of(" \t");
  return begin == std::string::npos ? "" : s.substr(begin, end - begin + 1);
}

std::vector<Block> blocks_of(const std::string& page) {
  std::vector<Block> blocks;
  std::string last_text;
  bool inside = false;
  int number = 0;
  for (const std::string& line : house::lines(page)) {
    ++number;
    const std::string text = trimmed(line);
    if (text.starts_with("```")) {
      inside = !inside;
      if (!inside) continue;
      std::string origin;
      if (last_text.starts_with("<!--") && last_text.ends_with("-->"))
        origin = trimmed(last_text.substr(4, last_text.size() - 7));
      blocks.push_back({page, text.substr(3), origin, number, {}});
    } else if (inside) {
      blocks.back().lines.push_back(line);
    } else if (!text.empty()) {
      last_text = text;
    }
  }
  return blocks;
}

bool is_gap(const std::string& line) {
  const std::string text = trimmed(line);
  return text == "// ..." || text == "# ...";
}

/// The first line of `block` that does not follow the line before it in `file`, or "". Indentation does not
/// count.
std::string first_stray_line(const std::vector<std::string>& block, const std::vector<std::string>& file) {
  std::size_t at = 0;
  for (std::size_t begin = 0; begin < block.size();) {
    std::size_t end = begin, best = 0;
    while (end < block.size() && !is_gap(block[end])) ++end;
    bool found = begin == end;
    for (std::size_t start = at; start < file.size() && !found; ++start) {
      std::size_t same = 0;
      while (begin + same < end && start + same < file.size() &&
             trimmed(block[begin + same]) == trimmed(file[start + same]))
        ++same;
      best = std::max(best, same);
      found = begin + same == end;
      if (found) at = start + same;
    }
    if (!found) return trimmed(block[begin + best]).empty() ? "(an empty line)" : block[begin + best];
    begin = end + 1;
  }
  return "";
}

/// The first command of `block` that `file` does not run after the one before it, or "".
std::string first_stray_command(const Block& block, const std::vector<std::string>& file) {
  std::size_t at = 0;
  for (const std::string& line : block.lines) {
    if (block.language == "console" && !line.starts_with("$ ")) continue;
    std::string command = trimmed(block.language == "console" ? line.substr(2) : line);
    command = trimmed(command.substr(0, std::min(command.find(" #"), command.size())));
    if (command.empty() || command.starts_with("#")) continue;
    const auto runs = [&](const std::string& candidate) {
      const std::string text = trimmed(candidate);
      return text == command || text.starts_with(command + " ");
    };
    const auto found = std::find_if(file.begin() + static_cast<std::ptrdiff_t>(at), file.end(), runs);
    if (found == file.end()) return line;
    at = static_cast<std::size_t>(found - file.begin()) + 1;
  }
  return "";
}

/// What the build compiles, and the scripts and projects that CTest or CI runs.
bool is_run_by_a_test(const std::string& file) {
  const bool compiled = file.ends_with(".cpp") || file.ends_with(".h");
  if (compiled)
    for (const char* folder : {"models/", "framework/", "tests/", "tools/", "exercises/"})
      if (file.starts_with(folder)) return true;
  return file == ".ci/run" || file.starts_with("tests/readme/") || file.starts_with("tests/package/");
}

}  // namespace

TEST_CASE("every block of code in a page comes from a file that is built or run by a test") {
  int checked = 0;
  for (const std::string& page : house::files(".", {".md"}))
    for (const Block& block : blocks_of(page)) {
      if (block.language.empty() || block.language == "text" || block.language == "diff") continue;
      INFO(page, ":", block.line, ": a block of ", block.language, " from '", block.origin, "'");
      ++checked;
      if (block.origin.empty() || !std::filesystem::exists(place::source() + "/" + block.origin)) {
        CHECK_MESSAGE(false, "wants <!-- FILE --> above it, naming the file it comes from");
        continue;
      }
      CHECK_MESSAGE(is_run_by_a_test(block.origin), "no test builds or runs this file");
      const std::vector<std::string> file = house::lines(block.origin);
      const bool shell = block.language == "sh" || block.language == "console" || block.language == "bash";
      const std::string stray =
          shell ? first_stray_command(block, file) : first_stray_line(block.lines, file);
      CHECK_MESSAGE(stray.empty(), "the file does not go on with: ", stray);
    }
  CHECK(checked > 0);
}

TEST_CASE("the check of pages sees what is wrong with a block") {
  const std::vector<std::string> file = {"int a;", "  int b;", "int c;", "int d;"};
  CHECK(first_stray_line({"int a;", "int b;"}, file) == "");
  CHECK(first_stray_line({"int b;", "// ...", "int d;"}, file) == "");
  CHECK(first_stray_line({"int a;", "int c;"}, file) == "int c;");
  CHECK(first_stray_line({"int d;", "// ...", "int a;"}, file) == "int a;");
  CHECK(first_stray_line({"int a;", "", "int b;"}, file) == "(an empty line)");
  const std::vector<std::string> script = {"tools/test --browser", "gradus info", "gradus train --steps 3"};
  auto stray = [&](const char* language, std::vector<std::string> lines) {
    return first_stray_command({"page", language, "origin", 1, std::move(lines)}, script);
  };
  CHECK(stray("sh", {"tools/test   # every test", "", "gradus train"}) == "");
  CHECK(stray("sh", {"gradus train", "gradus info"}) == "gradus info");
  CHECK(stray("sh", {"gradus inf"}) == "gradus inf");
  CHECK(stray("console", {"$ gradus info", "whatever it prints"}) == "");
  CHECK(stray("console", {"$ gradus export"}) == "$ gradus export");
}

TEST_CASE("the change log tells what this version changed") {
  REQUIRE(std::filesystem::exists(place::source() + "/CHANGELOG.md"));
  CHECK(house::read("CHANGELOG.md").find("## " + std::string(gradus::version)) != std::string::npos);
}
