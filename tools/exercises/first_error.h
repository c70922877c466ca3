#pragma once
#include <string>

namespace gradus::tools::exercises {

/// The first thing that a compiler or linker complains about.
struct FirstError {
  bool in_answer = false;    ///< it is the learner's; else the build failed for a reason of its own
  int line = 0, column = 0;  ///< in the learner's file; 0 when it is elsewhere, or nowhere
  std::string message;       ///< without "error:"
  std::string elsewhere;  ///< "predefined_ops.h:45", where the compiler noticed, if not in the learner's file
};

/// Reads what g++, clang and ld print. Of an error inside a template, the line of the learner's file (known as
/// `label`) that led there; the lines between are left out. `output` may hold colours.
FirstError first_error(const std::string& output, const std::string& label);

/// The line of `code`, with its number and a mark below the column, as a compiler shows it.
std::string excerpt(const std::string& code, const FirstError& error);

}  // namespace gradus::tools::exercises
