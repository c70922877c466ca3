#include "exercises/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <sstream>
#include <utility>

#include "exercises/lock.h"
#include "exercises/workspace.h"
#include "gradus/base/error.h"
#include "gradus/base/os.h"

namespace gradus::tools::exercises {
namespace fs = std::filesystem;
namespace {

constexpr const char* first_line = "gradus exercises 1";
constexpr std::array<const char*, 4> names = {"todo", "failing", "done", "seen"};

template <class T> bool parse(const std::string& text, T& number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end;
}

std::optional<std::pair<std::string, Progress>> entry(const std::string& line) {
  std::istringstream words(line);
  std::string key, status, hints, seed, more;
  Progress p;
  if (!(words >> key >> status >> p.work >> p.checks >> hints >> seed) || words >> more) return {};
  const auto* const name = std::find(names.begin(), names.end(), status);
  if (name == names.end() || !parse(hints, p.hints) || p.hints < 0) return {};
  p.status = static_cast<Status>(name - names.begin());
  if (std::uint64_t number = 0; parse(seed, number))
    p.seed = number;
  else if (seed != "-")
    return {};
  return std::pair(key, p);
}

std::string line_of(const std::string& key, const Progress& p) {
  return fmt::format("{} {} {} {} {} {}\n", key, names[static_cast<std::size_t>(p.status)], p.work, p.checks,
                     p.hints, p.seed ? std::to_string(*p.seed) : "-");
}

}  // namespace

State::State(std::string folder) : folder_(std::move(folder)) { load(); }

bool State::exists() const { return fs::exists(folder_ + "/state.txt"); }

void State::load() {
  entries_.clear();
  unknown_.clear();
  if (!exists()) return;
  const std::string file = folder_ + "/state.txt";
  std::istringstream lines(os::read_file(file));
  std::string line;
  std::getline(lines, line);
  if (line != first_line) {
    const std::string aside = fmt::format("{}/.backup/state-{}.txt", folder_, time_stamp());
    os::make_folder(folder_ + "/.backup");
    fs::rename(file, aside);
    notice_ = fmt::format(
        "{} was damaged, or is of another version: it now lies in {}, and a fresh one is begun. Your "
        "exercises are untouched.",
        file, aside);
    return;
  }
  while (std::getline(lines, line)) {
    if (line.empty()) continue;
    if (auto known = entry(line))
      entries_[known->first] = known->second;
    else
      unknown_.push_back(line);
  }
}

Progress State::of(const std::string& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? Progress() : found->second;
}

void State::change(const std::string& key, const std::function<void(Progress&)>& edit) {
  os::make_folder(folder_);
  const Lock lock(folder_ + "/.lock");
  load();
  edit(entries_[key]);
  std::string text = std::string(first_line) + "\n";
  for (const auto& [name, progress] : entries_) text += line_of(name, progress);
  for (const std::string& line : unknown_) text += line + "\n";
  os::write_file(folder_ + "/state.txt", text);
}

std::string State::take_notice() { return std::exchange(notice_, {}); }

}  // namespace gradus::tools::exercises
