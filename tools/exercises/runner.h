#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "exercises/state.h"
#include "exercises/verdict.h"
#include "exercises/workspace.h"
#include "terminal.h"

namespace gradus::tools::exercises {

struct CheckOptions {
  bool full = false, json = false, verbose = false;
  std::optional<std::uint64_t> seed;
  std::function<bool()> enough = [] { return false; };
};

/// What a learner can ask for; each says its answer on the terminal and keeps the state.
class Runner {
 public:
  explicit Runner(const std::string& program);  ///< as it was typed

  const Workspace& workspace() const { return workspace_; }
  Terminal& terminal() { return terminal_; }
  const Exercise& find(const std::string& id) const { return workspace_.find(id); }
  /// The one to do: what fails, else the first that waits; with `after`, the next of either. nullptr: none.
  const Exercise* next(const Exercise* after = nullptr) const;
  const Exercise& chosen(const std::string& id) const;  ///< that of this name; of none, the next

  void overview();
  void list();
  /// Judges `work`, which was read just now; unless given, what is in the folder. Missing files are made.
  Outcome check(const Exercise& exercise, const CheckOptions& options, const std::optional<Work>& work = {});
  /// Of what is not begun, only says so. True: all have passed.
  bool check_all(const CheckOptions& options);
  void hint(const Exercise& exercise, std::optional<int> level);
  void solution(const Exercise& exercise, bool give_up);
  void reset(const Exercise& exercise);
  /// In the folder of the learner's files, where what it writes is left.
  Outcome experiment(const Exercise& exercise, std::optional<std::uint64_t> seed, bool verbose);

 private:
  void begin(const Exercise& exercise);
  Work work_of(const Exercise& exercise) const;
  std::function<void(const std::string&)> progress(const Exercise& exercise);  ///< to the live line
  Verdict judge(const Exercise& exercise, const Work& work, const CheckOptions& options);
  void record(const Exercise& exercise, const Work& work, const Verdict& verdict);
  void welcome();
  void say_notice();

  Workspace workspace_;
  State state_{workspace_.folder()};
  Terminal terminal_;
};

}  // namespace gradus::tools::exercises
