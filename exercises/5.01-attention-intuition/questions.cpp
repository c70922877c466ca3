#include "claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "exercises/common/answers.h"
#include "gradus/autograd/modes.h"
#include "judge.h"

namespace gradus::exercises {
namespace {

/// The number of a word in the sentence of answers.txt, counted from 1.
double number_of(const std::string& word) {
  std::istringstream sentence("the cat sat on the mat because it was tired");
  double number = 0;
  for (std::string w; sentence >> w;) {
    ++number;
    if (w == word) return number;
  }
  return 0;
}

}  // namespace

void reading(Trial& t) {
  const double cat = number_of("cat"), mat = number_of("mat"), it = number_of("it"),
               tired = number_of("tired");
  expect_number(t, "answer.referent", cat, 0,
                {{cat - 1, "counted-from-0", "words are counted from 1: \"the\" is word 1."},
                 {mat, "referent-place", "that is the mat. Is it the mat that was tired?"},
                 {it, "referent-itself", "that is \"it\" itself, a word that means nothing alone."}});
  expect_number(
      t, "answer.row", tired - 1, 0,
      {{tired, "row-of-the-answer",
        "a row belongs to the word that stands there, and predicts the word *after* it: row 10 predicts "
        "what "
        "follows \"tired\"."},
       {tired - 2, "row-too-early",
        "row 8 is the row of \"it\", and predicts \"was\". Counted from 0 it would be right: here \"the\" is "
        "1."},
       {cat, "column-not-row", "that is where it looked, the column. Which row do you read to find out?"}});
  expect_number(
      t, "answer.window", tired - cat, 0,
      {{it - cat, "window-from-it",
        "that is how far \"cat\" lies before \"it\". The window begins right before the predicted word, "
        "\"tired\"."},
       {tired - cat - 1, "window-too-short",
        "with these 7 words, 3 to 9, the first that it sees is \"sat\"."},
       {tired - cat + 1, "window-too-long", "\"cat\" is in sight, but a shorter window would do."},
       {tired - 1, "window-too-long", "with 9 words it sees all there are; a shorter window would do."},
       {tired, "window-too-long", "only 9 words stand before \"tired\"."}});
}

namespace {

/// The last `count` words.
auto window(std::ptrdiff_t count) {
  return [count](const std::vector<std::int64_t>& words) {
    return std::vector<std::int64_t>(words.end() - count, words.end());
  };
}

}  // namespace

void guessing(Trial& t) {
  const Sentences all = all_roles();
  const Score blind = best_guess(all, window(3)), chased = best_guess(all, window(4));
  const Score bag = best_guess(all, [](std::vector<std::int64_t> words) {
    std::sort(words.begin(), words.end());
    return words;
  });
  expect_number(
      t, "answer.chance", blind.accuracy, 0.006,
      {{100 * blind.accuracy, "percent", "shares lie between 0 and 1."},
       {chased.accuracy, "chance-of-seven",
        "that would be so if it saw the pig, which cannot chase itself. The pig is out of sight, too."},
       {0, "chance-of-none", "even a blind guess is right now and then: how many properties are there?"},
       {bag.accuracy, "chance-of-two", "it sees neither of the two animals, so eight remain."}});
  expect_number(
      t, "answer.loss", blind.loss, 0.01,
      {{blind.loss / std::log(2.0), "bits", "that is in bits; nats use the natural logarithm."},
       {chased.loss, "chance-of-seven",
        "that would be so if it saw the pig, which cannot chase itself. The pig is out of sight, too."},
       {-blind.loss, "sign", "a cross-entropy is -ln p, which is not negative."},
       {blind.accuracy, "share-not-loss",
        "that is the probability of each answer; the cross-entropy is -ln of it."}});
  expect_number(
      t, "answer.bag", bag.accuracy, 0.006,
      {{1, "bag-knows-order",
        "then it would know who chases. \"The pig chased the cow\" is the same bag of words, and ends "
        "otherwise."},
       {blind.accuracy, "bag-sees-nothing", "it sees which two animals take part, so the other six are out."},
       {bag.accuracy / 2, "bag-of-four", "two animals are left to choose from, not four."}});
}

void constant(Trial& t) {
  // A model that can say only one word, whatever it looks at; measured as the learner would.
  const Probe p = make_probe(1);
  const std::vector<std::int64_t> ids = p.sentences.ids.to_vector<std::int64_t>();
  const std::int64_t row = p.sentences.answer[0] - 1, word = p.words[0];
  {
    const NoGrad off;
    Tensor(p.model.readout.bias).slice(0, 0, 1).fill_(1e3);
  }
  const Row before = row_of(p.model, ids, row), after = row_of(p.model, ids, row, {word});
  const std::size_t at = static_cast<std::size_t>(word);
  const bool weight = before.weights[at] != after.weights[at],
             accuracy = best(before.logits).place != best(after.logits).place;
  const std::string expected = weight ? accuracy ? "both" : "weight" : accuracy ? "accuracy" : "neither";
  const std::string says_was =
      "it says \"was\" whatever it looks at, so nothing that it looks at can change that.";
  expect_choice(
      t, "answer.constant", expected,
      {{"both", "weight-is-not-need", says_was},
       {"accuracy", "weight-is-not-need", says_was},
       {"neither", "edge-not-cut", "a cut edge carries no weight any more: the row looks elsewhere."},
       {"weight", "unknown", "the model changes what it says."}});
}

}  // namespace gradus::exercises
