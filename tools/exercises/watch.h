#pragma once
#include <string>

#include "exercises/keys.h"
#include "exercises/runner.h"

namespace gradus::tools::exercises {

/// Judges an exercise whenever its files change, until q is pressed or the program is ended. It looks at the
/// contents, five times a second: that works on every file system, and for editors that put a new file in the
/// old one's place. A file that is gone is waited for. A pass never moves on by itself.
class Watch {
 public:
  Watch(Runner& runner, const Exercise& exercise, const CheckOptions& options)
      : runner_(runner), options_(options), exercise_(&exercise) {}
  void run();

 private:
  void judge(const Work& work);
  std::optional<Work> settled();  ///< what the files hold, once nobody is in the middle of writing them
  void wait(int milliseconds);
  void obey(char key);
  void say_keys();

  Runner& runner_;
  CheckOptions options_;
  const Exercise* exercise_;
  Keys keys_;
  std::string judged_;  ///< hash of the work that the last verdict is about; "" wants a verdict
  bool full_ = false, missing_ = false, over_ = false;
  char pressed_ = 0;  ///< not obeyed yet
};

}  // namespace gradus::tools::exercises
