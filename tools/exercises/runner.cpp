#include "exercises/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <sstream>

#include "exercises/child.h"
#include "exercises/pages.h"
#include "exercises/readable.h"
#include "exercises/report.h"
#include "gradus/base/error.h"
#include "gradus/base/os.h"

namespace gradus::tools::exercises {
namespace fs = std::filesystem;
namespace {

std::uint64_t fresh_seed() { return 1 + std::random_device{}() % 999'999; }

bool waits(Status status) { return status == Status::todo || status == Status::failing; }

std::string name_of(const Exercise& e) { return fmt::format("{}  {}", e.id, e.title); }

void say_page(Terminal& terminal, const std::string& text) {
  terminal.say(with_margin(readable(text, columns() - 2), "  "));
}

/// The files in a folder, and when each was written.
std::map<std::string, fs::file_time_type> files_in(const std::string& folder) {
  std::map<std::string, fs::file_time_type> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none))
    if (entry.is_regular_file()) files[entry.path().filename().string()] = entry.last_write_time();
  return files;
}

}  // namespace

Runner::Runner(const std::string& program) : workspace_(Workspace::open(program)) { say_notice(); }

void Runner::say_notice() {
  if (const std::string notice = state_.take_notice(); !notice.empty()) {
    terminal_.clear();
    fmt::print(stderr, "gradus: {}\n", notice);
  }
}

const Exercise* Runner::next(const Exercise* after) const {
  const std::vector<Exercise>& all = workspace_.exercises();
  const auto status = [&](const Exercise& e) { return state_.of(e.key).status; };
  if (!after) {
    for (const Exercise& e : all)
      if (status(e) == Status::failing) return &e;
    after = &all.back();
  }
  const auto here = static_cast<std::size_t>(after - all.data());
  for (std::size_t i = 1; i <= all.size(); ++i)
    if (const Exercise& e = all[(here + i) % all.size()]; waits(status(e))) return &e;
  return nullptr;
}

const Exercise& Runner::chosen(const std::string& id) const {
  if (!id.empty()) return find(id);
  const Exercise* e = next();
  return e ? *e : workspace_.exercises().back();
}

void Runner::begin(const Exercise& e) {
  if (const auto made = workspace_.make_copy(e); !made.empty())
    terminal_.say(
        terminal_.dim(fmt::format("made {}/{}, yours to write in", Workspace::shown(workspace_.folder_of(e)),
                                  fmt::join(made, " and "))));
}

void Runner::welcome() {
  Command version;
  version.words = {built_with::compiler(), "--version"};
  const std::string answer = run(version).output;
  const std::string work = Workspace::shown(workspace_.folder());
  const bool in_sources = workspace_.folder().starts_with(workspace_.source() + "/");
  terminal_.say(terminal_.bold("Welcome to the exercises of Gradus."));
  terminal_.say(readable(
      fmt::format(
          "You learn attention by writing it: {}, in C++, in files of your own. A check compiles your file, "
          "runs it, and says in words what is wrong with it. Hints come in three steps; solutions open after "
          "a pass; `reset` keeps a backup.\n\nYour files are in {}{}",
          counted(static_cast<std::int64_t>(workspace_.exercises().size()), "exercise"), work,
          in_sources ? ": git does not see them, and `git clean -x` deletes them."
                     : ", as GRADUS_WORK says."),
      columns()));
  terminal_.say(fmt::format("\ncompiler      {}\nbuild folder  {}\n", answer.substr(0, answer.find('\n')),
                            Workspace::shown(workspace_.build())));
}

void Runner::overview() {
  if (!state_.exists()) welcome();
  const auto& all = workspace_.exercises();
  const auto done = std::count_if(all.begin(), all.end(),
                                  [&](const Exercise& e) { return !waits(state_.of(e.key).status); });
  terminal_.say(fmt::format("{} of {} done", done, all.size()));
  const Exercise* e = next();
  if (!e) return terminal_.say("Nothing is left to do. `list` shows what has changed since.");
  begin(*e);
  state_.change(e->key, [](Progress&) {});  // that there is a state means that we have met
  const bool failing = state_.of(e->key).status == Status::failing;
  terminal_.say(fmt::format(
      "\n{:<6} {}{}\nread   {}\nopen   {}\ntype   {}", failing ? "now" : "next", terminal_.bold(name_of(*e)),
      e->time.empty() ? "" : "  (" + e->time + ")", Workspace::shown(e->folder + "/README.md"),
      Workspace::shown(workspace_.file(*e)) + (workspace_.has_answers(*e) ? "  and answers.txt" : ""),
      terminal_.bold(fmt::format("{} exercise check {}", workspace_.program(), e->id))));
}

void Runner::list() {
  std::size_t width = 5, time = 4;
  for (const Exercise& e : workspace_.exercises()) {
    width = std::max(width, e.title.size());
    time = std::max(time, e.time.size());
  }
  terminal_.say(
      terminal_.bold(fmt::format("{:<8} {:<{}}  {:>{}}  status", "id", "title", width, "time", time)));
  for (const Exercise& e : workspace_.exercises()) {
    const Progress p = state_.of(e.key);
    const std::string status = status_text(workspace_, e, p);
    terminal_.say(fmt::format("{:<8} {:<{}}  {:>{}}  {}", e.id, e.title, width, e.time, time,
                              p.status == Status::done      ? terminal_.green(status)
                              : p.status == Status::failing ? terminal_.red(status)
                                                            : terminal_.dim(status)));
  }
}

std::function<void(const std::string&)> Runner::progress(const Exercise& e) {
  return [this, &e](const std::string& what) {
    terminal_.clear();  // so that no line is held back: it may be the last for a long time
    if (!what.empty()) terminal_.refresh(terminal_.dim(e.id + "  " + what));
  };
}

Verdict Runner::judge(const Exercise& e, const Work& work, const CheckOptions& options) {
  AttemptOptions how;
  how.seed = options.seed ? *options.seed : state_.of(e.key).seed.value_or(fresh_seed());
  how.full = options.full;
  how.enough = options.enough;
  how.progress = progress(e);
  Verdict verdict = attempt(workspace_, e, work, how);
  if (verdict.outcome != Outcome::interrupted) record(e, work, verdict);
  return verdict;
}

void Runner::record(const Exercise& e, const Work& work, const Verdict& v) {
  if (v.outcome == Outcome::build_error && !v.built.error.in_answer) return;
  state_.change(e.key, [&](Progress& p) {
    const bool ran = v.built.ok && v.built.spoilers.empty();
    if (v.outcome == Outcome::passed)
      p.status = Status::done, p.seed.reset();
    else if (ran && v.outcome != Outcome::todo)
      p.seed = v.seed;
    // A pass is not taken away, nor is a solution that was seen: their hashes tell what has changed.
    if (p.status == Status::done && v.outcome != Outcome::passed) return;
    if (waits(p.status)) p.status = v.outcome == Outcome::todo ? Status::todo : Status::failing;
    p.work = work.hash();
    p.checks = workspace_.checks_hash(e);
  });
  say_notice();
}

Work Runner::work_of(const Exercise& e) const {
  const auto work = workspace_.read(e);
  if (!work)
    fail(
        Kind::input,
        fmt::format("{}: a file of the exercise is empty, or cannot be read; `exercise reset {}` restores it",
                    Workspace::shown(workspace_.folder_of(e)), e.id));
  return *work;
}

Outcome Runner::check(const Exercise& e, const CheckOptions& options, const std::optional<Work>& given) {
  options.json ? void(workspace_.make_copy(e)) : begin(e);
  const Work work = given ? *given : work_of(e);
  const Verdict verdict = judge(e, work, options);
  if (verdict.outcome == Outcome::interrupted) return verdict.outcome;
  if (options.json)
    terminal_.say(json_line(workspace_, e, verdict));
  else
    report(terminal_, workspace_, e, work, verdict, options.verbose);
  return verdict.outcome;
}

bool Runner::check_all(const CheckOptions& options) {
  bool all_passed = true, told = false;
  for (const Exercise& e : workspace_.exercises()) {
    Verdict verdict;
    Work work;
    verdict.outcome = Outcome::todo;
    if (!workspace_.is_stub(e)) {
      work = work_of(e);
      verdict = judge(e, work, options);
    }
    const bool wrong = verdict.outcome != Outcome::passed && verdict.outcome != Outcome::todo;
    all_passed = all_passed && verdict.outcome == Outcome::passed;
    if (options.json) {
      terminal_.say(json_line(workspace_, e, verdict));
    } else if (wrong && !told) {  // one failure in full, the rest in a line
      report(terminal_, workspace_, e, work, verdict, options.verbose);
      told = true;
    } else {
      terminal_.say(headline(terminal_, e, verdict));
    }
  }
  return all_passed;
}

void Runner::hint(const Exercise& e, std::optional<int> level) {
  const std::vector<std::string> hints = hints_in(os::read_file(e.folder + "/hints.md"));
  const int all = static_cast<int>(hints.size()), seen = state_.of(e.key).hints;
  const int n = level ? *level : std::min(seen + 1, all);
  if (n < 1 || n > all) fail(fmt::format("exercise hint: {} has hints 1 to {}, not {}", e.id, all, n));
  terminal_.say(terminal_.bold(fmt::format("{}: hint {} of {}", name_of(e), n, all)));
  say_page(terminal_, hints[static_cast<std::size_t>(n) - 1]);
  if (!level && seen >= all)
    terminal_.say(terminal_.dim(fmt::format("That was all. The solution: {} exercise solution {} --give-up",
                                            workspace_.program(), e.id)));
  state_.change(e.key, [&](Progress& p) { p.hints = std::max(p.hints, n); });
}

void Runner::solution(const Exercise& e, bool give_up) {
  const Status status = state_.of(e.key).status;
  if (waits(status) && !give_up)
    fail(Kind::check, fmt::format("exercise: the solution of {0} opens when your answer has passed.\n"
                                  "  To see it now: {1} exercise solution {0} --give-up",
                                  e.id, workspace_.program()));
  if (waits(status)) state_.change(e.key, [](Progress& p) { p.status = Status::seen; });
  terminal_.say(terminal_.bold(name_of(e)) + ": " + Workspace::shown(e.folder + "/solution/exercise.cpp"));
  for (const char* name : {"exercise.cpp", "answers.txt"}) {
    const std::string ours = e.folder + "/solution/" + name, yours = workspace_.file(e, name);
    if (!fs::exists(ours) || !fs::exists(yours)) continue;
    const std::string clean = workspace_.build() + "/exercises/" + e.key + "/solution-" + name;
    os::write_file(clean, without_marks(os::read_file(ours)));
    const std::string all = difference(yours, clean, Workspace::shown(yours), Workspace::shown(ours));
    terminal_.say(all.empty() ? fmt::format("\nyour {} is the same, to the letter", name) : "");
    std::istringstream lines(all);
    for (std::string line; std::getline(lines, line);)
      terminal_.say(line.starts_with("+")   ? terminal_.green(line)
                    : line.starts_with("-") ? terminal_.red(line)
                                            : line);
  }
  terminal_.say("");
  say_page(terminal_, os::read_file(e.folder + "/solution/notes.md"));
}

void Runner::reset(const Exercise& e) {
  if (workspace_.is_stub(e)) {
    begin(e);
    return terminal_.say(
        fmt::format("{} is as it was at the beginning", Workspace::shown(workspace_.file(e))));
  }
  const std::string backup = workspace_.back_up(e);
  workspace_.make_copy(e);
  state_.change(e.key, [](Progress& p) {
    if (waits(p.status)) p.status = Status::todo;
  });
  terminal_.say(
      fmt::format("{} is as it was at the beginning. What you had is kept; to undo:\n\n  cp {}/* {}/\n", e.id,
                  quoted(Workspace::shown(backup)), quoted(Workspace::shown(workspace_.folder_of(e)))));
}

Outcome Runner::experiment(const Exercise& e, std::optional<std::uint64_t> seed, bool verbose) {
  begin(e);
  const Work work = work_of(e);
  AttemptOptions how;
  how.seed = seed.value_or(1);  // an experiment says the same every time
  how.progress = progress(e);
  const std::string folder = workspace_.folder_of(e);
  const auto before = files_in(folder);
  const Verdict verdict = exercises::experiment(workspace_, e, work, how);
  std::vector<std::string> written;
  for (const auto& [name, time] : files_in(folder))
    if (const auto old = before.find(name); old == before.end() || old->second != time)
      written.push_back(name);

  const auto say = [&](const std::string& text) { terminal_.say(readable(text, columns())); };
  if (!verdict.built.ok || !verdict.built.spoilers.empty())
    report(terminal_, workspace_, e, work, verdict, verbose);
  else if (verdict.no_experiment)
    say(e.id + " has no experiment");
  else if (verdict.outcome == Outcome::crashed)
    say(verdict.crash);
  else if (verdict.outcome != Outcome::passed)
    say((verdict.outcome == Outcome::todo ? "not written yet: " : "") + verdict.checks.back().message);
  else if (const std::string why = doubts(workspace_, e, state_.of(e.key), work); !why.empty())
    say(why);
  if (!written.empty())
    say(fmt::format("written to {}: {}", Workspace::shown(folder), fmt::join(written, ", ")));
  return verdict.outcome;
}

}  // namespace gradus::tools::exercises
