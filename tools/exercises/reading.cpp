#include "exercises/reading.h"

#include <cctype>
#include <sstream>

#include "exercises/child.h"
#include "terminal.h"

namespace gradus::tools::exercises {
namespace {

/// Begins a line of its own: an item of a list, a table, a formula.
bool stands_alone(const std::string& line) {
  const bool item = line.size() > 1 && std::isdigit(static_cast<unsigned char>(line[0])) && line[1] == '.';
  return line.empty() || item || std::string(" -*|#").find(line[0]) != std::string::npos;
}

}  // namespace

std::vector<std::string> hints_in(const std::string& page) {
  std::vector<std::string> all;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("## "))
      all.emplace_back();
    else if (!all.empty())
      all.back() += line + "\n";
  }
  return all;
}

std::string readable(const std::string& page) {
  std::string joined;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    const bool goes_on = !joined.empty() && joined.back() != '\n' && !stands_alone(line);
    joined += (goes_on ? " " : joined.empty() ? "" : "\n") + line;
    if (line.empty() || line[0] == ' ') joined += joined.ends_with('\n') ? "" : "\n";
  }
  std::string text;  // at most one empty line between two others, and none at the ends
  std::istringstream broken(indented(joined));
  bool gap = false;
  for (std::string line; std::getline(broken, line);) {
    if (line.empty()) {
      gap = !text.empty();
      continue;
    }
    text += (text.empty() ? "" : gap ? "\n\n" : "\n") + line;
    gap = false;
  }
  return text;
}

std::string without_marks(const std::string& solution) {
  std::string text;
  std::istringstream lines(solution);
  for (std::string line; std::getline(lines, line);)
    if (line.find("// <answer>") == std::string::npos && line.find("// </answer>") == std::string::npos)
      text += line + "\n";
  return text;
}

std::string difference(const std::string& yours, const std::string& ours, const std::string& name_of_yours,
                       const std::string& name_of_ours) {
  Command diff;
  diff.words = {"/usr/bin/diff", "-u", "--label", name_of_yours, "--label", name_of_ours, yours, ours};
  return run(diff).output;
}

}  // namespace gradus::tools::exercises
