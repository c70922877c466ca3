#include "experiment.h"

#include <fmt/format.h>

#include "exercise.h"
#include "exercises/common/answers.h"
#include "exercises/common/experiment_part.h"
#include "gradus/base/random.h"

namespace gradus::exercises {
namespace {

constexpr int steps = 1500;

/// The map [T, T] of the only head.
Tensor map_of(const Tensor& maps, std::int64_t i) { return maps.select(0, i).select(0, 0); }

}  // namespace

double mass_on(const Tiny& model, const Sentences& s, const std::vector<std::int64_t>& words) {
  const Tensor maps = attention_of(model, s.ids);  // [N, 1, T, T]
  double sum = 0;
  for (std::size_t i = 0; i < words.size(); ++i)
    sum += attention_mass(map_of(maps, static_cast<std::int64_t>(i)), s.answer[i] - 1, {words[i]});
  return sum / static_cast<double>(words.size());
}

Trained train_on(Corpus corpus, bool positions) {
  const Sentences test = corpus == Corpus::roles ? all_roles() : make_sentences(corpus, 480, next_seed());
  const TinyOptions options{.vocab = static_cast<std::int64_t>(vocabulary(corpus).size()),
                            .length = test.length(),
                            .positions = positions};
  for (int attempt = 1;; ++attempt) {
    Tiny model(options);
    const double accuracy = score(model, asking_answer(test)).accuracy,
                 mass = mass_on(model, test, test.referent);
    train(model, steps,
          [&](std::int64_t batch) { return asking_answer(make_sentences(corpus, batch, next_seed())); });
    const bool learnt = !positions || score(model, asking_answer(test)).accuracy >= 0.97;
    if (learnt || attempt == 5) return {std::move(model), test, accuracy, mass, attempt};
  }
}

namespace {

void show(const char* what, const std::string& untrained, double trained, const std::string& remark = {}) {
  fmt::print("  {:44}{:>10}{:10.3f}{}\n", what, untrained, trained,
             remark.empty() ? "" : "   (" + remark + ")");
}

/// The row that predicts the answer of sentence i, word by word.
void show_row(const Trained& t, Corpus corpus, std::size_t i) {
  const Sentences one = only(t.test, i);
  const Elements weight(map_of(attention_of(t.model, one.ids), 0));
  const std::int64_t row = one.answer[0] - 1;
  const std::vector<std::int64_t> ids = one.ids.to_vector<std::int64_t>();
  fmt::print("  one sentence: {}\n  its row {}, word and weight:", text_of(corpus, one, 0), row + 1);
  for (std::int64_t j = 0; j <= row; ++j)
    fmt::print("  {} {:.2f}", vocabulary(corpus)[static_cast<std::size_t>(ids[static_cast<std::size_t>(j)])],
               weight(row, j));
  fmt::print("\n");
}

/// What is measured of one trained model, with the numbers of attention_mass and ablate.
void show_model(Corpus corpus, const char* referent, const char* distractor, const Trial* trial) {
  const Trained t = train_on(corpus);
  if (t.attempts > 1) fmt::print("  (attempt {}: the first never learnt one of the animals)\n", t.attempts);
  show_row(t, corpus, 0);
  const auto said = [&](const char* name) { return trial ? expected_by_you(*trial, name) : std::string(); };
  double even = 0;  // what an even spread over the words before gives to any one of them
  for (const std::int64_t answer : t.test.answer)
    even += 1 / static_cast<double>(answer) / static_cast<double>(t.test.size());
  const Accuracies without_referent = ablate(t.model, t.test, t.test.referent),
                   without_distractor = ablate(t.model, t.test, t.test.distractor);
  fmt::print("\n  {:44}{:>10}{:>10}\n", "", "untrained", "trained");
  show("right answers", fmt::format("{:.3f}", t.untrained_accuracy), without_referent.whole);
  show(fmt::format("attention to {}", referent).c_str(), fmt::format("{:.3f}", t.untrained_mass),
       mass_on(t.model, t.test, t.test.referent), said("predict.mass"));
  show(fmt::format("attention to {}", distractor).c_str(), "", mass_on(t.model, t.test, t.test.distractor));
  show("attention to each word, if spread evenly", "", even);
  show(fmt::format("right, with the edge to {} cut", referent).c_str(), "", without_referent.cut,
       said("predict.cut_animal"));
  show(fmt::format("right, with the edge to {} cut", distractor).c_str(), "", without_distractor.cut,
       said("predict.cut_place"));
}

void show_blind_model() {
  const Trained blind = train_on(Corpus::roles, false);
  const Score s = score(blind.model, asking_answer(blind.test));
  show("right answers", fmt::format("{:.3f}", blind.untrained_accuracy), s.accuracy);
  show("attention to the chaser", "", mass_on(blind.model, blind.test, blind.test.referent));
  show("attention to the chased", "", mass_on(blind.model, blind.test, blind.test.distractor));
}

}  // namespace

void experiment(Trial& trial) {
  expect_predictions(trial, {"predict.mass", "predict.cut_animal", "predict.cut_place"});
  fmt::print("Sounds: the word after \"it\" is the animal's sound.\n");
  experiment_part([&] { show_model(Corpus::sounds, "the animal", "the place", &trial); });
  fmt::print("Roles: the word after \"was\" is a property of the one who chases.\n");
  experiment_part([] { show_model(Corpus::roles, "the chaser", "the chased", nullptr); });
  fmt::print("Roles again, for a model without positions: who chases whom is out of its sight.\n");
  experiment_part(show_blind_model);
}

}  // namespace gradus::exercises
