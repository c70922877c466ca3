// gradus exercise: the exercises, and what finds the mistakes in them.
#include <string>

#include "commands.h"
#include "exercises/desk.h"
#include "exercises/watch.h"

namespace gradus::tools {
namespace {

struct Flags {
  std::string id;
  exercises::CheckOptions check;
  std::optional<int> level;
  bool give_up = false, once = false;
};

const char* const codes =
    "Exit codes of check, run and watch --once: 0 passed, 1 a check failed, 2 not written yet, 3 does not "
    "compile,\n"
    "4 crashed or took too long. As everywhere, 2 with a message on standard error is a wrong command line,\n"
    "such as an exercise that does not exist, and 3 is a missing file: there the verdict on standard output "
    "is missing.";

void end_with(exercises::Outcome outcome) {
  if (outcome != exercises::Outcome::passed) throw CLI::RuntimeError(static_cast<int>(outcome));
}

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

void add_exercise(CLI::App& program) {
  static Flags flags;
  const char* const which = "such as 5.5; the next one unless given";
  const char* const named = "such as 5.5";
  CLI::App* exercise =
      program.add_subcommand("exercise", "Learn attention by writing it: exercises that check themselves");
  exercise->require_subcommand(0, 1);
  exercise->footer(std::string("Example:\n  gradus exercise              where you are, and what to do next\n"
                               "  gradus exercise check 5.5\n\n") +
                   codes);
  exercise->callback([exercise] {
    if (exercise->get_subcommands().empty()) exercises::Desk().overview();
  });

  exercise->add_subcommand("list", "Every exercise, its time, and how far you are")->callback([] {
    exercises::Desk().list();
  });

  CLI::App* check = add(exercise, flags, "check", "Compile your file, run it, and say what is wrong",
                        "such as 5.5, or all; the next one unless given");
  add_check_flags(check, flags);
  check->add_flag("--json", flags.check.json, "one line of JSON for each exercise");
  check->footer(std::string("Example:\n  gradus exercise check 5.5\n  gradus exercise check all --full\n\n"
                            "The code of `check all` is that of the first exercise that is wrong; without "
                            "one, 2 if any is not written.\n") +
                codes);
  check->callback([] {
    exercises::Desk desk;
    end_with(flags.id == "all" ? desk.check_all(flags.check)
                               : desk.check(desk.chosen(flags.id), flags.check));
  });

  CLI::App* hint =
      add(exercise, flags, "hint", "The next hint: the idea, then the operations, then the steps", which);
  hint->add_option("--level", flags.level, "show this one: 1, 2 or 3");
  hint->callback([] {
    exercises::Desk desk;
    desk.hint(desk.chosen(flags.id), flags.level);
  });

  CLI::App* watch =
      add(exercise, flags, "watch", "Check whenever you save; on a terminal, with keys for the rest", which);
  add_check_flags(watch, flags);
  watch->add_flag("--once", flags.once, "check once and end, as `check` does");
  watch->callback([] {
    exercises::Desk desk;
    const exercises::Exercise& chosen = desk.chosen(flags.id);
    if (flags.once) return end_with(desk.check(chosen, flags.check));
    exercises::Watch(desk, chosen, flags.check).run();
  });

  CLI::App* solution = add(exercise, flags, "solution", "Ours beside yours, once yours has passed", named);
  solution->add_flag("--give-up", flags.give_up, "show it now; the exercise is marked as seen");
  solution->callback([] {
    exercises::Desk desk;
    desk.solution(desk.find(flags.id), flags.give_up);
  });

  CLI::App* reset =
      add(exercise, flags, "reset", "Begin again: puts the stub back, and keeps yours as a backup", named);
  reset->callback([] {
    exercises::Desk desk;
    desk.reset(desk.find(flags.id));
  });

  CLI::App* run = add(exercise, flags, "run", "The experiment of an exercise, without a judgement", which);
  run->add_option("--seed", flags.check.seed, "of the experiment");
  run->add_flag("-v,--verbose", flags.check.verbose, "all that the compiler says");
  run->callback([] {
    exercises::Desk desk;
    end_with(desk.experiment(desk.chosen(flags.id), flags.check.seed, flags.check.verbose));
  });
}

}  // namespace gradus::tools
