// gradus exercise: the exercises, and what finds the mistakes in them.
#include <string>

#include "commands.h"
#include "exercises/runner.h"
#include "exercises/watch.h"
#include "gradus/base/error.h"

namespace gradus::tools {
namespace {

struct Flags {
  std::string program, id;
  exercises::CheckOptions check;
  std::optional<int> level;
  bool give_up = false, once = false;
};

const char* const codes =
    "Exit codes: 0 passed, 1 not. Why not is in the text, and in the \"outcome\" of --json: todo, failed,\n"
    "build_error or crashed. The other codes are those of every command: gradus --help.";

void end_with(bool passed) {
  if (!passed) throw CLI::RuntimeError(static_cast<int>(Kind::check));
}

void end_with(exercises::Outcome outcome) { end_with(outcome == exercises::Outcome::passed); }

CLI::App* add(CLI::App* to, Flags& flags, const char* name, const char* what, const char* of) {
  CLI::App* command = to->add_subcommand(name, what);
  CLI::Option* id = command->add_option("exercise", flags.id, of)->type_name("ID");
  if (std::string(of).find("unless") == std::string::npos) id->required();
  return command;
}

void add_check_flags(CLI::App* command, Flags& flags) {
  command->add_flag("--full", flags.check.full, "also the checks that train a model");
  command->add_option("--seed", flags.check.seed,
                      "of the inputs; unless given, fresh ones, or those that failed");
  command->add_flag("-v,--verbose", flags.check.verbose, "every check, and all that the compiler says");
}

}  // namespace

void add_exercise(CLI::App& program, const std::string& typed) {
  static Flags flags;
  flags.program = typed;
  const char* const which = "such as 5.5; the next one unless given";
  const char* const named = "such as 5.5";
  CLI::App* exercise =
      program.add_subcommand("exercise", "Learn attention by writing it: exercises that check themselves");
  exercise->require_subcommand(0, 1);
  exercise->footer(std::string("Example:\n  gradus exercise              where you are, and what to do next\n"
                               "  gradus exercise check 5.5\n\n") +
                   codes);
  exercise->callback([exercise] {
    if (exercise->get_subcommands().empty()) exercises::Runner(flags.program).overview();
  });

  exercise->add_subcommand("list", "Every exercise, its time, and how far you are")->callback([] {
    exercises::Runner(flags.program).list();
  });

  CLI::App* check = add(exercise, flags, "check", "Compile your file, run it, and say what is wrong",
                        "such as 5.5, or all; the next one unless given");
  add_check_flags(check, flags);
  check->add_flag("--json", flags.check.json, "one line of JSON for each exercise");
  check->footer(std::string("Example:\n  gradus exercise check 5.5\n  gradus exercise check all --full\n\n") +
                codes);
  check->callback([] {
    exercises::Runner runner(flags.program);
    if (flags.id == "all") return end_with(runner.check_all(flags.check));
    end_with(runner.check(runner.chosen(flags.id), flags.check));
  });

  CLI::App* hint =
      add(exercise, flags, "hint", "The next hint: the idea, then the operations, then the steps", which);
  hint->add_option("--level", flags.level, "show this one: 1, 2 or 3");
  hint->callback([] {
    exercises::Runner runner(flags.program);
    runner.hint(runner.chosen(flags.id), flags.level);
  });

  CLI::App* watch =
      add(exercise, flags, "watch", "Check whenever you save; on a terminal, with keys for the rest", which);
  add_check_flags(watch, flags);
  watch->add_flag("--once", flags.once, "check once and end, as `check` does");
  watch->callback([] {
    exercises::Runner runner(flags.program);
    const exercises::Exercise& chosen = runner.chosen(flags.id);
    if (flags.once) return end_with(runner.check(chosen, flags.check));
    exercises::Watch(runner, chosen, flags.check).run();
  });

  CLI::App* solution = add(exercise, flags, "solution", "Ours beside yours, once yours has passed", named);
  solution->add_flag("--give-up", flags.give_up, "show it now; the exercise is marked as seen");
  solution->callback([] {
    exercises::Runner runner(flags.program);
    runner.solution(runner.find(flags.id), flags.give_up);
  });

  CLI::App* reset =
      add(exercise, flags, "reset", "Begin again: puts the stub back, and keeps yours as a backup", named);
  reset->callback([] {
    exercises::Runner runner(flags.program);
    runner.reset(runner.find(flags.id));
  });

  CLI::App* run = add(exercise, flags, "run", "The experiment of an exercise, without a judgement", which);
  run->add_option("--seed", flags.check.seed, "of the experiment");
  run->add_flag("-v,--verbose", flags.check.verbose, "all that the compiler says");
  run->callback([] {
    exercises::Runner runner(flags.program);
    end_with(runner.experiment(runner.chosen(flags.id), flags.check.seed, flags.check.verbose));
  });
}

}  // namespace gradus::tools
