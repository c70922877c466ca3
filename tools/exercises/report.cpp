#include "exercises/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "exercises/readable.h"

namespace gradus::tools::exercises {
namespace {

using Kind = CheckResult::Kind;

const std::string margin = "      ";

void say_text(Terminal& terminal, const std::string& text) {
  if (!text.empty()) terminal.say(with_margin(readable(text, columns() - margin.size()), margin));
}

/// What is wrong, behind a cross.
void say_wrong(Terminal& terminal, const std::string& what) {
  const std::string text = with_margin(readable(what, columns() - margin.size()), margin);
  terminal.say(terminal.red(" x    ") + text.substr(std::min(margin.size(), text.size())));
}

/// The check that was running when the program ended, or that failed; nullptr: none.
const CheckResult* culprit(const Verdict& v) {
  if (v.outcome != Outcome::failed && v.outcome != Outcome::crashed) return nullptr;
  const auto wrong = [](const CheckResult& c) { return c.kind == Kind::failed || c.kind == Kind::none; };
  const auto found = std::find_if(v.checks.begin(), v.checks.end(), wrong);
  return found == v.checks.end() ? nullptr : &*found;
}

/// How many of the checks that this run was to judge did pass: "4 of 9 checks pass".
std::string tally(const Verdict& v) {
  const int passed = v.count(Kind::passed);
  return passed == v.total ? fmt::format("all {} checks pass", passed)
                           : fmt::format("{} of {} checks pass", passed, v.total);
}

/// What a pass without --full leaves, and a line that is to be copied:
///   2 more checks train, and judge 5 of your answers:
///     gradus exercise check 5.9 --full
std::string what_full_adds(const Workspace& workspace, const Exercise& e, const Verdict& v) {
  const int more = v.count(Kind::skipped);
  const char* const s = more == 1 ? "s" : "";
  if (more == 0) return "";
  const std::string answers =
      v.unjudged > 0 ? fmt::format(", and judge{} {} of your answers", s, v.unjudged) : "";
  return fmt::format("{} train{}{}:\n  {} exercise check {} --full", counted(more, "more check"), s, answers,
                     workspace.program(), e.id);
}

void say_build_error(Terminal& terminal, const Workspace& workspace, const Exercise& e, const Work& work,
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
    say_text(terminal, error.message);
    if (!error.elsewhere.empty()) terminal.say(margin + "in " + error.elsewhere);
  }
  if (!verbose) terminal.say(margin + terminal.dim("the first error only; all that the compiler says: -v"));
}

void say_closed_book(Terminal& terminal, const std::vector<std::string>& spoilers) {
  say_wrong(terminal, "closed book: this exercise is the thing you are calling");
  say_text(terminal,
           fmt::format("exercise.cpp uses {}; write it from smaller parts. The page of the exercise "
                       "lists them.",
                       fmt::join(spoilers, ", ")));
}

void say_what_waits(Terminal& terminal, const Workspace& workspace, const Exercise& e, const Verdict& v) {
  std::vector<std::string> places;
  bool code = false, answers = false;
  for (const CheckResult& c : v.checks) {
    if (c.kind != Kind::todo || std::find(places.begin(), places.end(), c.message) != places.end()) continue;
    places.push_back(c.message);
    (c.message.find("answers.txt") == std::string::npos ? code : answers) = true;
  }
  const char* const calm = v.count(Kind::passed) == 0 ? "This is the starting point. " : "";
  terminal.say(margin + calm + "Still to be written:");
  for (const std::string& place : places) terminal.say(margin + "  " + terminal.yellow(place));
  terminal.say(margin + "in " + Workspace::shown(workspace.file(e, code ? "exercise.cpp" : "answers.txt")) +
               (code && answers ? " and answers.txt" : ""));
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

/// What crashes of this kind mostly come from; "" when there is nothing to say.
std::string usual_reason(const Verdict& v) {
  if (v.signal == SIGABRT && v.printed.find("Assertion '") != std::string::npos)
    return "An index outside of its vector or string does this; below is what the standard library says.";
  if (v.signal == SIGSEGV)
    return "An index outside of its vector, an empty tensor, or a recursion without end does this.";
  return "";
}

void say_every_check(Terminal& terminal, const Verdict& v) {
  for (const CheckResult& c : v.checks) {
    if (c.kind == Kind::passed) terminal.say(terminal.green(" ok   ") + c.claim);
    if (c.kind == Kind::skipped) terminal.say(terminal.dim(" -    " + c.claim + "  (--full)"));
    if (c.kind == Kind::todo) terminal.say(terminal.yellow(" ?    ") + c.claim);
  }
}

}  // namespace

std::string headline(const Terminal& terminal, const Exercise& e, const Verdict& v) {
  const std::string left = fmt::format("{:<40}", fmt::format("{:<5} {}", e.id, e.title));
  std::string right;
  switch (v.outcome) {
    case Outcome::passed: right = terminal.green(tally(v)); break;
    case Outcome::failed: right = terminal.red(v.built.spoilers.empty() ? tally(v) : "closed book"); break;
    case Outcome::todo: {
      const std::string begun =
          v.count(Kind::passed) > 0 ? fmt::format("{}, {} ", tally(v), v.count(Kind::todo)) : "";
      right = terminal.yellow(begun + "not written yet");
      break;
    }
    case Outcome::build_error:
      right = terminal.red(v.built.error.in_answer ? "does not compile" : "cannot be built");
      break;
    case Outcome::crashed: right = terminal.red(v.total > 0 ? tally(v) : "crashed"); break;
    case Outcome::interrupted: right = terminal.dim("interrupted"); break;
  }
  return terminal.bold(left) + " " + right;
}

void report(Terminal& terminal, const Workspace& workspace, const Exercise& e, const Work& work,
            const Verdict& v, bool verbose) {
  if (verbose) terminal.say(terminal.dim(v.built.output));
  terminal.say(headline(terminal, e, v));
  if (verbose) say_every_check(terminal, v);
  const std::string hint = fmt::format("hint: {} exercise hint {}", workspace.program(), e.id);
  if (v.outcome == Outcome::build_error)
    return say_build_error(terminal, workspace, e, work, v.built, verbose);
  if (!v.built.spoilers.empty()) return say_closed_book(terminal, v.built.spoilers);
  if (v.outcome == Outcome::todo) {
    say_what_waits(terminal, workspace, e, v);
    say_printed(terminal, v.printed, verbose);
    return terminal.say(margin + terminal.dim(hint));
  }
  const CheckResult* wrong = culprit(v);
  if (v.outcome == Outcome::crashed) {
    say_wrong(terminal, v.crash);
    say_text(terminal, usual_reason(v));
  } else if (wrong) {
    say_wrong(terminal, wrong->claim);
    say_text(terminal, wrong->message);
  }
  say_printed(terminal, v.printed, verbose);
  if (v.outcome == Outcome::passed) {
    say_text(terminal, what_full_adds(workspace, e, v));
    terminal.say(margin + terminal.dim(fmt::format("seed {}; compare: {} exercise solution {}", v.seed,
                                                   workspace.program(), e.id)));
    return;
  }
  const int judged = static_cast<int>(v.checks.size()) - v.count(Kind::skipped), rest = v.total - judged;
  const std::string left = rest > 0 ? fmt::format("not judged yet: {}", counted(rest, "more check")) : "";
  terminal.say(margin + terminal.dim(fmt::format("{}{}{}", left, left.empty() ? "" : "; ", hint)));
  terminal.say(margin + terminal.dim(fmt::format("seed {}, kept until it passes", v.seed)));
}

std::string json_line(const Workspace& workspace, const Exercise& e, const Verdict& v) {
  nlohmann::ordered_json json{{"id", e.id},
                              {"title", e.title},
                              {"outcome", word_for(v.outcome)},
                              {"passed", v.count(Kind::passed)},
                              {"total", v.total},
                              {"skipped", v.count(Kind::skipped)},
                              {"seed", v.seed},
                              {"file", workspace.file(e)}};
  if (v.outcome == Outcome::build_error) {
    json["line"] = v.built.error.line;
    json["column"] = v.built.error.column;
    json["message"] = v.built.error.message;
  } else if (!v.built.spoilers.empty()) {
    json["cause"] = "closed-book";
    json["message"] = fmt::format("{}", fmt::join(v.built.spoilers, ", "));
  } else if (const CheckResult* wrong = culprit(v)) {
    json["check"] = wrong->name;
    json["claim"] = wrong->claim;
    json["cause"] = v.outcome == Outcome::crashed ? "crash" : wrong->cause;
    json["message"] = v.outcome == Outcome::crashed ? v.crash : wrong->message;
  } else if (v.outcome == Outcome::crashed) {
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

std::string doubts(const Workspace& workspace, const Exercise& e, const Progress& p, const Work& work) {
  const std::string what = workspace.has_answers(e) ? "functions or answers" : "functions";
  if (p.status == Status::failing) return "(your " + what + " do not pass the check yet)";
  if (p.status == Status::todo && p.work != work.hash()) return "(your functions are not checked yet)";
  return "";
}

}  // namespace gradus::tools::exercises
