#pragma once
#include <doctest/doctest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "folder.h"
#include "gradus/base/error.h"
#include "reference/expect.h"

/// A folder, with what tests of files do in it.
class Scratch : public Folder {
 public:
  std::string path(const std::string& name) const { return *this / name; }
  std::string file(const std::string& bytes) const {  ///< the path of a file with these bytes
    std::ofstream(path("file"), std::ios::binary) << bytes;
    return path("file");
  }
  auto files() const {
    return std::distance(std::filesystem::directory_iterator(Folder::path()),
                         std::filesystem::directory_iterator());
  }
};

inline std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A value as it lies in memory.
template <class T> std::string raw(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

/// The message of the error that f throws, which must be of this kind; "" when it throws none.
template <class F> std::string message(gradus::Kind kind, const F& f) {
  try {
    f();
  } catch (const gradus::Error& e) {
    CHECK(e.kind() == kind);
    return e.what();
  }
  return "";
}
