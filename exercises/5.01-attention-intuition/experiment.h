#pragma once
// The models of 5.1, trained, and what the learner's two functions say about them.
#include "exercises/common/checks.h"
#include "exercises/common/sentences.h"
#include "exercises/common/tiny.h"

namespace gradus::exercises {

struct Trained {
  Tiny model;
  Sentences test;
  double untrained_accuracy, untrained_mass;  ///< the latter on the referent
  int attempts;
};
/// One layer, one head, 1500 steps on the answers of a corpus; some tenths of a second. One start in some hundreds never
/// learns one of the animals: training then starts again.
Trained train_on(Corpus corpus, bool positions = true);

/// The mean of the learner's attention_mass, from the row that predicts the answer, to one word of each sentence.
double mass_on(const Tiny& model, const Sentences& sentences, const std::vector<std::int64_t>& words);

void experiment(Trial& trial);

}  // namespace gradus::exercises
