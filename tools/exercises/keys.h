#pragma once

namespace gradus::tools::exercises {

/// Single keys from a terminal, without Enter and without echo, while the object lives. One at a time.
class Keys {
 public:
  Keys();  ///< nothing happens unless standard input and output are a terminal
  ~Keys();
  Keys(const Keys&) = delete;
  Keys& operator=(const Keys&) = delete;

  bool active() const { return active_; }
  /// Waits so long at most. 0: no key; 'q' too when the terminal is gone.
  char next(int milliseconds);

 private:
  bool active_ = false;
};

}  // namespace gradus::tools::exercises
