#include "settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gradus::tools {

Settings preset(std::string_view name) {
  Settings s;  // nano
  if (name == "tales") {
    s.tokenizer = "word";
    s.layers = 2;
    s.width = 64;
    s.steps = 3000;
    s.batch = 32;
    s.lr = 3e-3;
    s.eval_every = 500;
    s.sample_every = 1000;
  } else if (name == "baby") {
    s.layers = s.heads = 6;
    s.width = 384;
    s.context = 256;
    s.batch = 64;
    s.dropout = 0.2;
    s.steps = 5000;
    s.eval_every = 250;
    s.sample_every = 500;
  }
  return s;
}

std::string problem(const Settings& s) {
  std::string found;
  const auto within = [&](const char* flag, auto value, auto low, auto high) {
    if (found.empty() && !(value >= low && value <= high))
      found = fmt::format("--{} must lie between {} and {}, not {}", flag, low, high, value);
  };
  const auto one_of = [&](const char* flag, const std::string& value,
                          std::initializer_list<const char*> choices) {
    if (found.empty() && std::find(choices.begin(), choices.end(), value) == choices.end())
      found = fmt::format("--{} must be {}, not \"{}\"", flag, fmt::join(choices, " or "), value);
  };
  const std::int64_t many = 1'000'000'000;
  one_of("tokenizer", s.tokenizer, {"word", "char", "byte"});
  one_of("decay", s.decay, {"cosine", "linear", "constant"});
  within("layers", s.layers, 1, 10'000);
  within("width", s.width, 1, 1'000'000);
  within("heads", s.heads, 1, s.width);
  within("context", s.context, 1, 10'000'000);
  within("batch", s.batch, 1, 1'000'000);
  within("steps", s.steps, 1, many);
  within("warmup", s.warmup, 0, many);
  within("decay-steps", s.decay_steps, 0, many);
  within("eval-every", s.eval_every, 0, many);
  within("sample-every", s.sample_every, 0, many);
  within("dropout", s.dropout, 0.0, 0.999);
  within("lr", s.lr, 0.0, 1e6);
  within("min-lr", s.min_lr, 0.0, 1e6);
  within("beta2", s.beta2, 0.0, 1 - 1e-9);
  within("weight-decay", s.weight_decay, 0.0, 1e6);
  within("clip", s.clip, 0.0, 1e30);
  if (found.empty() && s.width % s.heads != 0)
    found = fmt::format("--width {} does not divide into --heads {}; try {} or {}", s.width, s.heads,
                        std::max(s.heads, s.width / s.heads * s.heads), (s.width / s.heads + 1) * s.heads);
  return found;
}

models::GptConfig model_config(const Settings& s, std::int64_t vocab) {
  return {.vocab = vocab,
          .context = s.context,
          .layers = s.layers,
          .heads = s.heads,
          .width = s.width,
          .dropout = s.dropout};
}

Schedule schedule(const Settings& s) {
  const auto decay = s.decay == "cosine"   ? Schedule::Decay::cosine
                     : s.decay == "linear" ? Schedule::Decay::linear
                                           : Schedule::Decay::constant;
  return {decay, s.lr, s.min_lr, s.warmup, s.decay_steps > 0 ? s.decay_steps : s.steps};
}

std::string key_of(const SettingInfo& info) {
  std::string key = info.flag;
  std::replace(key.begin(), key.end(), '-', '_');
  return key;
}

}  // namespace gradus::tools
