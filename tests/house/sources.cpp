#include "house/sources.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "place.h"

namespace house {
namespace fs = std::filesystem;
namespace {

bool skipped(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return name.starts_with("build") || name == "runs" || name == "work" ||
         (name.starts_with(".") && name != ".ci");
}

double children_cpu() {
  rusage use{};
  getrusage(RUSAGE_CHILDREN, &use);
  auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

}  // namespace

std::vector<std::string> files(const std::string& folder, const std::vector<std::string>& endings) {
  const fs::path root = place::source();
  std::vector<std::string> found;
  for (auto at = fs::recursive_directory_iterator(root / folder); at != fs::end(at); ++at) {
    if (at->is_directory()) {
      if (skipped(at->path())) at.disable_recursion_pending();
      continue;
    }
    const std::string name = fs::relative(at->path(), root).string();
    if (std::any_of(endings.begin(), endings.end(), [&](const std::string& e) { return name.ends_with(e); }))
      found.push_back(name);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string read(const std::string& file) {
  std::ifstream in(fs::path(place::source()) / file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> lines(const std::string& file) {
  std::vector<std::string> result;
  const std::string text = read(file);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    result.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return result;
}

std::vector<std::string> includes(const std::string& file) {
  std::vector<std::string> names;
  for (const std::string& line : lines(file)) {
    const std::size_t begin = line.find_first_of("<\"");
    if (!line.starts_with("#include") || begin == std::string::npos) continue;
    names.push_back(line.substr(begin + 1, line.find_first_of(">\"", begin + 1) - begin - 1));
  }
  return names;
}

Reached reach(const std::string& header) {
  Reached reached{{header}, {}};
  for (std::size_t i = 0; i < reached.ours.size(); ++i)
    for (const std::string& name : includes("framework/" + reached.ours[i])) {
      auto& list = name.starts_with("gradus/") ? reached.ours : reached.others;
      if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
    }
  return reached;
}

Run run(const std::string& command) {
  const double before = children_cpu();
  FILE* pipe = popen(("( " + command + " ) 2>&1").c_str(), "r");
  if (!pipe) throw std::runtime_error("cannot run " + command);
  Run result{};
  std::array<char, 4096> block;
  for (std::size_t n; (n = fread(block.data(), 1, block.size(), pipe)) > 0;)
    result.output.append(block.data(), n);
  const int status = pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.cpu_seconds = children_cpu() - before;
  return result;
}

}  // namespace house
