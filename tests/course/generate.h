#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tools/writer.h"

/// What the tests of generation share: a vocabulary of 50 ids, each written as one character.
namespace course {

using Ids = std::vector<std::int64_t>;

inline gradus::Tokenizer fifty_tokens() {
  std::string text;
  for (char c = '0'; text.size() < 50; ++c) text += c;
  return gradus::Tokenizer::train(gradus::TokenKind::character, text);
}

/// The prompt and `count` ids after it.
inline Ids continued(const gradus::models::Gpt& model, const Ids& prompt, int count,
                     const gradus::tools::Sampling& how, std::uint64_t seed = 1) {
  const gradus::Tokenizer tokenizer = fifty_tokens();
  gradus::tools::Writer writer(model, tokenizer, tokenizer.decode(prompt), how, seed);
  std::string text = writer.text();
  for (int i = 0; i < count; ++i) text += writer.next();
  return tokenizer.encode(text);
}

}  // namespace course
