#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "judge.h"
#include "parts.h"

namespace gradus::exercises {
namespace {

bool near(double a, double b) { return std::abs(a - b) <= 1e-4; }

}  // namespace

// ----- damage

void damage_of_heads(Trial& t) {
  using judge::L, judge::H, judge::T;
  const LanguageModel model = judge::model();
  const Tensor ids = judge::sentences(t).ids;
  const Tensor got = damage(model, ids);
  expect_shape("the damage", judge::floats(got), {L, H, T - 1}, "[L, H, T - 1]");
  const Array right = judge::damage(model, ids), values(got);
  if (!recording() || evaluating())
    fail_check("modes-left",
               "After damage the tape or dropout is still off: guards must end with the function.");
  if (got.requires_grad())
    fail_check("on-the-tape", "The damage is on the tape, which keeps every run of the model alive.");
  if (distance(values, right) <= 1e-4) return;
  if (distance(values, Array(damage(model, ids))) != 0)
    fail_check("dropout-on", "Two measurements of one model differ: dropout is on. Eval turns it off.");
  const Array whole = judge::losses_with(model, ids, Array({L, H}, 1));
  Array minus = right, without = right, kept = right, column = right;
  for (std::int64_t l = 0; l < L; ++l)
    for (std::int64_t h = 0; h < H; ++h) {
      Array only({L, H}), all({L, H}, 1), alone({L, H}, 1);
      for (std::int64_t g = 0; g < H; ++g) alone(l, g) = g == h;
      for (std::int64_t m = 0; m < L; ++m) all(m, h) = 0;
      const Array a = judge::losses_with(model, ids, alone), c = judge::losses_with(model, ids, all);
      for (std::int64_t i = 0; i + 1 < T; ++i) {
        minus(l, h, i) = -right(l, h, i);
        without(l, h, i) = right(l, h, i) + whole(i);
        kept(l, h, i) = a(i) - whole(i);
        column(l, h, i) = c(i) - whole(i);
      }
    }
  const std::pair<const Array*, Cause> known[] = {
      {&minus, {"sign", "Damage is positive when the loss rises: yours has the other sign."}},
      {&without, {"not-the-increase", "You return the loss without the head; subtract the loss with it."}},
      {&kept,
       {"others-removed",
        "You have removed all heads of the layer but one: gates are 1 for those that stay, and 0 for "
        "the one that is removed."}},
      {&column, {"every-layer", "You have removed that head in every layer at once."}}};
  for (const auto& [other, cause] : known)
    if (distance(values, *other) <= 1e-4) fail_check(cause.name, cause.sentence);
  expect_close("damage", judge::floats(got), right, 1e-4);
}

// ----- the numbers of each head

namespace {

using Heads = std::vector<Head>;

/// One number of every head.
Array field_of(const Heads& heads, double Head::*field) {
  return generate<1>({std::ssize(heads)}, [&](auto i) { return heads[static_cast<std::size_t>(i)].*field; });
}

void expect_field(const char* name, const Heads& got, const Heads& right, double Head::*field) {
  for (std::size_t i = 0; i < got.size(); ++i)
    if (!near(got[i].*field, right[i].*field))
      fail_unexplained(fmt::format("The {} of layer {}, head {} is {}, expected {}.", name, got[i].layer,
                                   got[i].head, show(got[i].*field), show(right[i].*field)));
}

/// The same for what is read from maps: read(how) is what a wrong reading gives.
template <class Read>
void expect_reading(const char* name, const Heads& got, const Heads& right, double Head::*field,
                    const Read& read) {
  const Array values = field_of(got, field);
  if (distance(values, field_of(right, field)) <= 1e-4) return;
  if (const auto cause = explain_reading(values, read))
    fail_check(cause->name, fmt::format("Your {} is what comes out when {}.", name, cause->sentence));
  expect_field(name, got, right, field);
}

/// Known mistakes read other entries of the maps [N, L, H, T, T].
void expect_referents(const Heads& got, const Heads& right, const Array& maps, const Sentences& s) {
  const auto every = [&](const auto& row, const auto& column) {
    const auto off = [&](const Head& head) {
      double sum = 0;
      for (std::int64_t n = 0; n < s.size(); ++n) {
        const auto i = static_cast<std::size_t>(n);
        sum += maps(n, head.layer, head.head, row(i), column(i));
      }
      return !near(head.referent, sum / static_cast<double>(s.size()));
    };
    return std::ranges::none_of(got, off);
  };
  const auto answer = [&](std::size_t n) { return s.answer[n]; };
  const auto before = [&](std::size_t n) { return s.answer[n] - 1; };
  const auto referent = [&](std::size_t n) { return s.referent[n]; };
  const auto distractor = [&](std::size_t n) { return s.distractor[n]; };
  if (every(before, referent)) return;
  if (every(answer, referent))
    fail_check("row-of-the-answer",
               "Your referent score reads the row of the answer. That row predicts the word *after* it: the "
               "answer is "
               "predicted one row before.");
  if (every(referent, before))
    fail_check("transposed",
               "Your referent score has rows and columns exchanged: row = query, column = key.");
  if (every(before, distractor))
    fail_check("distractor", "Your referent score reads the weight on the distractor.");
  expect_field("referent score", got, right, &Head::referent);
}

}  // namespace

void judge::expect_analysis(const LanguageModel& model, const Sentences& s) {
  const Heads got = exercises::analyse(model, s), right = judge::analyse(model, s);
  if (got.size() != right.size())
    fail_check("heads-missing", fmt::format("{} heads are analysed; the model has {} layers of {}.",
                                            got.size(), model.options.layers, model.options.heads));
  for (std::size_t i = 0; i < got.size(); ++i)
    if (got[i].layer != right[i].layer || got[i].head != right[i].head)
      fail_check(
          "order",
          fmt::format("Entry {} is layer {}, head {}; expected layer by layer, and in a layer head by head.",
                      i, got[i].layer, got[i].head));
  const Array all = judge::maps(model, s.ids), maps = judge::side_by_side(all);
  const auto weight_on = [&](const char* name, double Head::*field, Place place) {
    expect_reading(name, got, right, field,
                   [&](const Reading& how) { return mean_weight(maps, place, how); });
  };
  expect_reading("entropy", got, right, &Head::entropy,
                 [&](const Reading& how) { return mean_entropy(maps, how); });
  weight_on("previous-token score", &Head::previous, previous_token);
  weight_on("first-token score", &Head::first, first_token);
  weight_on("current-token score", &Head::current, current_token);
  expect_referents(got, right, all, s);
  const Array lost = field_of(got, &Head::damage), expected = field_of(right, &Head::damage);
  Array sums = expected;
  for (double& x : sums.values) x *= static_cast<double>(s.length() - 1);
  if (!(distance(lost, expected) <= 1e-4) && distance(lost, sums) <= 1e-4)
    fail_check("summed", "The damage of a head is the mean over all predictions; yours is their sum.");
  expect_field("damage", got, right, &Head::damage);
  for (const Head& head : got)
    if (head.role != judge::role_of(head))
      fail_check("role-missing",
                 fmt::format("Layer {}, head {} has the role '{}', which its numbers do not give: by role_of "
                             "it is '{}'.",
                             head.layer, head.head, head.role, judge::role_of(head)));
}

void analysis_of_heads(Trial& t) {
  // Not every model that nobody trained has a head with a role.
  for (int tries = 0; tries < 100; ++tries) {
    const LanguageModel model = judge::model();
    const Sentences sentences = judge::sentences(t);
    const std::vector<Head> heads = judge::analyse(model, sentences);
    if (tries > 0 && std::ranges::all_of(heads, [](const Head& head) { return head.role == "none"; }))
      continue;
    judge::expect_analysis(model, sentences);
    if (tries > 0) return;
  }
}

void roles(Trial&) {
  std::vector<Head> heads;
  for (int round = 0; round < 40; ++round) {
    const Array x(rand({5}));
    heads.push_back({.previous = x(0), .first = x(1), .current = x(2), .referent = x(3)});
    heads.back().damage = 0.1 * x(4);
  }
  for (int at = 0; at < 4; ++at)
    for (const double most : {lab::least_score, lab::least_score - 0.01})
      for (const double lost : {lab::least_damage, lab::least_damage - 0.001, -0.3, 2.0}) {
        Head head{.previous = 0.1, .first = 0.2, .current = 0.05, .referent = 0.15};
        double Head::*const scores[] = {&Head::previous, &Head::first, &Head::current, &Head::referent};
        head.*scores[at] = most;
        head.damage = lost;
        heads.push_back(head);
      }
  for (const Head& head : heads) {
    const std::string got = role_of(head), right = judge::role_of(head);
    if (got == right) continue;
    const std::string numbers = fmt::format(
        "A head with previous {:.3f}, first {:.3f}, current {:.3f}, referent {:.3f} and damage {:.3f} is "
        "'{}' to you. ",
        head.previous, head.first, head.current, head.referent, head.damage, got);
    const double most = std::max({head.previous, head.first, head.current, head.referent});
    if (right == "none" && most >= lab::least_score)
      fail_check("claim-without-ablation",
                 numbers + fmt::format("Removing it costs less than {}: it is not needed, and has no role.",
                                       lab::least_damage));
    if (right == "none")
      fail_check("claim-without-score",
                 numbers + fmt::format("No score reaches {}: whatever it does, it is none of these.",
                                       lab::least_score));
    if (got == "none")
      fail_check("role-denied",
                 numbers + fmt::format("It does look there, with {} or more, and its damage is {} or more.",
                                       lab::least_score, lab::least_damage));
    fail_check("role", numbers + "The largest of the four scores gives the name.");
  }
}

}  // namespace gradus::exercises
