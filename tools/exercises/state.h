#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gradus::tools::exercises {

enum class Status {
  todo,     ///< never passed, never failed
  failing,  ///< checked: it is wrong, crashes, or does not compile
  done,     ///< passed once; it stays so, and the hashes tell what has changed since
  seen,     ///< gave up, and looked at the solution
};

struct Progress {
  Status status = Status::todo;
  /// Hashes of the learner's files and of the checks, at the last verdict.
  std::string work = "-", checks = "-";
  int hints = 0;                      ///< how many were shown
  std::optional<std::uint64_t> seed;  ///< of the inputs that failed: kept until they pass
};

/// What the learner has reached, in WORK/state.txt:
///   gradus exercises 1
///   KEY STATUS WORK CHECKS HINTS SEED      a line for each exercise, "-" where there is nothing to say
/// Lines that are not understood are kept as they are. A file that does not begin so is put aside.
class State {
 public:
  explicit State(std::string folder);

  Progress of(const std::string& key) const;
  /// Reads the file again, changes this entry, and writes the file whole, or not at all.
  void change(const std::string& key, const std::function<void(Progress&)>& edit);

  bool exists() const;
  /// What was wrong with the file, if anything was; said once.
  std::string take_notice();

 private:
  void load();

  std::string folder_, notice_;
  std::map<std::string, Progress> entries_;
  std::vector<std::string> unknown_;
};

}  // namespace gradus::tools::exercises
