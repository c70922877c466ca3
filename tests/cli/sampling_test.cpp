// How the next token is chosen.
#include "tools/sampling.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

using gradus::tools::choose_token;
using gradus::tools::Sampling;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// How often each token is chosen when u runs evenly through [0, 1).
std::vector<double> shares(const std::vector<float>& logits, const Sampling& how) {
  constexpr int draws = 20000;
  std::vector<double> share(logits.size());
  for (int i = 0; i < draws; ++i)
    share[static_cast<std::size_t>(choose_token(logits, how, (i + 0.5) / draws))] += 1.0 / draws;
  return share;
}

const std::vector<float> logits = {std::log(0.1f), std::log(0.4f), std::log(0.2f), std::log(0.3f)};

void check_shares(const Sampling& how, const std::vector<double>& expected) {
  const std::vector<double> got = shares(logits, how);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    CHECK(std::abs(got[i] - expected[i]) <= 2e-4);
  }
}

}  // namespace

TEST_CASE("tokens are drawn with the model's probabilities") { check_shares({}, {0.1, 0.4, 0.2, 0.3}); }

TEST_CASE("temperature raises probabilities to a power") {
  const double total = 0.01 + 0.16 + 0.04 + 0.09;
  check_shares({.temperature = 0.5}, {0.01 / total, 0.16 / total, 0.04 / total, 0.09 / total});
}

TEST_CASE("top-k keeps the k likeliest, top-p the fewest that reach p") {
  check_shares({.top_k = 2}, {0, 0.4 / 0.7, 0, 0.3 / 0.7});
  check_shares({.top_k = 100}, {0.1, 0.4, 0.2, 0.3});
  check_shares({.top_p = 0.65}, {0, 0.4 / 0.7, 0, 0.3 / 0.7});
  check_shares({.top_p = 0.71}, {0, 0.4 / 0.9, 0.2 / 0.9, 0.3 / 0.9});
  check_shares({.top_p = 0}, {0, 1, 0, 0});
  check_shares({.top_k = 3, .top_p = 0.5}, {0, 0.4 / 0.7, 0, 0.3 / 0.7});
}

TEST_CASE("greedy takes the likeliest, of equals the first") {
  check_shares({.greedy = true}, {0, 1, 0, 0});
  check_shares({.temperature = 0}, {0, 1, 0, 0});
  CHECK(choose_token({1, 3, 3}, {.greedy = true}, 0.9) == 1);
}

TEST_CASE("a token of probability 0 is never drawn") {
  for (const double u : {0.0, 0.5, 1 - 1e-16}) CHECK(choose_token({-infinity, 2, -infinity}, {}, u) == 1);
}

TEST_CASE("logits that are not numbers are an error") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(choose_token({1, nan}, {}, 0.5), gradus::Error);
  CHECK_THROWS_AS(choose_token({1, nan}, {.greedy = true}, 0.5), gradus::Error);
  CHECK_THROWS_AS(choose_token({-infinity, -infinity}, {}, 0.5), gradus::Error);
  CHECK_THROWS_AS(choose_token({1, infinity}, {}, 0.5), gradus::Error);
}
