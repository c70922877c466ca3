#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "models/gpt.h"

namespace gradus::tools {

/// What a run is: everything that decides the bits of its weights. Kept with them as config.json.
struct Settings {
  std::string data;                ///< a text file; empty: the built-in tales
  std::string tokenizer = "char";  ///< word, char or byte
  std::int64_t layers = 4, heads = 4, width = 128, context = 64;
  double dropout = 0;
  std::int64_t steps = 2000, batch = 12;
  double lr = 1e-3, min_lr = 1e-4;
  std::int64_t warmup = 100;
  std::string decay = "cosine";  ///< cosine, linear or constant
  std::int64_t decay_steps = 0;  ///< where the fall to min_lr ends; 0: at `steps`
  double beta2 = 0.99, weight_decay = 0.1, clip = 1;
  std::uint64_t seed = 1;
  std::int64_t eval_every = 1000, sample_every = 2000;
};

/// One setting is one row: its flag (--min-lr), its key in config.json (min_lr), its help.
struct SettingInfo {
  const char* flag;
  const char* group;
  const char* help;
  bool resumable = false;  ///< may be changed when a run is resumed
};

/// Calls f(SettingInfo, pointer to member) for each setting.
template <class F> void each_setting(F&& f) {
  const char *data = "Data", *model = "Model", *training = "Training", *run = "Run";
  f({"data", data, "text file to learn from (default: the built-in tales)", true}, &Settings::data);
  f({"tokenizer", data, "word, char or byte (default: word for tales, else char)"}, &Settings::tokenizer);
  f({"layers", model, "transformer blocks"}, &Settings::layers);
  f({"heads", model, "attention heads in each block"}, &Settings::heads);
  f({"width", model, "channels; a multiple of heads"}, &Settings::width);
  f({"context", model, "tokens the model sees at once"}, &Settings::context);
  f({"dropout", model, "probability of dropping a channel while training"}, &Settings::dropout);
  f({"steps", training, "optimizer steps", true}, &Settings::steps);
  f({"batch", training, "sequences in a step"}, &Settings::batch);
  f({"lr", training, "peak learning rate of AdamW"}, &Settings::lr);
  f({"min-lr", training, "learning rate at the end of the decay"}, &Settings::min_lr);
  f({"warmup", training, "steps of linear warm-up"}, &Settings::warmup);
  f({"decay", training, "cosine, linear or constant"}, &Settings::decay);
  f({"decay-steps", training, "the step at which min-lr is reached (default: --steps)", true},
    &Settings::decay_steps);
  f({"beta2", training, "AdamW's average of squared gradients (beta1 is 0.9)"}, &Settings::beta2);
  f({"weight-decay", training, "of matrices and embeddings"}, &Settings::weight_decay);
  f({"clip", training, "largest norm of all gradients together; 0: no limit"}, &Settings::clip);
  f({"seed", training, "of everything random"}, &Settings::seed);
  f({"eval-every", run, "steps between validations, each of which saves; 0: at the end only", true},
    &Settings::eval_every);
  f({"sample-every", run, "steps between samples; 0: none", true}, &Settings::sample_every);
}

/// "tales" (the default without --data), "nano" (nanoGPT's recipe for a CPU, the default with --data), "baby"
/// (its recipe for a GPU).
Settings preset(std::string_view name);

/// Why these settings cannot be run; empty when they can.
std::string problem(const Settings& settings);

models::GptConfig model_config(const Settings& settings, std::int64_t vocab);
Schedule schedule(const Settings& settings);

std::string key_of(const SettingInfo& info);  ///< "min-lr" -> "min_lr"

}  // namespace gradus::tools
