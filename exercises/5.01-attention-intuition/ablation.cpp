#include "claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "exercise.h"
#include "judge.h"

namespace gradus::exercises {
namespace {

Accuracies ablation_of(const Probe& p, const Sentences& s, const std::vector<std::int64_t>& words) {
  const Unchanged inputs({p.model.attention.qkv.weight, p.model.readout.weight, p.model.tokens.weight});
  const std::vector<std::int64_t> ids = s.ids.to_vector<std::int64_t>();
  const Accuracies got = ablate(p.model, s, words);
  inputs.expect();
  if (ids != s.ids.to_vector<std::int64_t>())
    fail_check("input-changed", "the sentences were changed: copies of a tensor share its memory.");
  if (!std::isfinite(got.whole) || !std::isfinite(got.cut))
    fail_check("not-finite", fmt::format("ablate gives {} and {}.", got.whole, got.cut));
  return got;
}

bool equal(double a, double b) { return std::abs(a - b) <= 1e-5; }

/// What the edges that were cut say, when the wrong one was.
void expect_edge(const Probe& p, std::size_t i, const std::vector<std::set<Edge>>& runs) {
  std::set<Edge> cut;
  for (const std::set<Edge>& run : runs) cut.insert(run.begin(), run.end());
  const std::int64_t answer = p.sentences.answer[i], word = p.words[i];
  if (runs.empty())
    fail_check("not-run",
               "The model did not run for one sentence alone: is every sentence taken, the first and the "
               "last, too?");
  if (cut.empty())
    fail_check(
        "nothing-cut",
        "No edge was cut while the model ran. Does the Intervene guard still live when score() is called? "
        "Is the layer named \"attention\"? And cut_edge takes the query first, then the key.");
  if (cut.count({answer - 1, word})) {
    for (const Edge& e : cut)
      if (e.first == answer - 1 && e.second != word)
        fail_check("too-many-cut", fmt::format("In row {} the edge to word {} was to be cut; the one to word "
                                               "{} was cut, too. Is it a second "
                                               "cut, or does the guard of another sentence still live?",
                                               e.first, word, e.second));
    return;
  }
  const std::set<std::int64_t> rows = [&] {
    std::set<std::int64_t> all;
    for (const Edge& e : cut) all.insert(e.first);
    return all;
  }();
  const std::string asked =
      fmt::format("The answer stands at {}, and the edge to word {} was to be cut; ", answer, word);
  if (rows.count(answer - 1))
    fail_check("other-word", asked + fmt::format("you cut the one to word {}. Words are counted from 0.",
                                                 cut.begin()->second));
  if (rows.count(answer))
    fail_check("row-of-the-answer",
               asked + fmt::format("you cut in row {}, the answer's own. That row predicts the "
                                   "word after the answer.",
                                   answer));
  fail_check("other-row",
             asked + fmt::format("you cut in row {}. Which row predicts the answer?", *rows.begin()));
}

}  // namespace

void one_sentence(Trial&) {
  const Probe p = make_probe(24);
  std::vector<Accuracies> got;
  std::vector<std::vector<std::set<Edge>>> runs;
  for (std::size_t i = 0; i < p.words.size(); ++i) {
    const Capture seen;
    got.push_back(ablation_of(p, only(p.sentences, i), {p.words[i]}));
    runs.push_back(cut_edges(seen));
  }
  const auto all = [&](auto holds) {
    for (std::size_t i = 0; i < got.size(); ++i)
      if (!holds(got[i], i)) return false;
    return true;
  };
  if (all([&](Accuracies a, std::size_t i) { return equal(a.whole, p.whole[i]) && equal(a.cut, p.cut[i]); }))
    return;
  if (all([&](Accuracies a, std::size_t i) { return equal(a.whole, p.loss[i]); }))
    fail_check("loss-not-accuracy",
               "whole is the loss of the answer. The share of right answers is score().accuracy.");
  if (all([&](Accuracies a, std::size_t i) { return equal(a.whole, p.cut[i]) && equal(a.cut, p.whole[i]); }))
    fail_check("exchanged", "Your two numbers behave as if they were exchanged: whole is with nothing cut.");
  if (all([&](Accuracies a, std::size_t i) { return equal(a.whole, p.cut[i]) && equal(a.cut, p.cut[i]); }))
    fail_check("cut-too-early",
               "whole is measured while the edge is already cut: the guard's life begins too early.");
  if (all([&](Accuracies a, std::size_t i) {
        return equal(a.whole, p.whole[i]) && equal(a.cut, a.whole - p.cut[i]);
      }))
    fail_check("difference",
               "cut is what is lost. It is to be the accuracy that is left when the edge is cut.");
  if (all([&](Accuracies a, std::size_t i) {
        return equal(a.whole, 1 - p.whole[i]) && equal(a.cut, 1 - p.cut[i]);
      }))
    fail_check("errors-counted", "Your numbers are the shares of wrong answers.");
  for (std::size_t i = 0; i < got.size(); ++i)
    for (const double x : {got[i].whole, got[i].cut})
      if (!equal(x, 0) && !equal(x, 1))
        fail_check(
            "not-a-share",
            fmt::format("For one sentence ablate gives {} and {}: its answer is right or wrong, 1 or 0. "
                        "Only the answer is to be predicted: asking_answer(), not asking_all().",
                        show(got[i].whole), show(got[i].cut)));
  for (std::size_t i = 0; i < got.size(); ++i) expect_edge(p, i, runs[i]);
  if (all([&](Accuracies a, std::size_t i) {
        return equal(a.whole, p.whole[i]) && equal(a.cut, p.whole[i]);
      }))
    fail_check("cut-not-counted",
               "The edge is cut, but cut is the accuracy with nothing cut: score while the guard lives.");
  for (std::size_t i = 0; i < got.size(); ++i)
    if (!equal(got[i].whole, p.whole[i]) || !equal(got[i].cut, p.cut[i]))
      fail_unexplained(fmt::format("For one sentence ablate gives {} and {}, expected {} and {}.",
                                   got[i].whole, got[i].cut, p.whole[i], p.cut[i]));
}

void many_sentences(Trial& t) {
  const Probe p = make_probe(24);
  for (int round = 0; round < 6; ++round) {
    std::vector<std::int64_t> places, words;
    double whole = 0, cut = 0;
    for (std::int64_t i = 0; i < 24; ++i)
      if (t.randint(0, 3) > 0 || i == 0 || i == 23) places.push_back(i);
    for (const std::int64_t i : places) {
      const std::size_t at = static_cast<std::size_t>(i);
      words.push_back(p.words[at]);
      whole += p.whole[at];
      cut += p.cut[at];
    }
    const double n = static_cast<double>(places.size());
    const Capture seen;
    const Accuracies got = ablation_of(p, batch_of(p.sentences, places), words);
    if (equal(got.whole, whole / n) && equal(got.cut, cut / n)) continue;
    if (equal(got.whole, whole) && equal(got.cut, cut))
      fail_check("not-averaged",
                 fmt::format("Of {} sentences ablate gives {} and {}: these are counts. A share lies "
                             "between 0 and 1.",
                             places.size(), got.whole, got.cut));
    std::set<Edge> all;
    for (const std::set<Edge>& run : cut_edges(seen)) {
      std::set<std::int64_t> keys;
      for (const Edge& e : run) keys.insert(e.second);
      if (keys.size() > 1)
        fail_check(
            "cuts-pile-up",
            fmt::format(
                "While the model ran, {} edges were cut at once. A cut holds for every sentence of the "
                "batch, and each is to lose one edge of its own: take one sentence at a time, and let "
                "its guard die before the next one's turn.",
                run.size()));
      all.insert(run.begin(), run.end());
    }
    if (all.size() == 1)
      fail_check(
          "one-edge-for-all",
          fmt::format(
              "The same edge, from row {} to word {}, is cut in all sentences: the words stand elsewhere "
              "in each.",
              all.begin()->first, all.begin()->second));
    const std::size_t first = static_cast<std::size_t>(places.front()),
                      last = static_cast<std::size_t>(places.back());
    for (const std::size_t i : {first, last})
      if (equal(got.whole, p.whole[i]) && equal(got.cut, p.cut[i]))
        fail_check("one-sentence", fmt::format("Of {} sentences only the {} counts.", places.size(),
                                               i == first ? "first" : "last"));
    fail_unexplained(
        fmt::format("Each sentence alone comes out right, but of {} together ablate gives {} and {}; "
                    "expected {} and {}.",
                    places.size(), show(got.whole), show(got.cut), show(whole / n), show(cut / n)));
  }
}

}  // namespace gradus::exercises
