#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gradus/data/tokenizer.h"
#include "log.h"
#include "models/gpt.h"
#include "settings.h"

namespace gradus::tools {

/// A run is a folder:
///   config.json           the settings, the vocabulary's size, the text's fingerprint
///   tokenizer.json        text to ids and back
///   model.safetensors     the weights
///   training.safetensors  weights, AdamW's moments, step, generator, best loss: what --resume goes on from
///   log.jsonl, loss.svg   a line for each step; the curve
///   checkpoints/          weights after some of the steps, where asked for: how heads came about
/// Every file is replaced whole or not at all, and training.safetensors needs no other file to agree with it:
/// whenever a run is cut off, it goes on from the last save.
class RunFolder {
 public:
  explicit RunFolder(std::string path) : path_(std::move(path)) {}

  /// Makes the folder. Error (usage) when there is something in it.
  static RunFolder create(const std::string& path);
  /// runs/NAME, or runs/NAME-2, ... : the first that is free.
  static std::string free_path(const std::string& name);

  const std::string& path() const { return path_; }
  std::string file(const char* name) const { return path_ + "/" + name; }
  /// The weights after a step, and those that there are, in order.
  std::string checkpoint(std::int64_t step) const;
  std::vector<std::int64_t> checkpoints() const;
  void remove() const;  ///< the files of a run, and the folder if nothing else is in it

 private:
  std::string path_;
};

struct Config {
  Settings settings;
  std::int64_t vocab = 0;
  std::string fingerprint;
};
void save_config(const RunFolder& run, const Config& config);
Config load_config(const RunFolder& run);
Tokenizer load_tokenizer(const RunFolder& run, const Config& config);

/// A trained model with what is needed to use it. Errors (input) name the file of the folder that is missing
/// or damaged.
struct TrainedModel {
  Config config;
  Tokenizer tokenizer;
  models::Gpt model;
};
TrainedModel load_run(const std::string& path);
/// The model as it was after a step that the run kept.
models::Gpt load_checkpoint(const RunFolder& run, const Config& config, std::int64_t step);

}  // namespace gradus::tools
