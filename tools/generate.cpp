// gradus generate: a trained model continues a text.
#include <fmt/core.h>

#include <cstdio>
#include <string>

#include "commands.h"
#include "run_folder.h"
#include "writer.h"

namespace gradus::tools {
namespace {

struct Flags {
  std::string run, prompt;
  std::int64_t tokens = 200;
  Sampling how;
  std::uint64_t seed = 1;
};

void generate(const Flags& flags) {
  const TrainedModel trained = load_run(flags.run);
  Writer writer(trained.model, trained.tokenizer, flags.prompt, flags.how, flags.seed);
  const auto put = [](const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    if (std::fflush(stdout) != 0) fail(Kind::resources, "cannot write to standard output");
  };
  put(writer.text());
  for (std::int64_t i = 0; i < flags.tokens; ++i) put(writer.next());
  put("\n");
}

}  // namespace

void add_generate(CLI::App& program) {
  static Flags flags;
  CLI::App* command = program.add_subcommand("generate", "Let a trained model continue a text");
  command->add_option("run", flags.run, "the run folder")->required()->type_name("DIR");
  command
      ->add_option("--prompt", flags.prompt, "the text to continue (default: the start of a story or line)")
      ->type_name("TEXT");
  command->add_option("--tokens", flags.tokens, "how many tokens to add")
      ->check(CLI::Range(0, 1'000'000'000).description(""))
      ->capture_default_str();
  command->add_option("--temperature", flags.how.temperature, "below 1 safer, above 1 wilder, 0 greedy")
      ->check(number_within(0, 1e6))
      ->capture_default_str();
  command->add_option("--top-k", flags.how.top_k, "choose among the K likeliest only; 0: all")
      ->check(CLI::Range(0, 1'000'000'000).description(""))
      ->capture_default_str();
  command
      ->add_option("--top-p", flags.how.top_p,
                   "choose among the likeliest that together reach this probability")
      ->check(number_within(0, 1))
      ->capture_default_str();
  command->add_flag("--greedy", flags.how.greedy, "always the likeliest token");
  command->add_option("--seed", flags.seed, "the same seed tells the same")->capture_default_str();
  command->footer(
      "Example:\n  gradus generate runs/tales --prompt \"<story> once there was a fox\" --tokens 40 "
      "--temperature 0.8");
  command->callback([] { generate(flags); });
}

}  // namespace gradus::tools
