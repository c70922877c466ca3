#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "exercise.h"
#include "exercises/common/answers.h"
#include "exercises/common/checks.h"
#include "exercises/common/maps.h"
#include "experiment.h"
#include "gradus/ops/softmax.h"
#include "picture.h"
#include "tools/lab/specialise.h"

namespace gradus::exercises {

void experiment(Trial& trial);

namespace {

using Words = std::vector<std::string>;

// ----- the heatmap

/// Weights [T, T] whose shades no rounding can change. Rows are of every sharpness.
Tensor map_of(const Trial& t, std::int64_t n, bool causal) {
  for (;;) {
    Tensor scores = t.randn({n, n}) * 1.5;
    if (causal) scores = scores + causal_mask(n).tensor();
    const Tensor weights = softmax(scores, -1);
    if (!between_shades(Array(weights))) return weights;
  }
}

const Words six = {"it", "was", "the", "naïve", "a", "élan"};

/// The learner's heatmap.
std::string drawn(const Tensor& weights, const Words& tokens) {
  const Unchanged inputs({weights});
  const std::string text = heatmap(weights, tokens);
  inputs.expect();
  return text;
}

void expect_drawn(const Tensor& weights, const Words& tokens) {
  expect_heatmap(drawn(weights, tokens), Array(weights), tokens);
}

void lines(Trial& t) {
  for (const Words& tokens : {six, Words{"so", "it", "went", "home"}, Words{"story"}, Words{"", ""}})
    expect_form(drawn(map_of(t, std::ssize(tokens), true), tokens), tokens);
}

void shading(Trial& t) {
  expect_drawn(map_of(t, 6, true), six);
  for (int round = 0; round < 4; ++round) expect_drawn(map_of(t, 4, false), {"b", "ab", "cab", "crab"});
  // Two keys, weights in the middle of every shade.
  for (std::int64_t k = 0; k < 10; ++k) {
    const double w = 0.1 * static_cast<double>(k) + 0.05;
    expect_drawn(tensor({{w, 1 - w}, {1, 0}}), {"yes", "no"});
  }
}

void rounding_above_one(Trial&) {
  const double above = std::nextafter(1.f, 2.f);
  Array weights({2, 2}, {above, 0, 0, above});
  try {
    expect_drawn(weights.tensor(), {"x", "y"});
  } catch (const Failure& f) {
    if (f.cause != "cells" && f.cause != "no-shade-for-one" && f.cause != "width") throw;
    fail_check("above-one", "Sums of float32 round: a weight may come out as 1.0000001. Draw it like 1.");
  } catch (const NotWritten&) { throw; } catch (const std::exception& e) {
    fail_check("above-one",
               fmt::format("Sums of float32 round: a weight may come out as 1.0000001, and for that there is "
                           "no shade ({}). Draw it like 1.",
                           e.what()));
  }
}

void memory(Trial& t) {  // the same numbers, laid out differently
  const Tensor maps = stack({map_of(t, 4, false), map_of(t, 4, false)}, 2);  // [T, T, 2]
  expect_drawn(maps.select(2, 1), {"b", "ab", "cab", "crab"});
}

// ----- profile and score

constexpr std::int64_t B = 2, H = 3, T = 5;

Tensor maps_of(const Trial& t, bool causal, std::int64_t b = B, std::int64_t h = H, std::int64_t n = T) {
  Tensor scores = t.randn({b, h, n, n}) * 2;
  if (causal) scores = scores + causal_mask(n).tensor();
  return softmax(scores, -1);
}

void expect_profile(const Tensor& maps) {
  const Unchanged inputs({maps});
  const Tensor got = offset_profile(maps);
  expect_shape("the profile", got, {maps.size(1), maps.size(2)}, "[H, T]");
  inputs.expect();
  const auto read = [&](const Reading& how) { return offset_profile(Array(maps), how); };
  if (distance(Array(got), read({})) <= 1e-5) return;
  if (const auto cause = explain_reading(Array(got), read))
    fail_check(cause->name, "Your profile is what comes out when " + cause->sentence + ".");
  expect_close("profile", got, read({}));
}

void expect_score(const Tensor& maps) {
  const Unchanged inputs({maps});
  const Tensor got = previous_token_score(maps);
  expect_shape("the score", got, {maps.size(1)}, "[H]");
  inputs.expect();
  const Array right = mean_weight(Array(maps), previous_token);
  if (distance(Array(got), right) <= tolerance) return;
  if (const auto cause = explain_weight(Array(got), Array(maps), previous_token))
    fail_check(cause->name, "Your score is what comes out when " + cause->sentence + ".");
  expect_close("score", got, right);
}

void profile(Trial& t) {
  expect_profile(maps_of(t, false));
  expect_profile(maps_of(t, true));
  expect_profile(maps_of(t, true, 1, 1, 1));
  expect_profile(maps_of(t, true, 3, 2, t.randint(6, 12)));
  expect_profile(maps_of(t, false).transpose(0, 1).clone().transpose(0, 1));
}

void scores(Trial& t) {
  expect_score(maps_of(t, false));
  expect_score(maps_of(t, true));
  expect_score(maps_of(t, true, 3, 2, t.randint(6, 12)));
  expect_score(maps_of(t, true, 4, 1, 3));
  expect_score(maps_of(t, false).transpose(0, 1).clone().transpose(0, 1));
}

/// [1, 1, T, T]: all weight one back; row 0, which has nobody before it, on itself.
Tensor all_on_previous(std::int64_t n) {
  Array maps({1, 1, n, n});
  for (std::int64_t i = 0; i < n; ++i) maps(0, 0, i, std::max<std::int64_t>(0, i - 1)) = 1;
  return maps.tensor();
}

void perfect(Trial& t) {
  const std::int64_t n = t.randint(5, 20);
  const Tensor score = previous_token_score(all_on_previous(n));
  expect_shape("the score", score, {1}, "[H]");
  const double got = score[0].item();
  if (std::abs(got - 1) <= 1e-5) return;
  for (const auto& [sum, by] : {std::pair{n - 1, n}, {n - 2, n}, {n - 2, n - 1}})
    if (std::abs(got - static_cast<double>(sum) / static_cast<double>(by)) <= 1e-5)
      fail_check(
          "rows-counted",
          fmt::format("A head with all its weight on the token before scores {}, which is {} / {}, of {} "
                      "tokens: divide by the number of rows that count, {}: rows 2 ... {}.",
                      show(got), sum, by, n, n - 2, n - 1));
  expect_score(maps_of(t, false));  // here all other weights are 0, whatever is read instead
  expect_score(all_on_previous(n));
}

// ----- the questions

constexpr std::int64_t length = 12;  // of the experiment's sequences

/// The mean of 1 / (i + 1) over rows from `first` on.
double evenly(std::int64_t first, std::int64_t n) {
  double sum = 0;
  for (std::int64_t i = first; i < n; ++i) sum += 1 / static_cast<double>(i + 1);
  return sum / static_cast<double>(n - first);
}

void arithmetic(Trial& t) {
  const double n = static_cast<double>(length), uniform = evenly(2, length);
  expect_number(
      t, "answer.uniform", uniform, 2e-3,
      {{1 / n, "mask-forgotten",
        "query i sees the keys 0 ... i and no others; its weight on each is 1 / (i + 1)."},
       {evenly(0, length), "rows-counted", "row 0 has no token before it: only rows 2 ... 11 count."},
       {evenly(1, length), "first-rows",
        "in row 1 the token before is the first token: rows count from 2 on."},
       {uniform * (n - 2) / n, "rows-counted", "the mean is over 10 rows: 2 ... 11."}});
  expect_number(
      t, "answer.first_token", 1 / (n - 1), 2e-3,
      {{0, "first-rows", "in row 1 the token before is the first token, so that row adds 1 to the sum."},
       {1 / n, "rows-counted", "rows 1 ... 11 are eleven: row 0 has no token before it."},
       {1 / (n - 2), "rows-counted", "rows 1 ... 11 are eleven: divide by them all."}});
}

/// What the questions ask about two trained heads.
struct Heads {
  Trained trained;
  Array profiles;
  double apart;
  Removal removal;
};

/// Trains the heads, and judges the learner's measures of them.
Heads measured_heads(int targets) {
  Trained t = train_heads(targets);
  const Score s = score(t.model, t.examples);
  if (!(s.accuracy >= 0.9))
    fail_check(
        "experiment",
        fmt::format("the model has not learnt its task (accuracy {}): try another --seed", show(s.accuracy)));
  expect_profile(t.maps);
  expect_score(t.maps);
  const Array profiles = offset_profile(Array(t.maps));
  const Removal removal = remove_heads(t);
  return {std::move(t), profiles, divergences(profiles)(0, 1), removal};
}

void one_target(Trial& t) {
  for (const char* name : {"answer.one_apart", "answer.one_removed", "answer.cut"}) t.answer(name);
  const auto [trained, profiles, apart, removal] = measured_heads(1);
  const double left = std::min(removal.without(0, 0), removal.without(1, 0));
  const bool high = left > 0.5;
  expect_choice(t, "answer.one_apart", apart >= lab::least_divergence ? "yes" : "no",
                {{"yes", "expected-story",
                  fmt::format("their profiles are only {} apart: both learned the same work.", show(apart))},
                 {"no", "expected-story", fmt::format("their profiles are {} apart.", show(apart))}});
  expect_choice(
      t, "answer.one_removed", high ? "high" : "chance",
      {{"chance", "weight-is-not-need",
        fmt::format("with one head removed the model is still right in {} of all cases. A head can look at "
                    "the right place and not be needed.",
                    show(left))},
       {"high", "weight-is-not-need", fmt::format("it is {}.", show(left))}});
  // The target is independent of all that is still seen: 1 / 16, and what 2048 draws leave to luck: four standard errors
  // are 4 sqrt(0.0625 * 0.9375 / 2048) = 0.021.
  const double chance = 1 / static_cast<double>(trained.model.options.vocab);
  const double cut = accuracy_with_cut(trained, 6, 5);
  if (!(std::abs(cut - chance) <= 0.021))
    fail_check("experiment", fmt::format("with the edge cut we measure {}, not chance", show(cut)));
  expect_number(
      t, "answer.cut", chance, 5e-3,
      {{0, "chance-forgotten", "a guess among 16 equally likely tokens is right now and then."},
       {1, "edge-cut", "nothing else that position 6 sees tells which token stands at 5."},
       {1 / static_cast<double>(length), "chance-forgotten", "it guesses among 16 tokens, not 12 places."}});
}

void two_targets(Trial& t) {
  for (const char* name : {"answer.two_differ", "answer.two_lost"}) t.answer(name);
  const auto [trained, profiles, apart, removal] = measured_heads(2);
  const std::int64_t head = profiles(0, 1) > profiles(1, 1) ? 0 : 1;
  const bool previous = removal.without(head, 0) < 0.5, before = removal.without(head, 1) < 0.5;
  const Tensor between = tensor({{0.0, apart}, {apart, 0.0}}, Dtype::float64);
  expect_choice(t, "answer.two_differ", lab::heads_differ(between, removal.damage.tensor()) ? "yes" : "no",
                {{"no", "heads-differ",
                  fmt::format("their profiles are {} apart, and removing each hurts another readout most.",
                              show(apart))},
                 {"yes", "expected-story", fmt::format("their profiles are {} apart.", show(apart))}});
  const std::string measured =
      fmt::format("without that head `previous` is right in {}, `before` in {} of all cases.",
                  show(removal.without(head, 0)), show(removal.without(head, 1)));
  expect_choice(t, "answer.two_lost",
                previous && before ? "both"
                : previous         ? "previous"
                : before           ? "before"
                                   : "neither",
                {{"previous", "wrong-readout", measured},
                 {"before", "wrong-readout", measured},
                 {"both", "wrong-readout", measured},
                 {"neither", "weight-is-not-need", measured}});
}

void numbers() {
  const Array map({1, 1, 4, 4}, {1, 0, 0, 0, 0.75, 0.25, 0, 0, 0.15, 0.8, 0.05, 0, 0.15, 0.11, 0.66, 0.08});
  for (const double x : map.values) fmt::print("{:.2f}\n{:.1f}\n", x, x);
  for (const double x : offset_profile(map).values) fmt::print("{:.3f}\n{:.2f}\n", x, x);
  fmt::print("{:.3f}\n", mean_weight(map, previous_token)(0));
  fmt::print("{:.3f}\n{:.3f}\n{:.3f}\n", evenly(2, length), 11. / 12, 1. / 11);
  fmt::print("{:.1f}\n{:.2f}\n{:.2f}\n{:.4f}\n", lab::least_divergence, std::log(2.), lab::least_damage,
             1. / 16);
}

}  // namespace

const Exercise exercise{
    {
        {"lines", "a line for each query, labelled, all equally wide", lines},
        {"shades", "every weight has its shade, on one scale for all rows and maps", shading},
        {"above one", "a weight that rounding has lifted above 1 is drawn like 1", rounding_above_one},
        {"memory", "the picture does not depend on how the map lies in memory", memory},
        {"profile", "the offset profile agrees with plain loops", profile},
        {"perfect head", "a head that looks only one back scores 1", perfect},
        {"score", "the previous-token score agrees with plain loops", scores},
        {"arithmetic", "what the scores of two simple heads are", arithmetic},
        {"one target", "two heads trained on one target", one_target, true},
        {"two targets", "two heads trained on two targets", two_targets, true},
    },
    experiment,
    numbers};

}  // namespace gradus::exercises
