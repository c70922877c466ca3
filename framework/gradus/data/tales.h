#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gradus {

/// The word every story begins with: the start token of models trained on tales.
inline constexpr const char* story_start = "<story>";

/// The built-in corpus: short stories drawn from a grammar, one a line, words and full stops separated by
/// single spaces.
///
///   <story> once there was a cat . the cat chased the mouse because it was tired . so the mouse went home .
///
/// The word after "it was" tells a property of one of two nouns before it, and the verb with "because" or
/// "but" decides of which: nobody can guess it without looking back. The grammar is unambiguous (grammar.h),
/// so the probability of a text is known exactly, and with it the loss that no model can beat.
struct Tales {
  std::string text;
  std::int64_t stories = 0;
  std::int64_t tokens = 0;  ///< words and full stops, story starts included
};

/// Story i is a pure function of (seed, i): a longer corpus begins with the shorter one.
Tales make_tales(std::uint64_t seed, std::int64_t stories);

/// What a text costs the grammar itself: the best any model can do on it.
struct TalesCost {
  double log_probability = 0;  ///< natural logarithm; -infinity when the grammar cannot tell this text
  std::int64_t tokens = 0;
  /// Nats per predicted token, the first token of the text being given: the floor of a model's loss on this
  /// text.
  double floor() const { return tokens > 1 ? -log_probability / static_cast<double>(tokens - 1) : 0; }
};

/// Of whole stories, read back into the choices that made them.
TalesCost tales_cost(std::string_view text);

/// The grammar's exact entropy in nats per token, and a story's mean length in tokens: no sampling.
struct TalesEntropy {
  double per_token = 0, per_story = 0, tokens_per_story = 0;
};
TalesEntropy tales_entropy();

/// A word that may come next, with its exact probability.
struct WordChance {
  std::string word;
  double probability = 0;
};

/// What may follow the text so far (whole stories, then the beginning of one). Empty when the grammar cannot
/// tell it.
std::vector<WordChance> next_words(std::string_view text);

}  // namespace gradus
