#include "exercises/pages.h"

#include <sstream>

#include "exercises/child.h"

namespace gradus::tools::exercises {
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
