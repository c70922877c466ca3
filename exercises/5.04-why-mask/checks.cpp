#include "exercises/common/checks.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <vector>

#include "exercise.h"
#include "exercises/common/offset_task.h"
#include "gradus/autograd/modes.h"
#include "judge.h"
#include "parts.h"

namespace gradus::exercises {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// ----- weights

/// The learner's weights, with what must hold for any input.
Array weights_of(const Tensor& scores, double blocked) {
  const Unchanged inputs({scores});
  const Tensor weights = masked_weights(scores, blocked);
  const std::int64_t n = scores.size(0);
  expect_shape("the result of masked_weights", weights, {n, n}, "[T, T]", false);
  if (std::isnan(Array(weights).values[0]))
    fail_check("mask-strict",
               "The first row is NaN: all of its keys are blocked. A position may always attend to itself.");
  expect_shape("the result of masked_weights", weights, {n, n}, "[T, T]");
  inputs.expect();
  return Array(weights);
}

void equal_scores(Trial& t) {
  const std::int64_t n = t.randint(3, 7);
  const Array scores({n, n}, 0.5), got = weights_of(scores.tensor(), -infinity);
  expect_result("masked_weights", got.tensor(), judge::masked_weights(scores, -infinity), [&] {
    return judge::explain_weights({{scores, -infinity, got}});
  });
}

void weights(Trial& t) {
  std::vector<judge::MaskRun> runs;
  for (const double blocked : {-infinity, -1e9, 0.0, -10.0, -1.0, 0.7}) {
    const std::int64_t n = t.randint(3, 8);
    const Tensor scores = t.randn({n, n}) * 2;
    runs.push_back({Array(scores), blocked, weights_of(scores, blocked)});
  }
  for (const judge::MaskRun& run : runs)
    expect_result("masked_weights", run.got.tensor(), judge::masked_weights(run.scores, run.blocked),
                  [&] { return judge::explain_weights(runs); });
}

void leaks(Trial& t) {
  std::vector<judge::LeakRun> runs;
  for (int round = 0; round < 12; ++round) {
    const std::int64_t n = 1 + (round + 5) % 7;
    const Array scores(t.randn({n, n}) * 2);
    const Array weights = judge::masked_weights(scores, round % 4 == 0 ? -infinity : round % 4 - 2);
    const Tensor given = weights.tensor();
    const Unchanged inputs({given});
    runs.push_back({weights, expect_finite("leak", leak(given))});
    inputs.expect();
  }
  for (const judge::LeakRun& run : runs)
    expect_value("leak", run.got, judge::leak(run.weights), [&] { return judge::explain_leak(runs); });
}

// ----- losses

void expect_loss(const char* what, double (*loss)(const Tiny&, const Tensor&), judge::LossRecipe::Sees sees,
                 Trial& t) {
  for (int round = 0; round < 3; ++round) {
    const Tiny model({.vocab = 7, .length = 9, .width = 8, .heads = 2, .causal = round == 2});
    {
      const NoGrad off;  // an untrained model with opinions, so that no two losses are alike
      Tensor(model.readout.weight).mul_(4);
    }
    const Tensor ids = randint(0, 7, {t.randint(2, 5), t.randint(5, 9)});
    const double got = expect_finite(what, loss(model, ids));
    expect_value(what, got, judge::loss(model, ids, {.sees = sees}),
                 [&] { return judge::explain_loss(got, model, ids, sees); });
  }
}

void teacher_forced(Trial& t) {
  expect_loss("teacher_forced_loss", teacher_forced_loss, judge::LossRecipe::Sees::everything, t);
}

void prefix_only(Trial& t) {
  expect_loss("prefix_only_loss", prefix_only_loss, judge::LossRecipe::Sees::prefix, t);
}

// ----- the experiment

/// 24 seeds gave, without a mask, teacher-forced losses below 0.003, prefix-only losses from 9.3 to 12.1, and a mean weight
/// on the next token of 0.87 to 0.96; with a mask both losses from 2.768 to 2.777.
void leak_experiment(Trial&) {
  const double even = std::log(16.);
  const Leaky open = trained(false), masked = trained(true);
  const auto expect = [](const char* what, double loss, bool holds, const char* expected) {
    if (!holds) fail_check("experiment", fmt::format("{}: {:.3f}, expected {}", what, loss, expected));
  };
  expect("without a mask, teacher-forced", open.teacher_forced, open.teacher_forced <= 0.1, "nearly 0");
  expect("without a mask, prefix only", open.prefix_only, open.prefix_only >= even + 2, "far above ln 16");
  expect("without a mask, attention from t to t + 1", open.next_weight, open.next_weight >= 0.6,
         "most of the weight");
  expect("with a mask, teacher-forced", masked.teacher_forced, std::abs(masked.teacher_forced - even) <= 0.05,
         "ln 16");
  expect("with a mask, prefix only", masked.prefix_only, std::abs(masked.prefix_only - even) <= 0.05,
         "ln 16");
}

}  // namespace

Leaky trained(bool causal) {
  const TinyOptions options{.vocab = 16, .length = 12, .width = 24, .causal = causal};
  Tiny model(options);
  train(model, 200, [&](std::int64_t batch) { return offset_task(options, {1}, batch); });
  const Tensor ids = offset_task(options, {1}, 64).ids;
  const NoGrad off;
  const Array seen(attention_of(model, ids));  // [B, 1, T, T]
  double next = 0;
  const std::int64_t batch = ids.size(0), pairs = options.length - 1, head = 0;
  for (std::int64_t b = 0; b < batch; ++b)
    for (std::int64_t i = 0; i < pairs; ++i) next += seen(b, head, i, i + 1);
  return {teacher_forced_loss(model, ids), prefix_only_loss(model, ids),
          next / static_cast<double>(batch * pairs)};
}

const Exercise exercise{
    {
        {"predictions", "you said what you expect", predictions},
        {"pattern", "what three positions may see is known", pattern},
        {"blocked", "the score of a blocked key is known", blocked_value},
        {"zero", "what a score of 0 in its place leaks is known", leak_of_zero},
        {"source", "where a model without a mask looks is known", source},
        {"floor", "the least honest loss is known", least_loss},
        {"damage", "what is worse without a mask is known", damage},
        {"equal scores", "masked_weights of equal scores share evenly over the keys so far", equal_scores},
        {"weights", "masked_weights agrees with plain loops in double, whatever `blocked` is", weights},
        {"leak", "leak finds the largest weight on a later key", leaks},
        {"teacher forced", "teacher_forced_loss agrees with plain loops in double", teacher_forced},
        {"prefix only", "prefix_only_loss agrees with plain loops in double", prefix_only},
        {"experiment", "without a mask training looks perfect and generation fails; with one both are honest",
         leak_experiment, true},
    },
    experiment,
    numbers};

}  // namespace gradus::exercises
