#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "exercises/build.h"
#include "exercises/workspace.h"

namespace gradus::tools::exercises {

/// How a check of an exercise ended; the value is the exit code.
enum class Outcome {
  passed = 0,
  failed = 1,
  not_written = 2,
  not_built = 3,    ///< it does not compile
  broken = 4,       ///< it crashed, or did not come back in time
  interrupted = 5,  ///< `enough` said so; never an exit code
};
std::string word_for(Outcome outcome);  ///< "pass", "fail", "not written", "build error", "crash"

struct CheckResult {
  enum class Kind { none, passed, failed, not_written, skipped } kind = Kind::none;
  std::string name, claim;
  std::string cause;    ///< of a failure
  std::string message;  ///< of a failure, several lines; or what is not written
};

struct Verdict {
  Outcome outcome = Outcome::broken;
  std::uint64_t seed = 0;
  Built built;
  std::vector<CheckResult> checks;  ///< those that began, in order
  int total = 0;                    ///< checks there are
  std::string crash;           ///< "crashed in "..." (segmentation fault)", "no answer after 20 s in ..."
  std::string printed;         ///< by the learner's code
  bool no_experiment = false;  ///< there is none to run
  int count(CheckResult::Kind kind) const;
};

struct TrialOptions {
  std::uint64_t seed = 1;
  bool full = false;
  std::function<bool()> enough = [] { return false; };  ///< true: give up the run
  std::function<void(const std::string&)> progress = [](const auto&) {
  };  ///< what is going on, for a live line
};

/// Builds what the learner has written and lets the exercise judge it.
Verdict attempt(const Workspace& workspace, const Exercise& exercise, const Work& work,
                const TrialOptions& options);

/// The exercise's experiment, on our own terminal, without a judgement.
Verdict experiment(const Workspace& workspace, const Exercise& exercise, const Work& work,
                   const TrialOptions& options);

}  // namespace gradus::tools::exercises
