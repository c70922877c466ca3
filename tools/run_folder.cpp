#include "run_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "gradus/base/os.h"
#include "gradus/base/version.h"
#include "gradus/io/checkpoint.h"

namespace gradus::tools {
namespace fs = std::filesystem;
namespace {

constexpr const char* files[] = {"config.json",          "tokenizer.json", "model.safetensors",
                                 "training.safetensors", "log.jsonl",      "loss.svg"};

/// The value of a key, of the type of its member; anything else is an error that names it.
template <class T> T value_of(const nlohmann::json& json, const std::string& key, const std::string& file) {
  const auto refuse = [&](const char* wanted) {
    fail(Kind::input,
         fmt::format("{}: \"{}\" must be {}; the file is damaged or not of this version", file, key, wanted));
  };
  if (!json.contains(key)) refuse("given");
  const nlohmann::json& value = json[key];
  if constexpr (std::is_same_v<T, std::string>) {
    if (!value.is_string()) refuse("a string");
  } else if constexpr (std::is_floating_point_v<T>) {
    if (!value.is_number()) refuse("a number");
  } else {
    if (!value.is_number_integer() || (std::is_unsigned_v<T> && !value.is_number_unsigned()))
      refuse("a whole number");
  }
  return value.get<T>();
}

}  // namespace

RunFolder RunFolder::create(const std::string& path) {
  std::error_code error;
  if (fs::exists(path, error)) {
    if (!fs::is_directory(path, error)) fail(Kind::usage, path + " is a file; --out needs a folder");
    if (!fs::is_empty(path, error))
      fail(Kind::usage,
           fmt::format("{0} is not empty, and nothing in it will be overwritten.\n"
                       "  Choose another --out, go on with that run (--resume {0}), or remove it first.",
                       path));
  }
  os::make_folder(path);
  return RunFolder(path);
}

std::string RunFolder::free_path(const std::string& name) {
  std::string path = "runs/" + name;
  std::error_code error;
  for (int i = 2; fs::exists(path, error); ++i) path = fmt::format("runs/{}-{}", name, i);
  return path;
}

std::string RunFolder::checkpoint(std::int64_t step) const {
  return fmt::format("{}/checkpoints/{:08}.safetensors", path_, step);
}

std::vector<std::int64_t> RunFolder::checkpoints() const {
  std::vector<std::int64_t> steps;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(path_ + "/checkpoints", none)) {
    const std::string name = entry.path().stem();
    if (entry.path().extension() == ".safetensors" && name.size() == 8 &&
        name.find_first_not_of("0123456789") == std::string::npos)
      steps.push_back(std::stoll(name));
  }
  std::sort(steps.begin(), steps.end());
  return steps;
}

void RunFolder::remove() const {
  std::error_code ignored;
  for (const char* name : files) fs::remove(file(name), ignored);
  for (const std::int64_t step : checkpoints()) fs::remove(checkpoint(step), ignored);
  fs::remove(path_ + "/checkpoints", ignored);
  fs::remove(path_, ignored);
}

void save_config(const RunFolder& run, const Config& config) {
  nlohmann::ordered_json json{
      {"model", "gpt"}, {"gradus", version}, {"vocab", config.vocab}, {"fingerprint", config.fingerprint}};
  each_setting([&](const SettingInfo& info, auto member) { json[key_of(info)] = config.settings.*member; });
  os::write_file(run.file("config.json"), json.dump(2) + "\n");
}

Config load_config(const RunFolder& run) {
  const std::string file = run.file("config.json");
  if (!fs::is_directory(run.path())) fail(Kind::input, run.path() + ": there is no such run folder");
  if (!fs::exists(file)) fail(Kind::input, run.path() + ": not a run folder: it has no config.json");
  const nlohmann::json json = nlohmann::json::parse(os::read_file(file), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) fail(Kind::input, file + ": not a JSON object; the file is damaged");
  Config config;
  if (const auto model = value_of<std::string>(json, "model", file); model != "gpt")
    fail(Kind::input, fmt::format("{}: the model is \"{}\"; this version knows \"gpt\"", file, model));
  config.vocab = value_of<std::int64_t>(json, "vocab", file);
  config.fingerprint = value_of<std::string>(json, "fingerprint", file);
  each_setting([&](const SettingInfo& info, auto member) {
    using T = std::remove_reference_t<decltype(config.settings.*member)>;
    config.settings.*member = value_of<T>(json, key_of(info), file);
  });
  if (config.vocab < 1 || config.vocab > 100'000'000)
    fail(Kind::input, fmt::format("{}: a vocabulary of {} cannot be right", file, config.vocab));
  if (const std::string why = problem(config.settings); !why.empty()) fail(Kind::input, file + ": " + why);
  return config;
}

Tokenizer load_tokenizer(const RunFolder& run, const Config& config) {
  const std::string file = run.file("tokenizer.json");
  try {
    Tokenizer tokenizer = Tokenizer::from_json(os::read_file(file));
    if (tokenizer.vocab_size() != config.vocab)
      fail(Kind::input,
           fmt::format("{} tokens, but config.json says {}", tokenizer.vocab_size(), config.vocab));
    return tokenizer;
  } catch (const Error& e) {
    const std::string what = e.what();
    fail(e.kind(), what.starts_with(file) ? what : file + ": " + what);
  }
}

TrainedModel load_run(const std::string& path) {
  const RunFolder run(path);
  const Config config = load_config(run);
  TrainedModel trained{config, load_tokenizer(run, config),
                       models::Gpt(model_config(config.settings, config.vocab))};
  load(run.file("model.safetensors"), trained.model.fields());
  return trained;
}

models::Gpt load_checkpoint(const RunFolder& run, const Config& config, std::int64_t step) {
  models::Gpt model(model_config(config.settings, config.vocab));
  load(run.checkpoint(step), model.fields());
  return model;
}

}  // namespace gradus::tools
