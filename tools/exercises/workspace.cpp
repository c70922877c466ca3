#include "exercises/workspace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <regex>

#include "fingerprint.h"
#include "gradus/base/error.h"
#include "gradus/base/os.h"

namespace gradus::tools::exercises {
namespace fs = std::filesystem;
namespace {

constexpr const char* learner_files[] = {"exercise.cpp", "answers.txt"};

/// "# 5.5 Dot-product attention", "About 30 minutes. ..."
Exercise exercise_in(const fs::path& folder) {
  Exercise e;
  e.folder = folder.string();
  e.name = folder.filename().string();
  e.key = e.name.substr(0, e.name.find('-'));
  e.id = std::regex_replace(e.key, std::regex("\\.0+(?=[1-9])"), ".");
  const std::string page = os::read_file(e.folder + "/README.md");
  std::smatch found;
  if (std::regex_search(page, found, std::regex("(?:^|\n)# +(?:[0-9.]+ +)?([^\n]+)"))) e.title = found[1];
  if (std::regex_search(page, found, std::regex("\nAbout (?:(\\d+) minutes|([^.\n]+))")))
    e.time = found[1].matched ? found[1].str() + " min" : found[2].str();
  return e;
}

void need(bool there, const std::string& what) {
  if (there) return;
  fail(Kind::input,
       fmt::format(
           "exercise: {}.\n"
           "  Exercises are compiled against the sources of Gradus, in the folder where this program was "
           "built.\n"
           "  Clone its repository, and there: tools/start, then build/gradus exercise",
           what));
}

void copy(const std::string& from, const std::string& to) { os::write_file(to, os::read_file(from)); }

}  // namespace

std::string hash_of(const std::string& text) { return fmt::format("{:016x}", fingerprint(text)); }

std::string Work::hash() const { return hash_of(code + '\0' + answers.value_or("")); }

Workspace Workspace::open(const std::string& typed) {
  Workspace w;
  w.program_ = quoted(typed.empty() ? "gradus" : typed);
  w.source_ = GRADUS_SOURCE_FOLDER;
  w.build_ = GRADUS_BUILD_FOLDER;
  need(fs::is_directory(w.source_ + "/exercises"), "there are no exercises in " + w.source_);
  need(fs::exists(w.build_ + "/CMakeCache.txt"), w.build_ + " is no build folder any more");

  const char* elsewhere = std::getenv("GRADUS_WORK");
  w.work_ = elsewhere && *elsewhere ? fs::absolute(elsewhere).lexically_normal().string()
                                    : w.source_ + "/exercises/work";
  if (w.work_.ends_with('/')) w.work_.pop_back();

  for (const auto& entry : fs::directory_iterator(w.source_ + "/exercises"))
    if (fs::exists(entry.path() / "exercise.cpp") && fs::exists(entry.path() / "README.md"))
      w.exercises_.push_back(exercise_in(entry.path()));
  std::sort(w.exercises_.begin(), w.exercises_.end(),
            [](const Exercise& a, const Exercise& b) { return a.name < b.name; });
  need(!w.exercises_.empty(), "there are no exercises in " + w.source_ + "/exercises");
  return w;
}

const Exercise& Workspace::find(const std::string& id) const {
  std::string known;
  for (const Exercise& e : exercises_) {
    if (id == e.key || id == e.id || id == e.name) return e;
    known += " " + e.id;
  }
  fail(fmt::format("exercise: there is no exercise \"{}\". There are:{}", id, known));
}

std::string Workspace::file(const Exercise& e, const char* name) const { return folder_of(e) + "/" + name; }

std::string Workspace::checks_hash(const Exercise& e) const {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(e.folder)) {
    const fs::path& path = entry.path();
    if (path.filename() != "exercise.cpp" && (path.extension() == ".cpp" || path.extension() == ".h"))
      files.push_back(path.string());
  }
  std::sort(files.begin(), files.end());
  std::string all;
  for (const std::string& path : files) all += os::read_file(path);
  return hash_of(all);
}

bool Workspace::has_answers(const Exercise& e) const { return fs::exists(e.folder + "/answers.txt"); }

std::optional<Work> Workspace::read(const Exercise& e) const {
  const auto text = [&](const char* name) -> std::optional<std::string> {
    try {
      std::string all = os::read_file(file(e, name));
      if (!all.empty()) return all;
    } catch (const Error&) {}  // a moment ago it was there
    return {};
  };
  Work work;
  const auto code = text("exercise.cpp");
  if (!code) return {};
  work.code = *code;
  if (has_answers(e) && !(work.answers = text("answers.txt"))) return {};
  return work;
}

std::vector<std::string> Workspace::make_copy(const Exercise& e) const {
  std::vector<std::string> made;
  for (const char* name : learner_files) {
    const std::string from = e.folder + "/" + name, to = file(e, name);
    if (!fs::exists(from) || fs::exists(to)) continue;
    os::make_folder(folder_of(e));
    copy(from, to);
    made.emplace_back(name);
  }
  // For editors that ask clangd: how the folder's files are compiled.
  if (!made.empty())
    os::write_file(file(e, "compile_flags.txt"),
                   fmt::format("-std=c++20\n-I{0}\n-I{0}/framework\n-I{1}\n", source_, e.folder));
  return made;
}

bool Workspace::is_stub(const Exercise& e) const {
  for (const char* name : learner_files) {
    const std::string from = e.folder + "/" + name, to = file(e, name);
    if (fs::exists(from) && fs::exists(to) && os::read_file(from) != os::read_file(to)) return false;
  }
  return true;
}

std::string Workspace::back_up(const Exercise& e) const {
  const std::string first = fmt::format("{}/.backup/{}-{}", work_, e.key, time_stamp());
  std::string folder = first;
  for (int n = 2; fs::exists(folder); ++n) folder = fmt::format("{}-{}", first, n);
  os::make_folder(folder);
  for (const char* name : learner_files)
    if (fs::exists(file(e, name))) copy(file(e, name), folder + "/" + name);
  // Only when all of them are safe does one go.
  for (const char* name : learner_files) fs::remove(file(e, name));
  return folder;
}

std::string Workspace::shown(const std::string& path) {
  const fs::path here = fs::path(path).lexically_relative(fs::current_path());
  return here.empty() || *here.begin() == ".." ? path : here.string();
}

std::string quoted(const std::string& word) {
  const auto plain = [](unsigned char c) { return std::isalnum(c) || std::strchr("_-./+,:=@%", c); };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return word;
  return "'" + std::regex_replace(word, std::regex("'"), R"('\'')") + "'";
}

std::string Workspace::label(const Exercise& e) const {
  const std::string path = file(e);
  return path.starts_with(source_ + "/") ? path.substr(source_.size() + 1) : path;
}

std::string time_stamp() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d-%H-%M-%S", &local);
  return text;
}

std::string built_with::cmake() { return GRADUS_CMAKE; }
std::string built_with::compiler() { return GRADUS_COMPILER; }
std::string built_with::nm() { return GRADUS_NM; }

}  // namespace gradus::tools::exercises
