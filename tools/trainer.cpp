#include "trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "gradus/data/batches.h"
#include "gradus/io/checkpoint.h"

namespace gradus::tools {
namespace {

/// The model's first weights come from the seed alone.
models::Gpt seeded_model(const Settings& settings, std::int64_t vocab) {
  manual_seed(settings.seed);
  return models::Gpt(model_config(settings, vocab));
}

constexpr const char* advice = "\n  Try a smaller --lr, a longer --warmup or a smaller --clip.";

double note(const Metadata& notes, const char* key) {
  for (const auto& [k, text] : notes)
    if (k == key) return std::strtod(text.c_str(), nullptr);
  return 0;
}

}  // namespace

double mean_loss(const models::Gpt& model, const Tokens& tokens, const std::vector<std::int64_t>& starts) {
  const NoGrad off;
  const Eval eval;
  const std::int64_t context = model.config.context;
  const std::vector<Window> windows = validation_windows(tokens, context, starts);
  const std::int64_t rows =
      std::max<std::int64_t>(1, 4096 / context);  // enough to fill the cores, and no more memory
  double total = 0;
  for (auto begin = windows.begin(); begin != windows.end();) {
    const auto end = begin + std::min<std::ptrdiff_t>(rows, windows.end() - begin);
    const Batch batch = make_batch(tokens, {begin, end}, context);
    total += cross_entropy(model(batch.x), batch.y, {.reduction = Reduction::sum}).item();
    begin = end;
  }
  return total / static_cast<double>(tokens.size() - 1);
}

Trainer::Trainer(const Settings& s, const Dataset& data)
    : settings_(s),
      data_(data),
      model_(seeded_model(s, data.tokenizer.vocab_size())),
      parameters_(parameters(model_)),
      optimizer_(parameters_, {.lr = s.lr, .beta1 = 0.9, .beta2 = s.beta2, .weight_decay = s.weight_decay}),
      schedule_(schedule(s)),
      best_loss_(std::numeric_limits<double>::infinity()) {}

StepLog Trainer::take_step() {
  const std::int64_t step = this->step();
  const Batch batch = make_batch(data_.train,
                                 random_windows(data_.train, settings_.context, settings_.batch,
                                                settings_.seed, step, data_.train_starts),
                                 settings_.context);
  const Tensor loss = model_.loss(batch.x, batch.y);
  loss.backward();
  const double norm = grad_norm(parameters_), lr = schedule_(step);
  if (!std::isfinite(loss.item()) || !std::isfinite(norm))
    fail(Kind::numerical,
         fmt::format(
             "step {}: the loss is {} and the norm of its gradient {}, at a learning rate of {:.3g}.{}",
             step + 1, loss.item(), norm, lr, advice));
  optimizer_.set_lr(lr);
  optimizer_.step(settings_.clip > 0 ? clip_factor(norm, settings_.clip) : 1);
  optimizer_.zero_grad();
  return {
      .step = step + 1, .loss = loss.item<float>(), .val_loss = {}, .learning_rate = lr, .grad_norm = norm};
}

double Trainer::validate() {
  const double loss = mean_loss(model_, data_.validation, data_.validation_starts);
  if (!std::isfinite(loss))
    fail(Kind::numerical, fmt::format("step {}: the validation loss is {}.{}", step(), loss, advice));
  if (loss < best_loss_) {
    best_loss_ = loss;
    best_step_ = step();
  }
  return loss;
}

void Trainer::save(const RunFolder& run, double elapsed) const {
  // Hexadecimal: every bit comes back.
  const Metadata notes = {{"best_loss", fmt::format("{:a}", best_loss_)},
                          {"best_step", std::to_string(best_step_)},
                          {"elapsed_seconds", fmt::format("{:a}", elapsed)}};
  gradus::save(run.file("model.safetensors"), model_);
  save_training(run.file("training.safetensors"), model_, optimizer_, notes);
}

double Trainer::resume(const RunFolder& run) {
  const Metadata notes = load_training(run.file("training.safetensors"), model_, optimizer_);
  best_loss_ = note(notes, "best_loss");
  best_step_ = static_cast<std::int64_t>(note(notes, "best_step"));
  return note(notes, "elapsed_seconds");
}

}  // namespace gradus::tools
