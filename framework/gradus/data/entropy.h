#pragma once
#include <cstdint>

#include "gradus/data/tokens.h"

namespace gradus {

/// What simple models lose on a text, in nats per token: the marks a language model has to beat.
struct Baselines {
  double uniform = 0;  ///< every token equally likely: ln vocab_size
  double unigram = 0;  ///< by how often each token occurs
  double bigram = 0;   ///< by how often it follows the token before it
};

/// Counts on `train`, cross-entropy on every token of `validation` but the first. Tokens never seen get their
/// share: unigrams by Krichevsky and Trofimov's half a count for each, bigrams by Witten and Bell's
/// interpolation with the unigrams. Error for ids outside the vocabulary and for fewer than two tokens.
Baselines baselines(const Tokens& train, const Tokens& validation, std::int64_t vocab_size);

}  // namespace gradus
