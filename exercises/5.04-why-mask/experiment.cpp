#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "exercise.h"
#include "exercises/common/answers.h"
#include "exercises/common/experiment_part.h"
#include "judge.h"
#include "parts.h"

namespace gradus::exercises {
namespace {

void leak_table() {
  fmt::print("Three equal scores, later keys blocked by a score of ...\n");
  fmt::print("  {:>8}  {:>10}   weights of position 1\n", "", "leak");
  for (const double blocked : {0.0, -1.0, -10.0, -1e9, -std::numeric_limits<double>::infinity()}) {
    const Tensor weights = masked_weights(zeros({3, 3}), blocked);
    const Elements w(weights);
    fmt::print("  {:>8g}  {:>10.3g}   {:.3g}  {:.3g}  {:.3g}\n", blocked, leak(weights), w(0, 0), w(0, 1),
               w(0, 2));
  }
}

void leak_experiment(const Trial& t) {
  fmt::print("Trained on 16 random tokens; no model that predicts can have a loss below ln 16 = {:.3f}:\n",
             std::log(16.));
  for (const bool causal : {false, true}) {
    const Leaky m = trained(causal);
    fmt::print("  {}\n", causal ? "with a mask" : "without a mask");
    fmt::print("    whole sequences, as in training:  loss {:7.3f}  ({})\n", m.teacher_forced,
               expected_by_you(t, causal ? "predict.masked" : "predict.open_teacher_forced"));
    fmt::print("    prefixes, as in generation:       loss {:7.3f}  ({})\n", m.prefix_only,
               expected_by_you(t, causal ? "predict.masked" : "predict.open_prefix_only"));
    fmt::print("    attention from t to t + 1:             {:7.3f}\n", m.next_weight);
  }
}

}  // namespace

void experiment(Trial& trial) {
  predictions(trial);
  experiment_part(leak_table);
  experiment_part([&] { leak_experiment(trial); });
}

void numbers() {
  fmt::print("{:.2f}\n{:.3f}\n", std::log(16.), std::log(16.));
  const Array scores({3, 3});
  for (const double blocked : {0.0, -1.0, -10.0}) {
    const double x = judge::leak(judge::masked_weights(scores, blocked));
    fmt::print("{:.2f}\n{:.3f}\n{:.6f}\n", x, x, x);
  }
}

}  // namespace gradus::exercises
