#pragma once
#include <functional>
#include <string>
#include <vector>

#include "exercises/first_error.h"
#include "exercises/workspace.h"

namespace gradus::tools::exercises {

struct Built {
  bool ok = false;
  std::string output;                 ///< of the whole build
  FirstError error;                   ///< when not ok
  std::vector<std::string> spoilers;  ///< closed book: what the answer may not call, and calls
  std::string program;                ///< that checks the answer
};

/// Puts the learner's file into the build folder and builds the program that checks it. `progress` is told
/// what the build tool is at.
Built build(const Workspace& workspace, const Exercise& exercise, const Work& work,
            const std::function<void(const std::string&)>& progress);

}  // namespace gradus::tools::exercises
