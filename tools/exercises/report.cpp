#include "exercises/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

namespace gradus::tools::exercises {
namespace {

using Kind = CheckResult::Kind;

const std::string margin = "      ";

std::string with_margin(const std::string& text, const std::string& left = margin) {
  std::string result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) result += (result.empty() ? "" : "\n") + left + line;
  return result;
}

/// The check that was running when the program ended, or that failed; nullptr: none.
const CheckResult* culprit(const Verdict& v) {
  if (v.outcome != Outcome::failed && v.outcome != Outcome::broken) return nullptr;
  const auto wrong = [](const CheckResult& c) { return c.kind == Kind::failed || c.kind == Kind::none; };
  const auto found = std::find_if(v.checks.begin(), v.checks.end(), wrong);
  return found == v.checks.end() ? nullptr : &*found;
}

/// How many of the checks that this run was to judge did pass: "4 of 9 checks pass".
std::string tally(const Verdict& v) {
  const int passed = v.count(Kind::passed), all = v.total - v.count(Kind::skipped);
  return passed == all ? fmt::format("all {} checks pass", all)
                       : fmt::format("{} of {} checks pass", passed, all);
}

void say_not_built(Terminal& terminal, const Workspace& workspace, const Exercise& e, const Work& work,
                   const Built& built, bool verbose) {
  const FirstError& error = built.error;
  const std::string file = Workspace::shown(workspace.file(e));
  // Flush left: editors and terminals find "file:line:column:" there.
  if (error.line > 0) {
    terminal.say(terminal.bold(fmt::format("{}:{}:{}: ", file, error.line, error.column)) +
                 terminal.red("error: ") + error.message);
    if (const std::string lines = excerpt(work.code, error); !lines.empty()) terminal.say(lines);
    if (!error.elsewhere.empty()) terminal.say(margin + terminal.dim("noticed in " + error.elsewhere));
  } else {
    if (!error.in_answer) terminal.say(margin + "The build failed, and your file is not the reason:");
    terminal.say(with_margin(error.message));
    if (!error.elsewhere.empty()) terminal.say(margin + "in " + error.elsewhere);
  }
  if (!verbose) terminal.say(margin + terminal.dim("the first error only; all that the compiler says: -v"));
}

void say_closed_book(Terminal& terminal, const std::vector<std::string>& spoilers) {
  terminal.say(terminal.red(" x    ") + "closed book: this exercise is the thing you are calling");
  terminal.say(
      fmt::format("{}exercise.cpp uses {}; write it from smaller parts. The page of the exercise lists them.",
                  margin, fmt::join(spoilers, ", ")));
}

void say_what_waits(Terminal& terminal, const Workspace& workspace, const Exercise& e, const Verdict& v) {
  std::vector<std::string> places;
  for (const CheckResult& c : v.checks)
    if (c.kind == Kind::not_written && std::find(places.begin(), places.end(), c.message) == places.end())
      places.push_back(c.message);
  const char* const calm = v.count(Kind::passed) == 0 ? "This is the starting point. " : "";
  terminal.say(margin + calm + "Still to be written:");
  for (const std::string& place : places) terminal.say(margin + "  " + terminal.yellow(place));
  const bool answers = workspace.has_answers(e);
  terminal.say(margin + "in " + Workspace::shown(workspace.file(e)) + (answers ? " and answers.txt" : ""));
}

/// What the learner's code printed: the last lines, or all.
void say_printed(Terminal& terminal, const std::string& printed, bool verbose) {
  std::vector<std::string> lines;
  std::istringstream stream(printed);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  if (lines.empty()) return;
  const std::size_t most = 20, first = verbose || lines.size() <= most ? 0 : lines.size() - most;
  terminal.say(margin + terminal.dim(first == 0
                                         ? "printed:"
                                         : fmt::format("printed ({} lines before these: -v):", first)));
  for (std::size_t i = first; i < lines.size(); ++i) terminal.say(margin + "| " + lines[i]);
}

void say_every_check(Terminal& terminal, const Verdict& v) {
  for (const CheckResult& c : v.checks) {
    if (c.kind == Kind::passed) terminal.say(terminal.green(" ok   ") + c.claim);
    if (c.kind == Kind::skipped) terminal.say(terminal.dim(" -    " + c.claim + "  (--full)"));
    if (c.kind == Kind::not_written) terminal.say(terminal.yellow(" ?    ") + c.claim);
  }
}

}  // namespace

std::string typed() {
  std::string name;
  std::ifstream words("/proc/self/cmdline", std::ios::binary);
  std::getline(words, name, '\0');
  if (name.empty()) return "gradus";
  return name.find(' ') == std::string::npos ? name : "'" + name + "'";
}

std::string headline(const Terminal& terminal, const Exercise& e, const Verdict& v) {
  const std::string left = fmt::format("{:<48}", fmt::format("{:<5} {}", e.id, e.title));
  std::string right;
  switch (v.outcome) {
    case Outcome::passed: right = terminal.green(tally(v)); break;
    case Outcome::failed: right = terminal.red(v.built.spoilers.empty() ? tally(v) : "closed book"); break;
    case Outcome::not_written: {
      const bool begun = v.count(Kind::passed) > 0;
      right = terminal.yellow(begun ? tally(v) + ", the rest is not written yet" : "not written yet");
      break;
    }
    case Outcome::not_built:
      right = terminal.red(v.built.error.in_answer ? "does not compile" : "cannot be built");
      break;
    case Outcome::broken: right = terminal.red(tally(v)); break;
    case Outcome::interrupted: right = terminal.dim("interrupted"); break;
  }
  return terminal.bold(left) + " " + right;
}

void report(Terminal& terminal, const Workspace& workspace, const Exercise& e, const Work& work,
            const Verdict& v, bool verbose) {
  if (verbose) terminal.say(terminal.dim(v.built.output));
  terminal.say(headline(terminal, e, v));
  if (verbose) say_every_check(terminal, v);
  const std::string hint = fmt::format("hint: {} exercise hint {}", typed(), e.id);
  if (v.outcome == Outcome::not_built) return say_not_built(terminal, workspace, e, work, v.built, verbose);
  if (!v.built.spoilers.empty()) return say_closed_book(terminal, v.built.spoilers);
  if (v.outcome == Outcome::not_written) {
    say_what_waits(terminal, workspace, e, v);
    say_printed(terminal, v.printed, verbose);
    return terminal.say(margin + terminal.dim(hint));
  }
  const CheckResult* wrong = culprit(v);
  if (v.outcome == Outcome::broken) {
    terminal.say(terminal.red(" x    ") + v.crash);
    if (v.printed.find("Assertion '") != std::string::npos)
      terminal.say(
          margin +
          "An index outside of its vector or string does this; below is what the standard library says.");
    else if (v.crash.find("segmentation") != std::string::npos)
      terminal.say(margin +
                   "An index outside of its vector, an empty tensor, or a recursion without end does this.");
  } else if (wrong) {
    terminal.say(terminal.red(" x    ") + wrong->claim);
    terminal.say(with_margin(wrong->message));
  }
  say_printed(terminal, v.printed, verbose);
  if (v.outcome == Outcome::passed) {
    if (const int more = v.count(Kind::skipped); more > 0)
      terminal.say(fmt::format("{}{} more {}: {} exercise check {} --full", margin, more,
                               more == 1 ? "check trains" : "checks train", typed(), e.id));
    terminal.say(margin + terminal.dim(fmt::format("seed {}; compare: {} exercise solution {}", v.seed,
                                                   typed(), e.id)));
    return;
  }
  const int judged = static_cast<int>(v.checks.size()), rest = v.total - judged;
  const std::string left = rest > 0 ? fmt::format("not judged yet: {}", counted(rest, "more check")) : "";
  terminal.say(margin + terminal.dim(fmt::format("{}{}{}", left, left.empty() ? "" : "; ", hint)));
  terminal.say(margin + terminal.dim(fmt::format("seed {}, kept until it passes", v.seed)));
}

std::string json_line(const Workspace& workspace, const Exercise& e, const Verdict& v) {
  nlohmann::ordered_json json{{"id", e.id},
                              {"title", e.title},
                              {"outcome", word_for(v.outcome)},
                              {"passed", v.count(Kind::passed)},
                              {"total", v.total - v.count(Kind::skipped)},
                              {"skipped", v.count(Kind::skipped)},
                              {"seed", v.seed},
                              {"file", workspace.file(e)}};
  if (v.outcome == Outcome::not_built) {
    json["line"] = v.built.error.line;
    json["column"] = v.built.error.column;
    json["message"] = v.built.error.message;
  } else if (!v.built.spoilers.empty()) {
    json["cause"] = "closed-book";
    json["message"] = fmt::format("{}", fmt::join(v.built.spoilers, ", "));
  } else if (const CheckResult* wrong = culprit(v)) {
    json["check"] = wrong->name;
    json["claim"] = wrong->claim;
    json["cause"] = v.outcome == Outcome::broken ? "crash" : wrong->cause;
    json["message"] = v.outcome == Outcome::broken ? v.crash : wrong->message;
  } else if (v.outcome == Outcome::broken) {
    json["cause"] = "crash";
    json["message"] = v.crash;
  }
  if (!v.printed.empty()) json["printed"] = v.printed;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string status_text(const Workspace& workspace, const Exercise& e, const Progress& p) {
  switch (p.status) {
    case Status::todo: return "todo";
    case Status::failing: return "failing";
    case Status::seen: return "seen";
    case Status::done: break;
  }
  const auto work = workspace.read(e);
  const bool edited = !work || work->hash() != p.work, moved = workspace.checks_hash(e) != p.checks;
  if (edited && moved) return "done, edited and checks changed since";
  return edited ? "done, edited since" : moved ? "done, checks changed since" : "done";
}

}  // namespace gradus::tools::exercises
