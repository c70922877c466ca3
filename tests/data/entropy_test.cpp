#include "gradus/data/entropy.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "gradus/base/error.h"
#include "gradus/base/random.h"
#include "gradus/data/tales.h"
#include "gradus/data/tokenizer.h"

using namespace gradus;
using Ids = std::vector<std::int64_t>;

TEST_CASE("the entropies of a known Markov chain are found") {
  // Two states: stay with 0.9 in state 0, with 0.6 in state 1. The share of state 0 is 0.8.
  const Philox random{3};
  Ids ids{0};
  for (std::uint64_t i = 0; i < 200000; ++i)
    ids.push_back(random.uniform(i) < (ids.back() == 0 ? 0.9 : 0.6) ? ids.back() : 1 - ids.back());
  const Tokens tokens(ids);
  const Baselines b = baselines(tokens.slice(0, 100000), tokens.slice(100000, 200001), 2);
  const auto entropy = [](double p) { return -p * std::log(p) - (1 - p) * std::log(1 - p); };
  CHECK(std::abs(b.uniform - std::log(2)) <= 1e-12);
  CHECK(std::abs(b.unigram - entropy(0.8)) <= 0.01);
  CHECK(std::abs(b.bigram - (0.8 * entropy(0.9) + 0.2 * entropy(0.6))) <= 0.01);
}

TEST_CASE("smoothing gives every continuation of a context its share, and the shares sum to one") {
  const Tokens train(Ids{0, 1, 0, 2, 0, 1, 1, 4});
  for (std::int64_t context = 0; context < 6; ++context) {
    double unigram = 0, bigram = 0;
    for (std::int64_t next = 0; next < 6; ++next) {
      const Baselines b = baselines(train, Tokens(Ids{context, next}), 6);
      CHECK(std::isfinite(b.bigram));
      unigram += std::exp(-b.unigram);
      bigram += std::exp(-b.bigram);
    }
    CHECK(std::abs(unigram - 1) <= 1e-12);
    CHECK(std::abs(bigram - 1) <= 1e-12);
  }
  // By hand: P(1) = 3.5 / 11; after 0 (three times, two followers) comes 1 twice.
  const Baselines b = baselines(train, Tokens(Ids{0, 1}), 6);
  CHECK(std::abs(std::exp(-b.unigram) - 3.5 / 11) <= 1e-12);
  CHECK(std::abs(std::exp(-b.bigram) - (2 + 2 * 3.5 / 11) / 5) <= 1e-12);
}

TEST_CASE("tales: each baseline beats the one before, and all stay above the floor") {
  const Tales train = make_tales(1, 3000), validation = make_tales(2, 300);
  const Tokenizer t = Tokenizer::train(TokenKind::word, train.text);
  const Baselines b =
      baselines(Tokens(t.encode(train.text)), Tokens(t.encode(validation.text)), t.vocab_size());
  const double floor = tales_cost(validation.text).floor();
  MESSAGE("uniform ", b.uniform, ", unigram ", b.unigram, ", bigram ", b.bigram, ", floor ", floor);
  CHECK(b.uniform > b.unigram);
  CHECK(b.unigram > b.bigram);
  CHECK(b.bigram > 1.5 * floor);
}

TEST_CASE("texts without a pair of tokens and ids outside the vocabulary are errors") {
  const Tokens good(Ids{0, 1}), one(Ids{0}), high(Ids{0, 5});
  CHECK_THROWS_AS(baselines(one, good, 2), Error);
  CHECK_THROWS_AS(baselines(good, one, 2), Error);
  CHECK_THROWS_AS(baselines(good, high, 5), Error);
  CHECK_NOTHROW(baselines(good, high, 6));
}
