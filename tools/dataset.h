#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gradus/data/entropy.h"
#include "gradus/data/tokenizer.h"
#include "gradus/data/tokens.h"
#include "settings.h"

namespace gradus::tools {

/// A text, read: as tokens, cut into what is learned and what is kept back, with the losses to beat.
struct Dataset {
  std::string name;         ///< "tales", or the file's
  std::string fingerprint;  ///< of the text: its size and a hash
  Tokenizer tokenizer;
  Tokens train, validation;
  std::vector<std::int64_t> train_starts, validation_starts;  ///< of stories, where the text has any
  Baselines baselines;
  std::optional<double> floor;  ///< what the validation text costs the grammar that wrote it
};

/// `known` is the tokenizer of a run that goes on; without it one is made from the text. Errors (input): a
/// file that is missing, empty, not of the tokenizer's alphabet, or shorter than the context.
Dataset load_dataset(const Settings& settings, const Tokenizer* known = nullptr);

}  // namespace gradus::tools
