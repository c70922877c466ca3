#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace gradus::tools::exercises {

/// A program to run, without a shell.
struct Command {
  std::vector<std::string> words;
  std::vector<std::pair<std::string, std::string>> environment;  ///< on top of ours
  std::string folder;                                            ///< that it runs in; unless given, ours
  double seconds = 0;                                            ///< limit; 0: none
  bool capture = true;  ///< what it prints is kept, and it reads nothing; else it has our own terminal
  /// No more memory than there is: code that goes wild ends with bad_alloc, not the machine.
  bool confined = false;
  /// Each line of what it prints, and of what it writes to descriptor 3, as they come.
  std::function<void(const std::string&)> on_line = {}, on_event = {};
  /// Asked some 20 times a second; true ends the program.
  std::function<bool()> enough = {};
};

struct Finished {
  int status = 0;  ///< exit code
  int signal = 0;  ///< that killed it, or 0
  bool timed_out = false, stopped = false;
  std::string output;  ///< standard output and error, in order; of very much, beginning and end
};

/// Runs it to its end. No core dump is left. It dies with us. Error (resources) when it cannot be started.
Finished run(const Command& command);

}  // namespace gradus::tools::exercises
