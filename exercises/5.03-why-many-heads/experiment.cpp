#include <fmt/format.h>

#include <cmath>
#include <sstream>

#include "exercise.h"
#include "exercises/common/answers.h"
#include "exercises/common/experiment_part.h"
#include "gallery.h"
#include "gradus/base/random.h"
#include "parts.h"
#include "tools/lab/heatmap.h"

namespace gradus::exercises {

std::vector<Portrait> gallery() {
  const GeneratorState before = generator_state();
  manual_seed(1490);  // their names are told apart by 0.3 or more
  std::vector<std::size_t> left = {0, 1, 2, 3, 4, 5};
  std::vector<Portrait> all;
  while (!left.empty()) {
    const std::int64_t n = std::ssize(left), pick = randint(0, n, {}).item<std::int64_t>();
    const Role role = judge::roles[left[static_cast<std::size_t>(pick)]].first;
    left.erase(left.begin() + pick);
    const judge::Tokens tokens = judge::random_tokens(14, 6);
    all.push_back({static_cast<char>('a' + std::ssize(all)), judge::head_of(role, tokens, 0.2), tokens});
  }
  set_generator_state(before);
  return all;
}

namespace {

std::string drawn(const Portrait& p) {
  std::vector<std::string> labels;
  for (const std::int64_t token : p.tokens) labels.push_back(std::string(1, "KLMNOP"[token]));
  return lab::text_heatmap({.values = p.weights.tensor(), .labels = labels});
}

void draw_heads() {
  fmt::print(
      "Six heads over 14 tokens of a vocabulary of 6. Row = query, column = key, dark = much weight.\n");
  const std::vector<Portrait> all = gallery();
  for (std::size_t row = 0; row < all.size(); row += 3) {
    std::istringstream pictures[3];
    fmt::print("\n");
    for (std::size_t i = 0; i < 3; ++i) {
      pictures[i].str(drawn(all[row + i]));
      fmt::print("  {:<32}", fmt::format("matrix {}", all[row + i].letter));
    }
    fmt::print("\n");
    for (std::string line; std::getline(pictures[0], line);) {
      for (std::size_t i = 0; i < 3; ++i) {
        if (i > 0) std::getline(pictures[i], line);
        fmt::print("  {}  ", line);
      }
      fmt::print("\n");
    }
  }
  fmt::print("\nYour scores of them:\n");
  for (const auto& [role, name] : judge::roles) {
    fmt::print("  {:<12}", name);
    for (const Portrait& p : all)
      fmt::print("  {}: {:.2f}", p.letter, role_score(role, p.weights.tensor(), p.tokens));
    fmt::print("\n");
  }
}

void sweep_table(const Trial& t) {
  const Tensor windows = t.randn({2000, 5, 4});
  fmt::print("What is lost of two independent tokens, by the best linear readout:\n");
  struct Row {
    const char* what;
    Tensor patterns;
  };
  const float third = 1.f / 3;
  const Row rows[] = {
      {"one head, all on the previous token", tensor({{1, 0, 0, 0, 0}})},
      {"one head, half and half", tensor({{0.5, 0.5, 0, 0, 0}})},
      {"one head, 0.8 and 0.2", tensor({{0.8, 0.2, 0, 0, 0}})},
      {"one head, a third each, and on the rest", tensor({{third, third, third / 3, third / 3, third / 3}})},
      {"one head, spread evenly", tensor({{0.2, 0.2, 0.2, 0.2, 0.2}})},
      {"two heads, one token each", tensor({{1, 0, 0, 0, 0}, {0, 1, 0, 0, 0}})},
      {"two heads, 0.8 and 0.2 each", tensor({{0.8, 0.2, 0, 0, 0}, {0.2, 0.8, 0, 0, 0}})}};
  for (const Row& row : rows) fmt::print("  {:<40} {:.3f}\n", row.what, copy_loss(windows, row.patterns));
  fmt::print("  {:<40} {:.3f}\n", "the best of one head, 66 patterns", best_of_one_head(windows, 10));
}

void training_table(const Trial& t) {
  fmt::print("Trained to name the previous token and the one before ({} steps, 12 possible tokens):\n",
             training_steps);
  for (const std::int64_t heads : {1, 2}) {
    const Tiny model = trained_copier(heads, training_steps);
    const Score s = score(model, offset_task(model.options, {-1, -2}, 64));
    fmt::print("  {} head{}  accuracy {:.3f} ({})  loss {:.3f}\n", heads, heads == 1 ? " " : "s", s.accuracy,
               expected_by_you(t, heads == 1 ? "predict.one_head" : "predict.two_heads"), s.loss);
  }
}

}  // namespace

void experiment(Trial& trial) {
  expect_predictions(trial, {"predict.one_head", "predict.two_heads"});
  experiment_part(draw_heads);
  experiment_part([&] { sweep_table(trial); });
  experiment_part([&] { training_table(trial); });
}

void numbers() {
  fmt::print("{:.3f}\n{:.3f}\n", 1. / 12,
             1. / 12 + 11. / 24);                   // chance; a head that knows two tokens, not their order
  fmt::print("{:.3f}\n", 11. / 12 * std::log(2.));  // its loss
  fmt::print("{:.1f}\n", judge::expected_loss(0.5, 0.5, 0, 4));  // one head at its best
  fmt::print("{:.1f}\n", judge::expected_loss(0.2, 0.2, 0.2, 3));
}

}  // namespace gradus::exercises
