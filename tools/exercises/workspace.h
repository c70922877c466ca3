#pragma once
#include <optional>
#include <string>
#include <vector>

namespace gradus::tools::exercises {

/// An exercise is a folder of exercises/. The folders are the registry: their names and their pages say all
/// there is to say.
struct Exercise {
  std::string key;     ///< "5.05": in the folder's name, in the target's exercise_5.05, in the state
  std::string id;      ///< "5.5": what people say
  std::string title;   ///< of its page
  std::string time;    ///< "30 min"; empty when the page does not say
  std::string name;    ///< "5.05-dot-product-attention"
  std::string folder;  ///< where its page, stub, checks and solution are
};

/// What the learner has written.
struct Work {
  std::string code;                    ///< exercise.cpp
  std::optional<std::string> answers;  ///< answers.txt, where the exercise has one
  std::string hash() const;
};

std::string hash_of(const std::string& text);  ///< 16 hexadecimal digits

/// The folders that exercises live in: sources, build folder, and the learner's own, which holds
///   5.05-dot-product-attention/   the learner's copy of exercise.cpp, and of answers.txt
///   state.txt                     what was reached (State)
///   .backup/                      what reset took away
class Workspace {
 public:
  /// `typed`: what this program was called as. Error (input) when the sources or the build folder that it came
  /// from are gone.
  static Workspace open(const std::string& typed);

  const std::string& program() const { return program_; }  ///< for commands that we show, to be copied

  const std::vector<Exercise>& exercises() const { return exercises_; }
  /// By "5.5", "5.05" or "project". Error (usage) otherwise.
  const Exercise& find(const std::string& id) const;

  const std::string& folder() const { return work_; }
  const std::string& source() const { return source_; }
  const std::string& build() const { return build_; }
  std::string folder_of(const Exercise& e) const { return work_ + "/" + e.name; }  ///< the learner's
  std::string file(const Exercise& e, const char* name = "exercise.cpp") const;    ///< of the learner
  std::string checks_hash(const Exercise& e) const;
  bool has_answers(const Exercise& e) const;

  /// Nothing when a file is missing, or is empty as it is for a moment while some editors save.
  std::optional<Work> read(const Exercise& e) const;
  /// Copies what is not there yet, and says which files that were.
  std::vector<std::string> make_copy(const Exercise& e) const;
  bool is_stub(const Exercise& e) const;  ///< untouched, or not begun
  /// Moves the learner's files to a folder of their own below .backup/, which is returned.
  std::string back_up(const Exercise& e) const;

  /// As one would type it here: relative if that does not lead upwards.
  static std::string shown(const std::string& path);
  /// What the compiler is told the learner's file is called; the same wherever the program is started.
  std::string label(const Exercise& e) const;

 private:
  std::string program_, source_, build_, work_;
  std::vector<Exercise> exercises_;
};

std::string quoted(const std::string& word);  ///< as a shell reads it as one word
std::string time_stamp();                     ///< "2026-01-31-18-05-59"

/// Paths as the build knew them.
namespace built_with {
std::string cmake();
std::string compiler();
std::string nm();
}  // namespace built_with

}  // namespace gradus::tools::exercises
