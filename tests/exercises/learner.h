#pragma once
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

#include "command.h"
#include "place.h"

namespace exercises {

/// A learner: a work folder of their own, and the program.
class Learner : public Folder {
 public:
  const std::string name = "5.05-dot-product-attention";
  const std::string ours = place::source() + "/exercises/" + name;

  /// What a shell needs to run the program for this learner. A crash is to be a crash under a sanitizer, too.
  std::string command(const std::string& arguments) const {
    return "GRADUS_WORK='" + path() + "/work' ASAN_OPTIONS=handle_segv=0 GRADUS_EXERCISE_SECONDS=" + seconds +
           " '" + place::program() + "' exercise " + arguments;
  }
  cli::Result run(const std::string& arguments) const { return cli::shell(*this, command(arguments)); }

  std::string file() const { return *this / ("work/" + name + "/exercise.cpp"); }
  void write(const std::string& code) const { cli::write(file(), code); }

  std::string stub() const { return cli::read(ours + "/exercise.cpp"); }
  std::string solution() const { return cli::read(ours + "/solution/exercise.cpp"); }
  /// The solution with its first `from` replaced.
  std::string with(const std::string& from, const std::string& to) const {
    std::string code = solution();
    const std::size_t at = code.find(from);
    if (at == std::string::npos) throw std::runtime_error("the solution does not say " + from);
    return code.replace(at, from.size(), to);
  }

  std::string seconds = "20";
};

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Runs, and expects the exit code and what is said.
inline cli::Result expect(const Learner& learner, const std::string& arguments, int status,
                          const std::string& said) {
  const cli::Result r = learner.run(arguments);
  INFO("gradus exercise ", arguments, "\n", r.out, r.err);
  CHECK(r.status == status);
  CHECK(has(r.out + r.err, said));
  return r;
}

/// A shell command that runs beside the test, reads what `type` sends, and is ended with it.
class Background {
 public:
  Background(const Folder& in, const std::string& command) : output_(in / "background.txt") {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("cannot make a pipe");
    child_ = fork();
    if (child_ == 0) {
      setpgid(0, 0);
      dup2(ends[0], 0);
      close(ends[0]);
      close(ends[1]);
      const std::string all = "cd '" + in.path() + "' && { " + command + "\n} >'" + output_ + "' 2>&1";
      execl("/bin/sh", "sh", "-c", all.c_str(), nullptr);
      _exit(127);
    }
    close(ends[0]);
    keyboard_ = ends[1];
  }
  ~Background() {
    close(keyboard_);
    if (child_ > 0) kill(-child_, SIGKILL), waitpid(child_, nullptr, 0);
  }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  void type(const std::string& keys) const {
    if (write(keyboard_, keys.data(), keys.size()) < 0) throw std::runtime_error("nobody listens");
  }
  std::string output() const { return cli::exists(output_) ? cli::read(output_) : ""; }

  /// Waits until the output, after what earlier waits have found, says so; false when it never does.
  bool says(const std::string& text) {
    for (int i = 0; i < 1200; ++i) {
      if (const std::size_t at = output().find(text, seen_); at != std::string::npos) {
        seen_ = at + text.size();
        return true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
  }

  /// Its exit code, once it has ended by itself; -1 when it does not.
  int ended() {
    for (int i = 0; i < 400; ++i) {
      int status = 0;
      if (waitpid(child_, &status, WNOHANG) == child_) {
        child_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return -1;
  }

 private:
  std::string output_;
  pid_t child_ = -1;
  int keyboard_ = -1;
  std::size_t seen_ = 0;
};

}  // namespace exercises
