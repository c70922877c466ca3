#include "exercises/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "exercises/child.h"
#include "exercises/lock.h"
#include "gradus/base/error.h"

namespace gradus::tools::exercises {
namespace {

using Kind = CheckResult::Kind;

/// What the program says on descriptor 3; exercises/common/main.cpp writes it.
void hear(Verdict& verdict, const std::string& line) {
  std::vector<CheckResult>& checks = verdict.checks;
  const auto after = [&](std::string_view word) { return line.substr(std::min(word.size(), line.size())); };
  if (line.starts_with("checks ")) {
    verdict.total = std::atoi(after("checks ").c_str());
  } else if (line.starts_with("unjudged ")) {
    verdict.unjudged = std::atoi(after("unjudged ").c_str());
  } else if (line.starts_with("begin ")) {
    const std::size_t tab = line.find('\t');
    checks.push_back(
        {Kind::none, line.substr(6, tab - 6), line.substr(std::min(tab, line.size() - 1) + 1), "", ""});
  } else if (line == "no experiment") {
    verdict.no_experiment = true;
  } else if (checks.empty()) {
    return;
  } else if (CheckResult& now = checks.back(); line.starts_with("  ")) {
    now.message += (now.message.empty() ? "" : "\n") + line.substr(2);
  } else if (line == "pass") {
    now.kind = Kind::passed;
  } else if (line == "skip") {
    now.kind = Kind::skipped;
  } else if (line.starts_with("todo ")) {
    now.kind = Kind::todo;
    now.message = after("todo ");
  } else if (line.starts_with("fail ")) {
    now.kind = Kind::failed;
    now.cause = after("fail ");
  }
}

std::string name_of(int signal) {
  switch (signal) {
    case SIGSEGV: return "segmentation fault";
    case SIGBUS: return "bus error";
    case SIGFPE: return "division of integers by zero";
    case SIGABRT: return "abort";
    case SIGILL: return "illegal instruction";
    case SIGKILL: return "killed, perhaps for want of memory";
    default: return fmt::format("signal {}", signal);
  }
}

double time_limit(bool full) {
  const char* text = std::getenv("GRADUS_EXERCISE_SECONDS");
  const double given = text ? std::atof(text) : 0;
  return given > 0 ? given : full ? 120 : 20;
}

/// The verdict that the build alone gives, if it gives one.
bool judged_by_build(Verdict& verdict) {
  if (!verdict.built.ok) verdict.outcome = Outcome::build_error;
  if (!verdict.built.spoilers.empty()) verdict.outcome = Outcome::failed;
  return !verdict.built.ok || !verdict.built.spoilers.empty();
}

Command program(const Workspace& workspace, const Exercise& exercise, const Built& built,
                const AttemptOptions& options) {
  Command command;
  command.words = {built.program, "--events", "3", "--seed", std::to_string(options.seed)};
  if (workspace.has_answers(exercise)) {
    command.words.push_back("--answers");
    command.words.push_back(workspace.file(exercise, "answers.txt"));
  }
  if (options.full) command.words.push_back("--full");
  // One thread: the same bits, and two checks at once do not fight for the cores.
  command.environment = {
      {"GRADUS_NUM_THREADS", "1"}, {"OPENBLAS_NUM_THREADS", "1"}, {"OMP_NUM_THREADS", "1"}};
  command.confined = true;
  command.folder = workspace.folder_of(exercise);  // what it writes lies beside the learner's files
  command.enough = options.enough;
  return command;
}

/// The outcome, from what the program has said and how it ended. An exit code says nothing alone: the learner's
/// code may have called exit().
void conclude(Verdict& verdict, const Finished& finished, double seconds) {
  const CheckResult* last = verdict.checks.empty() ? nullptr : &verdict.checks.back();
  const bool within = last && last->kind == Kind::none;
  const std::string where = !within               ? "outside of the checks"
                            : last->claim.empty() ? "in the " + last->name
                                                  : fmt::format("in \"{}\"", last->claim);
  const int passed = verdict.count(Kind::passed);
  const bool complete = verdict.no_experiment || (passed == verdict.total && passed > 0);
  verdict.signal = finished.signal;
  if (finished.stopped)
    verdict.outcome = Outcome::interrupted;
  else if (finished.timed_out)
    verdict.crash = fmt::format("no answer after {:g} s {}: an endless loop?", seconds, where);
  else if (finished.signal != 0)
    verdict.crash = fmt::format("crashed {} ({})", where, name_of(finished.signal));
  else if (finished.status == 0 && !within && complete)
    verdict.outcome = Outcome::passed;
  else if (finished.status == 1 && !within && verdict.count(Kind::failed) > 0)
    verdict.outcome = Outcome::failed;
  else if (finished.status == 2 && !within && verdict.count(Kind::todo) > 0)
    verdict.outcome = Outcome::todo;
  else
    verdict.crash = fmt::format("the program was ended {} (exit code {})", where, finished.status);
}

}  // namespace

std::string word_for(Outcome outcome) {
  constexpr const char* words[] = {"passed", "failed", "todo", "build_error", "crashed", "interrupted"};
  return words[static_cast<int>(outcome)];
}

int Verdict::count(CheckResult::Kind kind) const {
  return static_cast<int>(
      std::count_if(checks.begin(), checks.end(), [&](const CheckResult& c) { return c.kind == kind; }));
}

Verdict attempt(const Workspace& workspace, const Exercise& exercise, const Work& work,
                const AttemptOptions& options) {
  const Lock lock(workspace.build() + "/exercises/.lock");
  Verdict verdict;
  verdict.seed = options.seed;
  options.progress("building");
  verdict.built =
      build(workspace, exercise, work, [&](const std::string& at) { options.progress("building " + at); });
  if (judged_by_build(verdict)) return verdict;

  Command command = program(workspace, exercise, verdict.built, options);
  command.seconds = time_limit(options.full);
  options.progress("running");
  command.on_event = [&](const std::string& line) {
    hear(verdict, line);
    if (line.starts_with("begin ")) options.progress("running: " + verdict.checks.back().claim);
  };
  const Finished finished = run(command);
  verdict.printed = finished.output;
  conclude(verdict, finished, command.seconds);
  return verdict;
}

Verdict experiment(const Workspace& workspace, const Exercise& exercise, const Work& work,
                   const AttemptOptions& options) {
  Verdict verdict;
  verdict.seed = options.seed;
  {
    const Lock lock(workspace.build() + "/exercises/.lock");
    verdict.built =
        build(workspace, exercise, work, [&](const std::string& at) { options.progress("building " + at); });
  }
  if (judged_by_build(verdict)) return verdict;
  options.progress("");

  Command command = program(workspace, exercise, verdict.built, options);
  command.words.push_back("--run");
  command.capture = false;
  command.on_event = [&](const std::string& line) { hear(verdict, line); };
  const Finished finished = run(command);
  conclude(verdict, finished, command.seconds);
  return verdict;
}

}  // namespace gradus::tools::exercises
