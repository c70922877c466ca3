#include "exercises/common/checks.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "exercise.h"
#include "exercises/common/answers.h"
#include "parts.h"

namespace gradus::exercises {

namespace {

void predictions(Trial& t) { expect_predictions(t, {"predict.one_head", "predict.two_heads"}); }

// ----- what heads cost

std::int64_t count(std::int64_t d_model, std::int64_t heads, std::int64_t d_k) {
  return 4 * d_model * heads * d_k;
}

/// What is counted by those who are known to be wrong; heads x d_k need not be d_model.
std::vector<KnownNumber> wrong_counts(std::int64_t d, std::int64_t heads, std::int64_t d_k) {
  const std::int64_t inner = heads * d_k;
  const auto number = [](std::int64_t n) { return static_cast<double>(n); };
  return {
      {number(3 * d * inner), "output-projection",
       "that is Q, K and V; the projection from the heads back to d_model is missing."},
      {number(4 * inner * d_k), "head-inputs",
       "that has each head read d_k numbers of a token; it reads all d_model, and makes d_k of them."},
      {number((3 * heads + 1) * d * d), "head-width",
       "that has each head make d_model numbers; it makes d_k of them."},
      {number(heads * 4 * d * d), "eight-times",
       "that is a full set of d_model x d_model projections per head; heads share the width, they do not "
       "multiply it."},
      {number(4 * d * inner + 3 * inner + d), "biases", "that counts the biases too."},
      {number(4 * d * d_k), "one-head-only", "that is the share of a single head."},
      {number(4 * d * d), "inner-width",
       "that takes heads x d_k for d_model; the projections lead to heads x d_k numbers and back."},
  };
}

void parameters(Trial& t) {
  for (int round = 0; round < 5; ++round) {
    // Prime numbers: no two ways to count agree by chance.
    const std::int64_t primes[] = {2, 3, 5, 11, 13, 17, 29, 31, 37};
    const std::int64_t heads = primes[t.randint(0, 3)], d_k = primes[t.randint(3, 6)],
                       d = primes[t.randint(6, 9)], got = parameter_count(d, heads, d_k),
                       expected = count(d, heads, d_k);
    if (got == expected) continue;
    const std::string said = fmt::format("parameter_count({}, {}, {}) = {}: ", d, heads, d_k, got);
    for (const KnownNumber& k : wrong_counts(d, heads, d_k))
      if (static_cast<double>(got) == k.value && static_cast<double>(expected) != k.value)
        fail_check(k.cause, said + k.sentence);
    fail_check("unknown", said + "we count another number, and know no mistake that leads to yours.");
  }
}

void counts(Trial& t) {
  const double expected = static_cast<double>(count(512, 8, 64));
  expect_number(t, "answer.eight_heads", expected, 0, wrong_counts(512, 8, 64));
  std::vector<KnownNumber> known = wrong_counts(512, 1, 512);
  known.push_back(
      {expected / 8, "eight-times", "it has one head in place of 8, and that head is 8 times as wide."});
  known.push_back({expected * 8, "eight-times", "it is 8 times as wide, and there is 1 in place of 8."});
  expect_number(t, "answer.one_head", static_cast<double>(count(512, 1, 512)), 0, known);
}

void rank(Trial& t) {
  // A head's queries and keys have 64 numbers each, and all that its scores know went through them.
  expect_number(
      t, "answer.rank", 64, 0,
      {{512, "full-rank", "M is 512 x 512, but it is a product of 512 x 64 and 64 x 512."},
       {8, "rank-heads", "that is the number of heads; what limits M is the width between its factors."},
       {128, "rank-sum", "ranks of the factors of a product do not add up."},
       {4096, "rank-squared", "no 512 x 512 matrix has such a rank."}});
}

/// What 8 heads of 64 have, divided by what 1 head of 512 has: the gain is what is not 1.
void gain(Trial& t) {
  const std::int64_t d = 512, length = 12;
  struct Has {
    const char* word;
    std::int64_t eight, one;
  };
  const Has all[] = {{"parameters", count(d, 8, 64), count(d, 1, 512)},
                     {"multiplications", 8 * length * length * 64, 1 * length * length * 512},
                     {"inputs", d, d},
                     {"mixtures", 8, 1}};
  std::string expected;
  for (const Has& h : all)
    if (h.eight > h.one) expected = h.word;
  expect_choice(
      t, "answer.gain", expected,
      {{"parameters", "more-parameters", "count both: the heads share the width, so the number is the same."},
       {"multiplications", "more-work",
        "a score of one head takes 64 of them and there are 8 scores per pair; one head needs 512 for its "
        "one."},
       {"inputs", "fewer-inputs", "every head reads all 512 numbers of a token, whatever it makes of them."},
       {"mixtures"}});
}

}  // namespace

const Exercise exercise{
    {
        {"predictions", "you said what you expect", predictions},
        {"parameters", "parameter_count counts all four projections", parameters},
        {"counts", "8 heads of 64 and 1 of 512 are counted", counts},
        {"gain", "what many heads have more of is named", gain},
        {"rank", "the price is known: the rank of one head's scores", rank},
        {"loss", "copy_loss agrees with plain loops in double", loss},
        {"sweep", "best_of_one_head tries the whole grid", sweep},
        {"best loss", "the least that one head loses is known", best_loss},
        {"split", "what a head that splits its weight can know is known", split},
        {"scores", "role_score agrees with plain loops in double", scores},
        {"pure heads", "heads that do one thing only, and sequences without repetition, are scored", pure},
        {"matrices", "the six heads are named", matrices},
        {"model", "trained_copier makes the model that is asked for", model},
        {"training", "two heads learn both tokens, one head does not", training, true},
    },
    experiment,
    numbers};

}  // namespace gradus::exercises
