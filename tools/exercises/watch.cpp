#include "exercises/watch.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>
#include <utility>

#include "gradus/base/error.h"

namespace gradus::tools::exercises {

void Watch::run() {
  Terminal& terminal = runner_.terminal();
  terminal.say(terminal.dim("watching " + Workspace::shown(runner_.workspace().file(*exercise_)) +
                            (keys_.active() ? "" : "; Ctrl-C ends it")));
  runner_.workspace().make_copy(*exercise_);
  while (!over_) {
    if (const auto work = settled(); !work) {
      if (!missing_)
        terminal.say(terminal.yellow("a file of the exercise is gone, or empty: waiting for it"));
      missing_ = true;
    } else {
      missing_ = false;
      if (judged_ != work->hash()) judge(*work);
    }
    if (!pressed_) wait(200);
    if (pressed_) obey(std::exchange(pressed_, '\0'));
  }
}

void Watch::judge(const Work& work) {
  if (keys_.active()) runner_.terminal().wipe();
  const std::string hash = work.hash();
  CheckOptions options = options_;
  options.full = options.full || full_;
  // A long run is given up when it is about what was, or when the learner has had enough.
  options.enough = [&] {
    wait(0);
    if (pressed_ == 'q' || pressed_ == 'n') return true;
    const auto now = runner_.workspace().read(*exercise_);
    return now && now->hash() != hash;
  };
  const Outcome outcome = runner_.check(*exercise_, options, work);
  if (outcome == Outcome::interrupted) return;
  // Compared with what is in the file by the next round: what was saved in the meantime is not lost.
  judged_ = hash;
  full_ = false;
  say_keys();
}

std::optional<Work> Watch::settled() {
  auto work = runner_.workspace().read(*exercise_);
  if (work && work->hash() == judged_) return work;
  for (;;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    auto again = runner_.workspace().read(*exercise_);
    const bool same = work ? again && again->hash() == work->hash() : !again;
    if (same) return again;
    work = std::move(again);
  }
}

void Watch::wait(int milliseconds) {
  if (!pressed_) pressed_ = keys_.next(milliseconds);
}

void Watch::obey(char key) {
  Terminal& terminal = runner_.terminal();
  try {
    switch (key) {
      case 'n':
        if (const Exercise* next = runner_.next(exercise_); next && next != exercise_) {
          exercise_ = next;
          judged_.clear();
          runner_.workspace().make_copy(*exercise_);
          return;
        }
        terminal.say("no other exercise waits");
        break;
      case 'h': runner_.hint(*exercise_, {}); break;
      case 'f':
        full_ = true;
        judged_.clear();
        return;
      case 'l': runner_.list(); break;
      case 's': runner_.solution(*exercise_, false); break;
      case 'r': {
        terminal.say(fmt::format("put the stub of {} back? Yours is kept as a backup.  y/n", exercise_->id));
        char answer = 0;
        while (answer == 0) answer = keys_.next(1000);
        if (answer != 'y') {
          terminal.say("left as it is");
          break;
        }
        runner_.reset(*exercise_);
        judged_ =
            runner_.workspace().read(*exercise_).value_or(Work{}).hash();  // the way back stays on the screen
        break;
      }
      case 'q': over_ = true; return;
      default: break;
    }
  } catch (const Error& e) { terminal.say(e.what()); }
  say_keys();
}

void Watch::say_keys() {
  Terminal& terminal = runner_.terminal();
  if (keys_.active())
    terminal.say(terminal.dim("\nn next   h hint   f full   l list   s solution   r reset   q quit"));
  else
    terminal.say("");
}

}  // namespace gradus::tools::exercises
