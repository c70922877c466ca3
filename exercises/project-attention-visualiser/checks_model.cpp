#include <fmt/format.h>

#include <cmath>
#include <filesystem>

#include "gradus/base/random.h"
#include "gradus/nn/module.h"
#include "judge.h"
#include "parts.h"

namespace gradus::exercises {
namespace {

bool same(double got, double expected) { return std::abs(got - expected) <= 1e-4 * (1 + std::abs(expected)); }

}  // namespace

void losses_of_tokens(Trial& t) {
  const LanguageModel model = judge::model();
  const Tensor ids = judge::sentences(t).ids;
  const std::int64_t N = ids.size(0), T = ids.size(1);
  const Eval no_dropout;
  const Tensor got = token_losses(model, ids);
  expect_shape("the losses", got, {N, T - 1}, "[N, T - 1]");
  const Array logits = judge::logits(model, ids), right = judge::losses(logits, ids);
  if (distance(Array(got), right) <= 1e-4) return;
  const Array own = judge::losses(logits, ids, 0);  // [N, T]
  Array head({N, T - 1}), tail({N, T - 1}), bits = right, probability = right;
  for (std::int64_t n = 0; n < N; ++n)
    for (std::int64_t i = 0; i + 1 < T; ++i) head(n, i) = own(n, i), tail(n, i) = own(n, i + 1);
  for (double& x : bits.values) x /= std::log(2.);
  for (double& x : probability.values) x = std::exp(-x);
  for (const Array* shifted : {&head, &tail})
    if (distance(Array(got), *shifted) <= 1e-4)
      fail_check("target-not-shifted",
                 "Your losses are those of row t for token t itself, which the model has just read: row t "
                 "predicts token t + 1.");
  if (distance(Array(got), bits) <= 1e-4)
    fail_check("bits", "Your losses are in bits: 1 / ln 2 times too large.");
  if (distance(Array(got), probability) <= 1e-4)
    fail_check("probability", "You return probabilities; the loss is minus their logarithm.");
  expect_close("loss", got, right, 1e-4);
}

void losses_on_the_tape(Trial& t) {
  const LanguageModel model = judge::model();
  const Tensor ids = judge::sentences(t).ids, got = token_losses(model, ids);
  if (!got.requires_grad())
    fail_check("no-tape",
               "token_losses is what training makes smaller, but nothing of it is on the tape: is a NoGrad "
               "guard in force, or was it detached?");
  got.sum().backward();
  for (const NamedTensor& p : named_parameters(model))
    if (!p.tensor.grad().defined()) fail_check("no-tape", fmt::format("no gradient reaches {}", p.name));
  const Array again(token_losses(model, ids));
  if (distance(Array(got), again) == 0)
    fail_check("always-eval",
               "Two calls in training give the same losses although the model has dropout: an Eval guard "
               "belongs into held_out_loss, not here.");
}

void loss_held_out(Trial& t) {
  const LanguageModel model = judge::model();
  const Tensor ids = judge::sentences(t).ids;
  const double got = held_out_loss(model, ids), again = held_out_loss(model, ids);
  const Array all = judge::losses(judge::logits(model, ids), ids);
  const double right = judge::mean(all);
  if (got != again)
    fail_check("dropout-on",
               fmt::format("Two measurements of one model give {} and {}: dropout is on. Eval turns it off.",
                           show(got), show(again)));
  if (!recording() || evaluating())
    fail_check("modes-left",
               "After held_out_loss the tape or dropout is still off: guards must end with the function.");
  if (same(got, right)) return;
  if (same(got, right * static_cast<double>(all.values.size())))
    fail_check("summed", "You return the sum over all predictions; the mean is what can be compared.");
  if (same(got, std::exp(right)))
    fail_check("perplexity", "You return the perplexity, e to the loss; the loss itself is asked for.");
  fail_unexplained(fmt::format("The mean loss is {}, not {}.", show(right), show(got)));
}

void model_comes_back(Trial& t) {
  namespace fs = std::filesystem;
  const auto path = [&](int i) {
    return (fs::temp_directory_path() /
            fmt::format("gradus-project-{}-{}-{}.safetensors", next_seed(), t.seed, i))
        .string();
  };
  const LanguageModel one = judge::model(),
                      two({.vocab = 7, .length = 3, .layers = 2, .heads = 1, .width = 6, .dropout = 0.25});
  const std::string files[] = {path(1), path(2)};
  const auto remove = [&] {
    for (const std::string& file : files) fs::remove(file);
  };
  try {
    save_model(files[0], one);
    save_model(files[1], two);
    for (const std::string& file : files)
      if (!fs::exists(file))
        fail_check("file-missing", "save_model has not written the file that it was told to.");
    for (int i = 0; i < 2; ++i) {
      const LanguageModel& saved = i == 0 ? one : two;
      const LanguageModel loaded = load_model(files[i]);
      const LanguageModelOptions &a = saved.options, &b = loaded.options;
      if (a.vocab != b.vocab || a.length != b.length || a.layers != b.layers || a.heads != b.heads ||
          a.width != b.width || a.dropout != b.dropout)
        fail_check("options-lost",
                   fmt::format("Saved: vocab {}, length {}, layers {}, heads {}, width {}, dropout {}\n"
                               "Loaded: vocab {}, length {}, layers {}, heads {}, width {}, dropout {}",
                               a.vocab, a.length, a.layers, a.heads, a.width, a.dropout, b.vocab, b.length,
                               b.layers, b.heads, b.width, b.dropout));
      const auto before = named_parameters(saved), after = named_parameters(loaded);
      for (std::size_t p = 0; p < before.size(); ++p)
        if (before[p].tensor.to_vector<float>() != after[p].tensor.to_vector<float>())
          fail_check("weights-lost", fmt::format("{} is not what was saved", before[p].name));
    }
  } catch (const Error& e) {
    remove();
    fail_check("does-not-load",
               fmt::format("The framework stops the loading: {}\nDoes load_model make its model with the "
                           "options of the one that was saved? They may be written into the file as "
                           "metadata.",
                           e.what()));
  } catch (...) {
    remove();
    throw;
  }
  remove();
}

}  // namespace gradus::exercises
