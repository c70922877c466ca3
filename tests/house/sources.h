#pragma once
#include <filesystem>
#include <string>
#include <vector>

/// The repository as the house rules see it.
namespace house {

/// Every file under `folder` (relative to the repository) whose name ends in one of `endings`, as relative
/// paths in order; build folders, run folders and hidden folders other than .ci are not part of the house.
std::vector<std::string> files(const std::string& folder, const std::vector<std::string>& endings);

std::string read(const std::string& file);
std::vector<std::string> lines(const std::string& file);

/// The names in a file's #include lines, in order: "gradus/base/error.h" and <vector> alike, without quotes
/// or brackets.
std::vector<std::string> includes(const std::string& file);

/// All headers that `header` pulls in: ours by path from the include root, and what else each of those names.
struct Reached {
  std::vector<std::string> ours, others;
};
Reached reach(const std::string& header);

/// Runs a shell command; throws when it cannot be run.
struct Run {
  int status;
  std::string output;  ///< standard output and standard error
  double cpu_seconds;
};
Run run(const std::string& command);

}  // namespace house
