// A folder of the framework includes itself and the folders above it, nothing else; and who knows one path
// knows three.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "house/sources.h"
#include "place.h"

namespace {

const std::vector<std::string> staircase = {"base", "kernels", "tensor", "autograd", "ops",
                                            "nn",   "optim",   "data",   "io"};

/// "framework/gradus/ops/softmax.h" or "gradus/ops/softmax.h" -> 4; gradus.h itself -> one below the last;
/// else -1.
int stair(const std::string& path) {
  const std::size_t begin = path.find("gradus/") + 7, end = path.find('/', begin);
  if (end == std::string::npos) return static_cast<int>(staircase.size());
  const auto at = std::find(staircase.begin(), staircase.end(), path.substr(begin, end - begin));
  return at == staircase.end() ? -1 : static_cast<int>(at - staircase.begin());
}

}  // namespace

TEST_CASE("a folder of the framework includes only itself and the folders above it") {
  const std::vector<std::string> sources = house::files("framework", {".h", ".cpp"});
  REQUIRE(sources.size() > 20);
  for (const std::string& file : sources) {
    INFO(file);
    CHECK(stair(file) >= 0);
    for (const std::string& name : house::includes(file)) {
      if (!name.starts_with("gradus/")) continue;
      INFO("includes ", name);
      CHECK(stair(name) >= 0);
      CHECK(stair(name) <= stair(file));
    }
  }
}

TEST_CASE("gradus.h is for users: no file of the framework includes it") {
  for (const std::string& file : house::files("framework", {".h", ".cpp"})) {
    const auto names = house::includes(file);
    INFO(file);
    CHECK(std::find(names.begin(), names.end(), "gradus/gradus.h") == names.end());
  }
}

TEST_CASE("models are built from the public header alone") {
  for (const std::string& file : house::files("models", {".h", ".cpp"}))
    for (const std::string& name : house::includes(file)) {
      if (!name.starts_with("gradus/")) continue;
      INFO(file);
      CHECK(name == "gradus/gradus.h");
    }
}

TEST_CASE("every kernel is tested by the file of its name") {
  int kernels = 0;
  for (const std::string& file : house::files("framework/gradus/kernels", {".cpp"})) {
    const std::string name = std::filesystem::path(file).stem().string();
    // attention_backward.cpp is a part of attention.h
    if (!std::filesystem::exists(place::source() + "/framework/gradus/kernels/" + name + ".h")) continue;
    INFO(file, " wants tests/kernels/", name, "_test.cpp");
    CHECK(std::filesystem::exists(place::source() + "/tests/kernels/" + name + "_test.cpp"));
    ++kernels;
  }
  CHECK(kernels > 0);
}

TEST_CASE("test cases stand in files that CTest runs") {
  for (const std::string& file : house::files("tests", {".h", ".cpp"})) {
    if (file.ends_with("_test.cpp")) continue;
    INFO(file);
    for (const std::string& line : house::lines(file))
      CHECK_FALSE(
          line.starts_with("TEST_"
                           "CASE"));
  }
}
