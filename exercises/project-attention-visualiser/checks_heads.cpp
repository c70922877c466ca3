#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "judge.h"
#include "parts.h"

namespace gradus::exercises {
namespace {

/// float32 of a result that may be float64, as the lab's are.
Tensor floats(const Tensor& x) {
  return x.defined() && x.dtype() == Dtype::float64 ? x.to(Dtype::float32) : x;
}

bool near(double a, double b) { return std::abs(a - b) <= 1e-4; }

}  // namespace

// ----- damage

void damage_of_heads(Trial& t) {
  using judge::L, judge::H, judge::T;
  const LanguageModel model = judge::model();
  const Tensor ids = judge::sentences(t).ids;
  const Tensor got = damage(model, ids);
  expect_shape("the damage", floats(got), {L, H, T - 1}, "[L, H, T - 1]");
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
        "the one that\nis removed."}},
      {&column, {"every-layer", "You have removed that head in every layer at once."}}};
  for (const auto& [other, cause] : known)
    if (distance(values, *other) <= 1e-4) fail_check(cause.name, cause.sentence);
  expect_close("damage", floats(got), right, 1e-4);
}

// ----- the numbers of each head

void judge::expect_analysis(const LanguageModel& model, const Sentences& s) {
  const std::vector<Head> got = exercises::analyse(model, s), right = judge::analyse(model, s);
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
  const auto expect = [&](const char* name, double Head::*field, const auto& read) {
    Array values({std::ssize(got)}), expected = values;
    for (std::size_t i = 0; i < got.size(); ++i)
      values.values[i] = got[i].*field, expected.values[i] = right[i].*field;
    if (distance(values, expected) <= 1e-4) return;
    if (const auto cause = explain_reading(values, read))
      fail_check(cause->name, fmt::format("Your {} is what comes out when {}.", name, cause->sentence));
    for (std::size_t i = 0; i < got.size(); ++i)
      if (!near(values.values[i], expected.values[i]))
        fail_check(
            "unknown",
            fmt::format("The {} of layer {}, head {} is {}, expected {}.\nNo mistake that we know "
                        "explains it.",
                        name, got[i].layer, got[i].head, show(values.values[i]), show(expected.values[i])));
  };
  expect("entropy", &Head::entropy, [&](const Reading& how) { return mean_entropy(maps, how); });
  expect("previous-token score", &Head::previous,
         [&](const Reading& how) { return mean_weight(maps, previous_token, how); });
  expect("first-token score", &Head::first,
         [&](const Reading& how) { return mean_weight(maps, first_token, how); });
  expect("current-token score", &Head::current,
         [&](const Reading& how) { return mean_weight(maps, current_token, how); });

  // The referent: known mistakes are other entries of the map.
  const auto weight_at = [&](std::size_t i, const auto& row, const auto& column) {
    double sum = 0;
    for (std::int64_t n = 0; n < s.size(); ++n)
      sum += all(n, got[i].layer, got[i].head, row(static_cast<std::size_t>(n)),
                 column(static_cast<std::size_t>(n)));
    return sum / static_cast<double>(s.size());
  };
  const auto every = [&](const auto& row, const auto& column) {
    for (std::size_t i = 0; i < got.size(); ++i)
      if (!near(got[i].referent, weight_at(i, row, column))) return false;
    return true;
  };
  const auto answer = [&](std::size_t n) { return s.answer[n]; };
  const auto before = [&](std::size_t n) { return s.answer[n] - 1; };
  const auto referent = [&](std::size_t n) { return s.referent[n]; };
  const auto distractor = [&](std::size_t n) { return s.distractor[n]; };
  if (!every(before, referent)) {
    if (every(answer, referent))
      fail_check("row-of-the-answer",
                 "Your referent score reads the row of the answer. That row predicts the word *after* it: "
                 "the answer is\npredicted one row before.");
    if (every(referent, before))
      fail_check("transposed",
                 "Your referent score has rows and columns exchanged: row = query, column = key.");
    if (every(before, distractor))
      fail_check("distractor", "Your referent score reads the weight on the distractor.");
  }
  expect("referent score", &Head::referent, [&](const Reading&) { return Array({std::ssize(got)}, NAN); });
  expect("damage", &Head::damage, [&](const Reading& how) {  // in every reading but the right one: the sum
    Array sums({std::ssize(got)});
    for (std::size_t i = 0; i < got.size(); ++i)
      sums.values[i] =
          how.items == Reading::Items::sum ? right[i].damage * static_cast<double>(s.length() - 1) : NAN;
    return sums;
  });
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
    for (const double most : {0.5, 0.49})
      for (const double lost : {0.05, 0.049, -0.3, 2.0}) {
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
        "A head with previous {:.3f}, first {:.3f}, current {:.3f}, referent {:.3f} and damage {:.3f}\nis "
        "'{}' to you. ",
        head.previous, head.first, head.current, head.referent, head.damage, got);
    const double most = std::max({head.previous, head.first, head.current, head.referent});
    if (right == "none" && most >= 0.5)
      fail_check("claim-without-ablation",
                 numbers + "Removing it costs less than 0.05: it is not needed, and has no role.");
    if (right == "none")
      fail_check("claim-without-score",
                 numbers + "No score reaches 0.5: whatever it does, it is none of these.");
    if (got == "none")
      fail_check("role-denied",
                 numbers + "It does look there, with 0.5 or more, and its damage is 0.05 or more.");
    fail_check("role", numbers + "The largest of the four scores gives the name.");
  }
}

// ----- do heads differ?

Array judge::expect_divergences(const LanguageModel& model, const Tensor& ids) {
  const Array all = judge::maps(model, ids), maps = judge::side_by_side(all);
  const Tensor got = exercises::divergences(all.tensor());
  const std::int64_t n = maps.size(1);
  expect_shape("the divergences", floats(got), {n, n}, "[L H, L H]");
  const Array right = divergences(offset_profile(maps)), values(got);
  if (distance(values, right) <= 1e-5) return right;
  Array root = right, bits = right;
  for (double& x : root.values) x = std::sqrt(std::max(0.0, x));
  for (double& x : bits.values) x /= std::log(2.);
  if (distance(values, root) <= 1e-4)
    fail_check(
        "square-root",
        "You return the root of the divergence, which is a distance; the rule is about the divergence.");
  if (distance(values, bits) <= 1e-5) fail_check("bits", "Yours are in bits: 1 / ln 2 times too large.");
  const auto read = [&](const Reading& how) { return divergences(offset_profile(maps, how)); };
  if (const auto cause = explain_reading(values, read))
    fail_check(cause->name, "Your divergences are what comes out when " + cause->sentence + ".");
  for (std::int64_t a = 0; a < n; ++a) {
    if (!near(values(a, a), 0))
      fail_check("diagonal", fmt::format("Head {} differs from itself by {}.", a, show(values(a, a))));
    for (std::int64_t b = 0; b < n; ++b)
      if (!near(values(a, b), values(b, a)))
        fail_check(
            "asymmetric",
            fmt::format("From {} to {} it is {}, and back {}: the Jensen-Shannon divergence is the same in "
                        "both directions.",
                        a, b, show(values(a, b)), show(values(b, a))));
  }
  expect_close("divergence", floats(got), right);
  return right;
}

void divergences_of_profiles(Trial& t) { judge::expect_divergences(judge::model(), judge::sentences(t).ids); }

void rule_for_differing(Trial& t) {
  const std::int64_t n = t.randint(5, 8), targets = t.randint(3, 6);
  const Array luck(rand({n, n + targets}));
  struct Case {
    double apart;             // the two that are furthest apart
    std::int64_t a, b;        // which they are
    std::int64_t at_a, at_b;  // what suffers most without each
    double hurt_a, hurt_b;
    const char *cause, *reply;
  };
  const std::int64_t a = t.randint(0, n - 2), b = t.randint(a + 1, n), x = t.randint(0, targets - 1),
                     y = t.randint(x + 1, targets);
  const Case cases[] = {
      {0.45, a, b, x, y, 0.5, 0.2, "denied",
       "They are apart, and each removal hurts another prediction: they differ."},
      {0.30001, a, b, y, x, 0.050001, 0.050001, "denied",
       "At least 0.3 and at least 0.05 are reached: they differ."},
      {0.29, a, b, x, y, 0.5, 0.5, "threshold",
       "Their profiles are less than 0.3 apart: they do not differ."},
      {0.45, a, b, x, x, 0.5, 0.2, "damage-ignored",
       "Both removals hurt the same prediction most: two heads for one job do not differ."},
      {0.45, a, b, x, y, 0.5, 0.04, "damage-ignored",
       "Removing one of them does less than 0.05 damage anywhere: its map is another one, but nobody needs "
       "it."},
      {0.45, a, b, x, y, 0.04, 0.5, "damage-ignored",
       "Removing one of them does less than 0.05 damage anywhere: its map is another one, but nobody needs "
       "it."},
  };
  for (const Case& c : cases) {
    // Others are closer to each other; what suffers most without them is y, except for one that hurts x.
    Array d({n, n}), lost({n, targets});
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < i; ++j) d(i, j) = d(j, i) = 0.28 * luck(i, j);
      for (std::int64_t k = 0; k < targets; ++k)
        lost(i, k) = 0.03 * luck(i, n + k) - (k % 2 ? 0 : 0.6 * luck(i, k));
      if (i != c.a && i != c.b) lost(i, i % 2 ? x : y) = 0.4;
    }
    d(c.a, c.b) = d(c.b, c.a) = c.apart;
    lost(c.a, c.at_a) = c.hurt_a;
    lost(c.b, c.at_b) = c.hurt_b;
    const bool right = judge::heads_differ(d, lost);
    if (heads_differ(d.tensor(), lost.tensor()) != right)
      fail_check(
          c.cause,
          fmt::format("Heads {} and {} are furthest apart, by {}; without them prediction {} loses {}, and "
                      "prediction {} loses {}.\n{}",
                      c.a, c.b, show(c.apart), c.at_a, show(c.hurt_a), c.at_b, show(c.hurt_b), c.reply));
  }
}

}  // namespace gradus::exercises
