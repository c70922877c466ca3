#include "exercises/build.h"

#include <fmt/format.h>

#include <filesystem>
#include <sstream>

#include "exercises/child.h"
#include "exercises/closed_book.h"
#include "gradus/base/os.h"

namespace gradus::tools::exercises {
namespace fs = std::filesystem;
namespace {

std::string text_of(const std::string& path) {
  return fs::exists(path) ? os::read_file(path) : std::string();
}

/// The learner's file, under the name that its owner knows. An unchanged one keeps its time, so that nothing
/// is compiled.
void put_in_place(const std::string& place, const std::string& label, const std::string& code) {
  std::string name;
  for (const char c : label) name += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  const std::string text = fmt::format("#line 1 \"{}\"\n{}", name, code);
  if (text_of(place) == text) return;
  os::make_folder(fs::path(place).parent_path().string());
  os::write_file(place, text);
}

}  // namespace

Built build(const Workspace& workspace, const Exercise& exercise, const Work& work,
            const std::function<void(const std::string&)>& progress) {
  const std::string made = workspace.build() + "/exercises/" + exercise.key;
  put_in_place(made + "/learner/exercise.cpp", workspace.label(exercise), work.code);

  Command command;
  command.words = {built_with::cmake(),
                   "--build",
                   workspace.build(),
                   "--target",
                   "exercise_" + exercise.key,
                   "--parallel",
                   std::to_string(os::usable_cpus())};
  command.environment = {{"LC_ALL", "C"}};  // errors are read here: in English, with plain quotes
  command.on_line = [&](const std::string& line) {
    if (line.starts_with("[")) progress(line.substr(0, line.find(']') + 1));
  };
  const Finished finished = run(command);

  Built built;
  built.output = finished.output;
  built.ok = finished.status == 0 && finished.signal == 0;
  if (!built.ok) {
    built.error = first_error(finished.output, workspace.label(exercise));
    return built;
  }
  // Written by exercises/CMakeLists.txt: the program, then its object file.
  std::istringstream paths(os::read_file(made + "/attempt.txt"));
  std::string object;
  std::getline(paths, built.program);
  std::getline(paths, object);
  built.spoilers = spoilers(object, text_of(exercise.folder + "/closed_book.txt"));
  return built;
}

}  // namespace gradus::tools::exercises
