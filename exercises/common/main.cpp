// The program that checks one answer. It says on standard output, or with --events N on descriptor N, what
// happens, one event per line, before it happens, so that whoever started it knows where it was when it
// crashed or never came back:
//
//   checks NUMBER             how many there are, without those to be skipped; then for each
//   begin NAME<tab>CLAIM      and one of
//   pass                      the claim holds
//   todo WHAT                 a place that is not written yet
//   fail CAUSE                followed by lines "  MESSAGE"
//   skip                      it trains, and --full was not given
//
// and at the end of a pass, if there are any:
//
//   unjudged NUMBER           answers that only the checks which were skipped ask for
//
// With --run it shows the exercise's experiment instead, as if that were the only check: "begin experiment<tab>", or says
// "no experiment".
//
// Exit code: 0 all passed, 1 one failed, 2 something is not written yet; 2 too for an unknown flag.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "exercises/common/checks.h"
#include "exercises/common/out_of_range.h"
#include "gradus/autograd/modes.h"
#include "gradus/base/error.h"
#include "gradus/base/random.h"

namespace {

using namespace gradus::exercises;

/// "name = value" lines; # begins a comment.
std::map<std::string, std::string> read_answers(const char* path) {
  std::map<std::string, std::string> answers;
  std::ifstream file(path);
  const auto trim = [](std::string s) {
    const auto begin = s.find_first_not_of(" \t\r"), end = s.find_last_not_of(" \t\r");
    return begin == std::string::npos ? std::string() : s.substr(begin, end - begin + 1);
  };
  for (std::string line; std::getline(file, line);) {
    line = line.substr(0, line.find('#'));
    const auto equals = line.find('=');
    if (equals != std::string::npos) answers[trim(line.substr(0, equals))] = trim(line.substr(equals + 1));
  }
  return answers;
}

std::FILE* events = stdout;

void event(const std::string& line) {
  fmt::print(events, "{}\n", line);
  std::fflush(events);
}

/// Away from what the learner's code prints, which comes out even if that code crashes in the next line.
void send_events_to(int descriptor) {
  if (std::FILE* file = fdopen(descriptor, "w")) events = file;
  std::setvbuf(stdout, nullptr, _IONBF, 0);
}

std::string indented(const std::string& text) {
  std::string result = "\n  ";
  for (const char c : text) result += c == '\n' ? std::string("\n  ") : std::string(1, c);
  return result;
}

/// Answers that no check has asked for; predictions are never judged.
std::ptrdiff_t unjudged(const Trial& trial) {
  return std::count_if(trial.answers.begin(), trial.answers.end(), [&](const auto& answer) {
    return answer.first.starts_with("answer.") && !trial.asked.contains(answer.first);
  });
}

enum class Status { passed = 0, failed = 1, todo = 2 };

Status run(const Check& check, Trial& trial) {
  gradus::manual_seed(trial.seed);
  try {
    check.run(trial);
    event("pass");
    return Status::passed;
  } catch (const NotWritten& missing) {
    event(fmt::format("todo {}", missing.what()));
    return Status::todo;
  } catch (const Failure& failure) {
    event("fail " + failure.cause + indented(failure.message));
  } catch (const gradus::Error& e) {
    event("fail error" + indented(fmt::format("the framework stopped your code: {}", e.what())));
  } catch (const std::exception& e) {
    event("fail exception" + indented(fmt::format("your code threw: {}", out_of_range(e.what()))));
  }
  return Status::failed;
}

}  // namespace

int main(int argc, char** argv) {
  Trial trial;
  bool full = false, experiment = false;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    if (flag == "--full")
      full = true;
    else if (flag == "--run")
      experiment = true;
    else if (flag == "--numbers")
      return exercise.numbers ? (exercise.numbers(), 0) : 0;
    else if (flag == "--events" && i + 1 < argc)
      send_events_to(std::stoi(argv[++i]));
    else if (flag == "--seed" && i + 1 < argc)
      trial.seed = std::stoull(argv[++i]);
    else if (flag == "--answers" && i + 1 < argc)
      trial.answers = read_answers(argv[++i]);
    else
      return fmt::print(stderr, "unknown flag {}\n", flag), 2;
  }
  if (experiment && !exercise.experiment) return event("no experiment"), 0;
  const std::vector<Check> checks =
      experiment ? std::vector<Check>{{"experiment", "", exercise.experiment}} : exercise.checks;
  const auto judges = [&](const Check& check) { return full || !check.full; };
  event(fmt::format("checks {}", std::count_if(checks.begin(), checks.end(), judges)));
  bool todo = false;
  for (const Check& check : checks) {
    event(fmt::format("begin {}\t{}", check.name, check.claim));
    if (!judges(check)) {
      event("skip");
      continue;
    }
    const Status status = run(check, trial);
    if (status == Status::failed) return 1;
    todo = todo || status == Status::todo;
  }
  if (todo) return 2;
  if (const auto n = unjudged(trial); n > 0 && !full && !experiment) event(fmt::format("unjudged {}", n));
  return 0;
}
