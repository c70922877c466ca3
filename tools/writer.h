#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "gradus/data/tokenizer.h"
#include "models/gpt.h"
#include "sampling.h"

namespace gradus::tools {

/// Continues a text, one token at a time. The model sees the last `context` tokens; where stories begin in
/// them, it sees whole stories only, as it did in training. Token i is drawn with number i of the generator
/// (seed): the same seed tells the same.
class Writer {
 public:
  /// An empty prompt means a story's start, or a line's, or the first token there is.
  Writer(const models::Gpt& model, const Tokenizer& tokenizer, const std::string& prompt, Sampling how,
         std::uint64_t seed);

  /// The text that the next token adds.
  std::string next();
  std::int64_t last() const { return ids_.back(); }
  /// The prompt as the tokenizer gives it back.
  std::string text() const { return tokenizer_.decode(ids_); }

 private:
  std::vector<std::int64_t> window() const;

  const models::Gpt& model_;
  const Tokenizer& tokenizer_;
  Sampling how_;
  std::uint64_t seed_, drawn_ = 0;
  std::vector<std::int64_t> ids_;
};

/// What training shows: a story, or some 200 characters.
std::string sample(const models::Gpt& model, const Tokenizer& tokenizer, std::uint64_t seed);

}  // namespace gradus::tools
