#pragma once
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

/// An empty folder of a test's own, gone when the test ends. Its path holds a space, as a user's may.
class Folder {
 public:
  Folder() : path_((std::filesystem::temp_directory_path() / "gradus test XXXXXX").string()) {
    if (!mkdtemp(path_.data())) throw std::runtime_error("cannot make a temporary folder");
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};
