#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

#include "exercise.h"
#include "exercises/common/answers.h"
#include "gallery.h"
#include "judge.h"
#include "parts.h"

namespace gradus::exercises {
namespace {

void expect_score(Role role, const Tensor& weights, const judge::Tokens& tokens) {
  const Unchanged inputs({weights});
  const double got = expect_finite("role_score", role_score(role, weights, tokens));
  inputs.expect();
  expect_value(fmt::format("role_score({})", judge::name_of(role)), got,
               judge::role_score(role, Array(weights), tokens),
               [&] { return judge::explain_score(got, role, Array(weights), tokens); });
}

}  // namespace

void scores(Trial& t) {
  for (int round = 0; round < 4; ++round)
    for (const auto& [role, name] : judge::roles) {
      const judge::Tokens tokens = judge::random_tokens(t.randint(13, 18), 5);
      for (const auto& [own, unused] : judge::roles)
        expect_score(role, judge::head_of(own, tokens, 0.4).tensor(), tokens);
    }
}

void pure(Trial& t) {
  const judge::Tokens tokens = judge::random_tokens(t.randint(13, 18), 4);
  for (const auto& [own, unused] : judge::roles) {
    const Tensor weights = judge::head_of(own, tokens, 0).tensor();
    if (std::isnan(role_score(Role::uniform, weights, tokens)))
      fail_check("entropy-of-zero",
                 "A weight of 0 makes role_score(uniform) NaN: w ln w is 0 there, but ln 0 is -inf.");
    for (const auto& [role, name] : judge::roles) expect_score(role, weights, tokens);
  }
  judge::Tokens different;  // no token twice: nothing to look at for same_token and induction
  for (std::size_t i = 0; i < tokens.size(); ++i) different.push_back(static_cast<std::int64_t>(i));
  judge::Tokens once = different;  // the last one is a copy: a single row counts
  once.back() = t.randint(0, 5);
  const Tensor weights = judge::head_of(Role::uniform, different, 1).tensor();
  for (const Role role : {Role::same_token, Role::induction}) {
    if (!std::isfinite(role_score(role, weights, different)))
      fail_check("no-row-counts",
                 fmt::format("role_score({}) is 0 / 0 where no token comes twice; it is to be 0.",
                             judge::name_of(role)));
    expect_score(role, weights, different);
    expect_score(role, weights, once);
  }
}

void matrices(Trial& t) {
  for (const Portrait& p : gallery()) t.answer(p.question());  // all six first
  for (const Portrait& p : gallery()) {
    const std::string expected = judge::name_of(judge::label(p.weights, p.tokens));
    const std::string got = t.answer(p.question());
    std::vector<Choice> choices;
    for (const auto& [role, name] : judge::roles) {
      const double s = judge::role_score(role, p.weights, p.tokens);
      const bool even = role == Role::uniform;
      Choice c{
          name, "label",
          even
              ? fmt::format(
                    "the entropy of its rows is {:.2f} of the largest: the weight is not spread evenly.", s)
              : fmt::format("on the keys of \"{}\" it spends {:.2f} of its weight; look where the rest goes.",
                            name, s)};
      if (name == "same_token" && expected == "induction")
        c = {name, "label-induction",
             "the dark cells lie one column to the right of an earlier copy of the token."};
      if (name == "induction" && expected == "same_token")
        c = {name, "label-same-token",
             "the dark cells lie on earlier copies of the token, not on what followed them."};
      choices.push_back(c);
    }
    expect_choice(t, p.question(), expected, choices);
  }
}

}  // namespace gradus::exercises
