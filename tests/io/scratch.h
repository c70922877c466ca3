#pragma once
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "gradus/base/error.h"

/// An empty folder that goes away with its test.
class Scratch {
 public:
  Scratch() : folder_(std::filesystem::temp_directory_path() / ("gradus_io_" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~Scratch() { std::filesystem::remove_all(folder_); }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string file(const std::string& bytes) const {  ///< the path of a file with these bytes
    std::ofstream(path("file"), std::ios::binary) << bytes;
    return path("file");
  }
  auto files() const {
    return std::distance(std::filesystem::directory_iterator(folder_), std::filesystem::directory_iterator());
  }

 private:
  std::filesystem::path folder_;
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

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
