#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "exercises/build.h"
#include "exercises/workspace.h"

namespace gradus::tools::exercises {

/// How a check of an exercise ended.
enum class Outcome {
  passed,
  failed,
  todo,         ///< something is not written yet, and nothing is wrong
  build_error,  ///< it does not compile
  crashed,      ///< or did not come back in time
  interrupted,  ///< `enough` said so
};
std::string word_for(Outcome outcome);  ///< "passed", "failed", ...: the names above

struct CheckResult {
  enum class Kind { none, passed, failed, todo, skipped } kind = Kind::none;
  std::string name, claim;
  std::string cause;    ///< of a failure
  std::string message;  ///< of a failure, several lines; or what is not written
};

struct Verdict {
  Outcome outcome = Outcome::crashed;
  std::uint64_t seed = 0;
  Built built;
  std::vector<CheckResult> checks;  ///< those that began, in order; of an experiment, itself
  int total = 0;                    ///< checks there are, without those that only --full runs
  int unjudged = 0;                 ///< answers that only --full judges
  std::string crash;           ///< "crashed in "..." (segmentation fault)", "no answer after 20 s in ..."
  int signal = 0;              ///< that the crash came with, or 0
  std::string printed;         ///< by the learner's code
  bool no_experiment = false;  ///< there is none to run
  int count(CheckResult::Kind kind) const;
};

struct AttemptOptions {
  std::uint64_t seed = 1;
  bool full = false;
  std::function<bool()> enough = [] { return false; };  ///< true: give up the run
  /// Told what is going on, for a live line; "" when that is to go.
  std::function<void(const std::string&)> progress = [](const std::string&) {};
};

/// Builds what the learner has written and lets the exercise judge it.
Verdict attempt(const Workspace& workspace, const Exercise& exercise, const Work& work,
                const AttemptOptions& options);

/// The exercise's experiment, on our own terminal, without a judgement.
Verdict experiment(const Workspace& workspace, const Exercise& exercise, const Work& work,
                   const AttemptOptions& options);

}  // namespace gradus::tools::exercises
