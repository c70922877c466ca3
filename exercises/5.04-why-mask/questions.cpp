#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "exercises/common/answers.h"
#include "exercises/common/masked.h"
#include "exercises/common/oracle.h"
#include "judge.h"
#include "parts.h"

namespace gradus::exercises {

void predictions(Trial& t) {
  expect_predictions(t, {"predict.open_teacher_forced", "predict.open_prefix_only", "predict.masked"});
}

void pattern(Trial& t) {
  constexpr std::int64_t n = 3;
  Array mask({n, n}, -INFINITY);  // of what the rows say
  std::int64_t i = 0;
  for (const char* name : {"answer.row_1", "answer.row_2", "answer.row_3"}) {
    std::string row = t.answer(name);
    row.erase(std::remove_if(row.begin(), row.end(), [](char c) { return c == ' ' || c == ','; }), row.end());
    if (row.size() != n || row.find_first_not_of("01") != std::string::npos)
      fail_check("not-a-row", fmt::format("{} = {}: a row is three numbers, 0 or 1", name, t.answer(name)));
    for (std::int64_t j = 0; j < n; ++j)
      if (row[static_cast<std::size_t>(j)] == '1') mask(i, j) = 0;
    ++i;
  }
  if (distance(mask, causal_mask(n)) == 0) return;
  if (const auto cause = explain_triangle(mask))
    fail_check(cause->name, "With your rows " + cause->sentence + ".");
  for_each_index<2>(mask.shape, [&](auto query, auto key) {
    if (key > query && mask(query, key) == 0)
      fail_check("sees-future",
                 fmt::format("With your rows position {} attends to position {}.", query + 1, key + 1));
  });
  fail_check("misses-past", "With your rows a position does not see all that came before it.");
}

void blocked_value(Trial& t) {
  const double got = t.number("answer.blocked");
  if (got == -INFINITY) return;  // the score whose exponential is 0
  if (got > 0)
    fail_check("blocked-positive", "A large score gets all of the weight: this invites the future.");
  if (got == 0)
    fail_check("blocked-zero", "A score of 0 is a score like any other: e^0 = 1 is shared out too.");
  if (std::exp(static_cast<float>(got)) > 0)
    fail_check("blocked-finite",
               fmt::format("A score of {} leaves e^{} = {:.2g} of a weight.", t.answer("answer.blocked"),
                           t.answer("answer.blocked"), std::exp(got)));
  if (std::isnan(got)) fail_check("unknown", "NaN makes every weight of the row NaN.");
  fail_check(
      "blocked-large",
      fmt::format("In float32 e^{} is 0, so this works until all keys of a query are blocked: then all "
                  "scores are equal again and the query attends to what it must not see. There is "
                  "a number whose exponential is 0 by definition.",
                  t.answer("answer.blocked")));
}

void leak_of_zero(Trial& t) {
  const double expected = judge::leak(judge::masked_weights(Array({3, 3}), 0));
  expect_number(t, "answer.leak", expected, 0.005,
                {{0, "zero-is-not-blocked", "e^0 = 1, not 0: the later keys are as good as the first."},
                 {2 * expected, "both-keys", "that is what both later keys get together; asked is each."},
                 {0.5, "half", "there are three keys, and their scores are all equal."}});
}

void source(Trial& t) {
  // Position t is asked for the token at t + 1, and that is where it stands.
  expect_number(t, "answer.source", 6, 0,
                {{5, "own-position", "position 5 holds token 5; asked is the one after it."},
                 {4, "past", "the tokens are random: nothing earlier tells what comes."}});
}

void least_loss(Trial& t) {
  double entropy = 0;
  for (int token = 0; token < 16; ++token) entropy -= 1. / 16 * std::log(1. / 16);
  expect_number(
      t, "answer.floor", entropy, 0.005,
      {{std::log2(16.), "bits", "that is in bits; losses are in nats, with the natural logarithm."},
       {0, "no-loss", "that would be to know a token before it is drawn."},
       {1. / 16, "probability", "that is the chance to guess right; the loss is minus its logarithm."},
       {std::log(12.), "length",
        "what counts is how many tokens there are to choose from, not how long sequences are."}});
}

/// The copied token stands there in training and not in generation; the full check measures what that does to both losses.
void damage(Trial& t) {
  expect_choice(t, "answer.damage", "generation",
                {{"training", "training-loss",
                  "without a mask the training loss falls to nearly 0; that it looks so good is the trap."},
                 {"generation"},
                 {"speed", "speed",
                  "a mask is there for what is learned; training takes as many steps of the same size."}});
}

}  // namespace gradus::exercises
