#pragma once
#include <string>

namespace gradus::tools::exercises {

/// Waits until no other process holds the lock of this file; held while the object lives. `watch` in one window
/// and `check` in another share a build folder and a state.
class Lock {
 public:
  explicit Lock(const std::string& file);
  ~Lock();
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  int descriptor_;
};

}  // namespace gradus::tools::exercises
