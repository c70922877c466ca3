// The gradus program: reads the command line, runs one subcommand, and turns whatever happens into one
// message and a documented exit code.
#include <fmt/core.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "commands.h"
#include "gradus/base/error.h"
#include "gradus/base/version.h"

namespace {

using gradus::Kind;

int complain(Kind kind, const char* message) {
  std::fflush(stdout);
  fmt::print(stderr, "gradus: {}\n", message);
  return static_cast<int>(kind);
}

/// CLI11's layout without its double blank lines.
class Layout final : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    std::string help = CLI::Formatter::make_help(app, std::move(name), mode);
    for (std::size_t at; (at = help.find("\n\n\n")) != std::string::npos;) help.erase(at, 1);
    return help;
  }
};

/// The subcommand that was named, for the hint at its help.
std::string named(const CLI::App& program) {
  for (const CLI::App* command : program.get_subcommands()) return " " + command->get_name();
  return "";
}

[[noreturn]] void fail_without_command(const CLI::App& program) {
  std::string names;
  for (const CLI::App* command : program.get_subcommands({})) names += " " + command->get_name();
  gradus::fail("a command is needed, one of:" + names + "\n  See gradus --help");
}

int run(int argc, char** argv) {
  CLI::App program("Gradus: a mini deep-learning framework; train language models and look inside them.",
                   "gradus");
  program.formatter(std::make_shared<Layout>());  // before the subcommands, which inherit it
  program.set_version_flag("--version", std::string("gradus ") + gradus::version);
  program.require_subcommand(0, 1);  // none is said below, better
  program.footer(
      "Example:\n"
      "  gradus train --out runs/tales      learn to tell short stories, in about a minute\n"
      "  gradus generate runs/tales         tell some\n\n"
      "gradus COMMAND --help says more. Exit codes: 0 ok, 1 a check failed, 2 usage, 3 bad input, 4 "
      "resources,\n"
      "5 numerical (NaN or infinity), 70 a bug of ours.");
  gradus::tools::add_train(program);
  gradus::tools::add_generate(program);
  gradus::tools::add_eval(program);
  gradus::tools::add_attend(program);
  gradus::tools::add_gradcheck(program);
  gradus::tools::add_exercise(program, argc > 0 ? argv[0] : "gradus");
  gradus::tools::add_info(program);
  int status = 0;
  try {
    program.parse(argc, argv);
    if (program.get_subcommands().empty()) fail_without_command(program);
  } catch (const CLI::Success& asked) {  // --help, --version
    program.exit(asked);
  } catch (const CLI::RuntimeError& said) {  // a command has said what there is to say
    status = said.get_exit_code();
  } catch (const CLI::ParseError& e) {
    return complain(Kind::usage, fmt::format("{}\n  See gradus{} --help", e.what(), named(program)).c_str());
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout))
    return complain(Kind::resources, "cannot write to standard output");
  return status;
}

}  // namespace

int main(int argc, char** argv) {
#ifdef SIGXFSZ
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of write(), with a message
#endif
  try {
    return run(argc, argv);
  } catch (const gradus::Error& e) { return complain(e.kind(), e.what()); } catch (const std::bad_alloc&) {
    return complain(Kind::resources, "out of memory; try a smaller model, batch or context");
  } catch (const std::exception& e) {
    return complain(Kind::internal,
                    fmt::format("this is a bug in Gradus, please report it: {}", e.what()).c_str());
  }
}
