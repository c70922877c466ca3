// gradus eval: what a trained model makes of a text, or of token ids.
#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "commands.h"
#include "dataset.h"
#include "gradus/base/os.h"
#include "gradus/data/batches.h"
#include "gradus/io/npy.h"
#include "run_folder.h"
#include "trainer.h"

namespace gradus::tools {
namespace {

struct Flags {
  std::string run, data, logits;
  std::vector<std::int64_t> tokens;
};

void print_loss(double loss, std::int64_t predicted, double bytes) {
  fmt::print("tokens         {}\n", predicted);
  fmt::print("loss           {:.6f} nats per token\n", loss);
  fmt::print("perplexity     {:.4f}\n", std::exp(loss));
  if (bytes > 0)
    fmt::print("bits per byte  {:.4f}\n", loss * static_cast<double>(predicted) / std::numbers::ln2 / bytes);
}

void eval_text(const TrainedModel& trained, const std::string& path) {
  const std::string text = os::read_file(path);
  if (text.empty()) fail(Kind::input, path + ": the file is empty; there is nothing to predict");
  std::vector<std::int64_t> ids;
  try {
    ids = trained.tokenizer.encode(text);
  } catch (const Error& e) { fail(e.kind(), path + ": " + e.what()); }
  const Tokens tokens(ids);
  if (tokens.size() < 2)
    fail(Kind::input,
         fmt::format("{}: {} token; at least 2 are needed, to predict one", path, tokens.size()));
  const double loss = mean_loss(trained.model, tokens, positions_of(tokens, trained.tokenizer.start()));
  // The first token is given, so its bytes are not counted either.
  const auto given = static_cast<double>(trained.tokenizer.token(ids[0]).size());
  print_loss(loss, tokens.size() - 1, static_cast<double>(text.size()) - given);
  if (const auto count = positions_of(tokens, trained.tokenizer.unknown()).size(); count > 0)
    fmt::print("unknown words  {}: each is predicted as <unk>, which is easier than the word itself\n",
               count);
}

/// The text of the run, as at the end of its training.
void eval_validation(const TrainedModel& trained) {
  const Dataset data = load_dataset(trained.config.settings, &trained.tokenizer);
  if (data.fingerprint != trained.config.fingerprint)
    fail(Kind::input, trained.config.settings.data +
                          ": this is not the text that the run learned from; give one with --data FILE");
  print_loss(mean_loss(trained.model, data.validation, data.validation_starts), data.validation.size() - 1,
             0);
}

void eval_tokens(const TrainedModel& trained, const std::vector<std::int64_t>& ids, const std::string& path) {
  const std::int64_t vocab = trained.config.vocab, context = trained.config.settings.context;
  const auto count = static_cast<std::int64_t>(ids.size());
  if (count > context)
    fail(Kind::input, fmt::format("--tokens: {} ids, but the model's context holds {}", count, context));
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (ids[i] < 0 || ids[i] >= vocab)
      fail(Kind::input,
           fmt::format("--tokens: id {} (number {}) is outside the vocabulary: ids run from 0 to {}", ids[i],
                       i + 1, vocab - 1));
  const NoGrad off;
  const Eval eval;
  save_npy(path, trained.model(tensor(ids, {1, count}))[0]);
  fmt::print("{}: float32 [{}, {}]; row t holds the logits of token t + 1\n", path, count, vocab);
}

void eval(const Flags& flags) {
  const TrainedModel trained = load_run(flags.run);
  if (!flags.tokens.empty())
    eval_tokens(trained, flags.tokens, flags.logits);
  else if (!flags.data.empty())
    eval_text(trained, flags.data);
  else
    eval_validation(trained);
}

}  // namespace

void add_eval(CLI::App& program) {
  static Flags flags;
  CLI::App* command =
      program.add_subcommand("eval", "Measure a trained model's loss on a text, or write its logits");
  command->add_option("run", flags.run, "the run folder")->required()->type_name("DIR");
  CLI::Option* data = command->add_option("--data", flags.data, "a text (default: the run's validation text)")
                          ->type_name("FILE");
  CLI::Option* tokens =
      command->add_option("--tokens", flags.tokens, "token ids, separated by commas")->delimiter(',');
  CLI::Option* logits =
      command->add_option("--logits", flags.logits, "where to write the logits of --tokens (.npy)")
          ->type_name("FILE");
  tokens->needs(logits)->excludes(data);
  logits->needs(tokens);
  command->footer(
      "Example:\n  gradus eval runs/tales --data stories.txt\n  gradus eval runs/tales --tokens 5,17,3 "
      "--logits out.npy");
  command->callback([] { eval(flags); });
}

}  // namespace gradus::tools
