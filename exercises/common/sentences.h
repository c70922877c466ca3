#pragma once
// Generated sentences in which one word, the answer, follows from one earlier word, the referent, and from
// nothing else: where a model must look is known beforehand.
#include <cstdint>
#include <string>
#include <vector>

#include "exercises/common/tiny.h"
#include "gradus/tensor/tensor.h"

namespace gradus::exercises {

/// sounds  then the horse sat on the roof again because it neighed . . .
///         The sound is the animal's. Up to four fillers, before and after, move the words about; full stops fill
///         the rest. The distractor is the place.
/// roles   the cow chased the pig because it was bored
///         The property is that of the one who chases. The distractor is the one who is chased: the same kind of
///         word, so that only its position tells it from the referent.
enum class Corpus { sounds, roles };

/// The words of a corpus; a token is a place in this list. The nouns that a referent may be come first, each one's
/// answer stands `nouns` places after it.
const std::vector<std::string>& vocabulary(Corpus corpus);
inline constexpr std::int64_t nouns = 8;

/// N sentences of one length, and where the words that matter stand in each, counted from 0.
struct Sentences {
  Tensor ids;  ///< int64 [N, T]
  std::vector<std::int64_t> referent, distractor, answer;

  std::int64_t size() const { return ids.size(0); }
  std::int64_t length() const { return ids.size(1); }
};

/// `count` sentences, drawn evenly; the same ones for the same seed.
Sentences make_sentences(Corpus corpus, std::int64_t count, std::uint64_t seed);
/// Each of the nouns * (nouns - 1) sentences of Corpus::roles once.
Sentences all_roles();
/// Sentence `i` alone.
Sentences only(const Sentences& sentences, std::size_t i);

/// A model is to predict the answer, in the row of the word before it, and nothing else.
Examples asking_answer(const Sentences& sentences);
/// A model is to predict every word from those before it.
Examples asking_all(const Sentences& sentences);

/// Sentence `i`, its words separated by spaces.
std::string text_of(Corpus corpus, const Sentences& sentences, std::int64_t i);

}  // namespace gradus::exercises
