#pragma once
#include <string>

#include "exercises/state.h"
#include "exercises/verdict.h"
#include "exercises/workspace.h"
#include "terminal.h"

namespace gradus::tools::exercises {

/// The whole verdict: a headline, one failure in full, the rest in a line. `verbose`: every check, and
/// everything that the compiler said.
void report(Terminal& terminal, const Workspace& workspace, const Exercise& exercise, const Work& work,
            const Verdict& verdict, bool verbose);

/// "5.5   Dot-product attention              4 of 9 checks pass"
std::string headline(const Terminal& terminal, const Exercise& exercise, const Verdict& verdict);

/// The verdict as one line of JSON.
std::string json_line(const Workspace& workspace, const Exercise& exercise, const Verdict& verdict);

/// "todo", "done, edited since", ...
std::string status_text(const Workspace& workspace, const Exercise& exercise, const Progress& progress);

/// Why the numbers of an experiment may be wrong, from what the state knows of the check; "": no reason.
std::string doubts(const Workspace& workspace, const Exercise& exercise, const Progress& progress,
                   const Work& work);

}  // namespace gradus::tools::exercises
