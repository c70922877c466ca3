#include "tools/lab/analyse.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "attend/model.h"
#include "attend/planted_subject.h"
#include "reference/expect.h"
#include "tools/lab/findings.h"

using namespace gradus;
using namespace gradus::lab;

namespace {

std::vector<std::string> letters(std::int64_t vocab) {
  std::vector<std::string> all;
  for (std::int64_t id = 0; id < vocab; ++id) all.push_back("w" + std::to_string(id));
  return all;
}

/// Random tokens: there is nothing in them to be found but what is planted.
Material material(const Subject& subject, std::int64_t T = 40, std::int64_t N = 12) {
  Material m;
  m.subject = subject;
  m.vocabulary = letters(subject.vocab);
  m.windows = randint(0, subject.vocab, {N, T});
  m.reference = randint(0, subject.vocab, {N, T});
  return m;
}

const Score& score(const HeadAnalysis& head, const char* key) { return head.scores[score_row(key)]; }

}  // namespace

TEST_CASE(
    "a planted model: every head gets the name of what it was told, with the scores that follow from it") {
  manual_seed(1);
  const std::vector<planted::Head> heads = {planted::previous(), planted::first(), planted::current(),
                                            planted::evenly(),   planted::back(5), planted::copies(1),
                                            planted::copies(0)};
  Material m = material(planted::subject(heads, 50, 80));
  m.untrained = planted::subject(std::vector<planted::Head>(7, planted::evenly()), 50, 80);
  m.evidence = false;
  const Analysis a = analyse(m);
  const auto called = [&](std::int64_t h) { return a.at(0, h).labels.front(); };
  CHECK(called(0) == "previous-token head");
  CHECK(called(1) == "first-token head");
  CHECK(called(2) == "current-token head");
  CHECK(called(3) == "broad head");
  CHECK(called(4) == "fixed-distance head");
  CHECK(called(5) == "induction head");
  CHECK(called(6) == "duplicate-token head");
  CHECK(a.at(0, 4).stripe == 5);
  CHECK(a.integrity.holds());
  CHECK(std::abs(score(a.at(0, 0), "previous").trained.value - 1) <= 1e-6);
  CHECK(std::abs(score(a.at(0, 5), "induction").trained.value - 1) <= 1e-6);
  CHECK(std::abs(score(a.at(0, 6), "duplicate").trained.value - 1) <= 1e-6);
  CHECK(score(a.at(0, 4), "induction").trained.value <= 0.1);  // one distance fits one block length at most
  double even = 0;  // the mean of 1 / (q + 1) over the rows 2 ... 39
  for (int q = 2; q < 40; ++q) even += 1.0 / (q + 1) / 38;
  for (const char* key : {"previous", "current", "first"}) {
    CHECK(std::abs(score(a.at(0, 0), key).uniform - even) <= 1e-12);
    CHECK(std::abs(score(a.at(0, 0), key).untrained - even) <= 1e-6);
    CHECK(std::abs(score(a.at(0, 3), key).trained.value - even) <= 1e-6);
  }
  // A head whose map is a function of positions alone never changes; one that follows the tokens does.
  CHECK(score(a.at(0, 0), "variability").trained.value <= 1e-6);
  CHECK(score(a.at(0, 5), "variability").trained.value >= 0.1);
  // Heads of one kind are not told apart, all others are.
  CHECK(a.apart >= 0.6);
  for (std::int64_t i = 0; i < 7; ++i) CHECK(std::abs(a.divergence[i][i].item()) <= 1e-9);
  const std::string text = markdown(a);
  CHECK(has(text,
            "L0H0 is a previous-token head (sharp, positional). 100 % of its attention is on the token just "
            "before"));
  CHECK(has(text, "6 of 7 heads have a pattern with a name."));
}

TEST_CASE(
    "evidence: the head that the prediction needs costs its price, and its ideal pattern brings all of it "
    "back") {
  manual_seed(2);
  // Text in which the next token is always the one before: a b a b a ... with a and b drawn anew for each window.
  Material m = material(planted::subject({planted::evenly(0.5), planted::previous(8)}, 20, 40));
  for (const Tensor* windows : {&m.windows, &m.reference})
    for (std::int64_t n = 0; n < windows->size(0); ++n) {
      std::int64_t* ids = windows->data<std::int64_t>() + n * 40;
      for (std::int64_t t = 2; t < 40; ++t) ids[t] = ids[t - 2];
    }
  const Analysis a = analyse(m);
  const HeadAnalysis &spare = a.at(0, 0), &needed = a.at(0, 1);
  CHECK(needed.labels.front() == "previous-token head");
  CHECK(needed.evidence.mean_ablation.low >= 1);
  CHECK(needed.evidence.zero_ablation.low >= 1);
  CHECK(std::find(needed.tags.begin(), needed.tags.end(), "important") != needed.tags.end());
  CHECK(needed.evidence.faithfulness.value >= 0.99);
  CHECK(needed.evidence.faithfulness.value <= 1.01);
  CHECK(std::abs(spare.evidence.mean_ablation.value) <= 0.2);
  CHECK(needed.evidence.gate > spare.evidence.gate);
  CHECK(a.heads == 2);
  CHECK(std::isfinite(a.loss));
}

TEST_CASE("edges: the last word hangs on the connection that carries it, and on no other") {
  manual_seed(3);
  // The last row but one (7) looks five places back, at position 2, and says what stands there.
  Material m = material(planted::subject({planted::evenly(), planted::back(5, 9)}, 12, 40));
  m.texts = {{4, 5, 9, 6, 7, 8, 3, 2, 9}};
  const Analysis a = analyse(m);
  REQUIRE(a.studies.size() == 1);
  const EdgeStudy& s = a.studies.front();
  CHECK(s.target == "w9");
  CHECK(s.probability >= 0.99);
  REQUIRE_FALSE(s.edges.empty());
  const Edge& e = s.edges.front();
  CHECK(e.query == 7);
  CHECK(e.key == 2);
  CHECK(e.head == 1);
  CHECK(e.weight >= 0.999);
  CHECK(e.cut <= 0.2);
  CHECK(e.cut_all <= 0.2);
  CHECK(e.instead != "w9");
  for (std::int64_t q = 1; q < 8; ++q)
    for (std::int64_t k = 0; k <= q; ++k)
      if (q != 7 || k != 2) CHECK(std::abs(s.cost[q][k].item()) <= 1e-6);
  CHECK(s.cost[7][2].item() >= 1);
  CHECK(a.texts.front().expected[7] == "w9");
  CHECK(std::isnan(a.texts.front().probability.back()));
}

TEST_CASE("heads differ when each is needed for another token, and only then") {
  manual_seed(4);
  // Random words, but w0 comes again after one word between, and w1 after three: a head that looks one back tells the one,
  // a head that looks three back the other.
  const auto text = [](const Tensor& windows) {
    for (std::int64_t n = 0; n < windows.size(0); ++n) {
      std::int64_t* ids = windows.data<std::int64_t>() + n * 40;
      for (std::int64_t t = 0; t < 40; ++t) ids[t] = 2 + ids[t] % 10;
      for (std::int64_t t = n % 4; t + 9 < 40; t += 12) ids[t] = ids[t + 2] = 0, ids[t + 5] = ids[t + 9] = 1;
    }
  };
  const auto analysed = [&](const planted::Head& first, const planted::Head& second, bool evidence = true) {
    Material m = material(planted::subject({first, second}, 12, 40), 40, 24);
    text(m.windows), text(m.reference);
    m.evidence = evidence;
    return analyse(m);
  };
  const Analysis a = analysed(planted::previous(6), planted::back(3, 6));
  CHECK(a.specialise == true);
  CHECK(a.head[0].evidence.hurts == "w0");
  CHECK(a.head[1].evidence.hurts == "w1");
  CHECK(has(markdown(a),
            "Removing the first hurts the prediction of “w0” most, removing the second that of “w1”."));
  CHECK(analysed(planted::previous(6), planted::previous(6)).specialise == false);  // the same job
  CHECK(analysed(planted::previous(6), planted::back(3, 0)).specialise == false);   // one is not needed
  CHECK_FALSE(analysed(planted::previous(6), planted::back(3, 6), false).specialise.has_value());
}

TEST_CASE("a hundred models that have learned nothing have no head with a special pattern") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    manual_seed(seed);
    const models::Gpt gpt({.vocab = 24, .context = 32, .layers = 2, .heads = 2, .width = 16});
    const models::Gpt twin(gpt.config);
    if (seed % 2 == 0)  // weights so large that maps are anything but even
      for (const models::Gpt* model : {&gpt, &twin})
        for (const auto& [name, p] : named_parameters(*model)) p.detach().mul_(12);
    Material m = material(looked_at::subject(gpt), 32, 8);
    m.untrained = looked_at::subject(twin);
    const Analysis a = analyse(m);
    CHECK(a.specialise == false);
    CHECK(has(markdown(a), "No head of 4 specialises in anything that is measured here."));
    for (const HeadAnalysis& head : a.head)
      for (const std::string& label : head.labels) {
        CAPTURE(seed);
        CHECK((label == mixed || label == "broad head"));
      }
  }
}

TEST_CASE("an analysis has the same bits again, and says so when windows are too short") {
  manual_seed(5);
  const models::Gpt gpt({.vocab = 24, .context = 20, .layers = 1, .heads = 2, .width = 16});
  Material m = material(looked_at::subject(gpt), 20, 8);
  CHECK(markdown(analyse(m)) == markdown(analyse(m)));
  m.windows = m.windows.slice(1, 0, 3);
  CHECK(has(error_of([&] { analyse(m); }), "windows of at least 4 tokens"));
}
