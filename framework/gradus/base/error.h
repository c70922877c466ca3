#pragma once
#include <exception>
#include <string>

namespace gradus {

/// What a failure means to the program that meets it; the value is the process's exit code.
enum class Kind : int {
  check = 1,      ///< a check did not hold (gradcheck, an exercise)
  usage = 2,      ///< a call or a command line that cannot be right: shapes, types, flags
  input = 3,      ///< a file or a text that is not what it claims to be
  resources = 4,  ///< memory, disk, threads
  numerical = 5,  ///< NaN or infinity where a number was needed
  internal = 70,  ///< a bug of ours
};

/// The one exception Gradus throws. what() is the whole message: what failed, why, the operands, what to try.
class Error : public std::exception {
 public:
  Error(Kind kind, std::string message) : kind_(kind), message_(static_cast<std::string&&>(message)) {}
  const char* what() const noexcept override { return message_.c_str(); }
  Kind kind() const noexcept { return kind_; }

 private:
  Kind kind_;
  std::string message_;
};

[[noreturn]] void fail(Kind kind, std::string message);
[[noreturn]] inline void fail(std::string message) { fail(Kind::usage, static_cast<std::string&&>(message)); }

}  // namespace gradus
