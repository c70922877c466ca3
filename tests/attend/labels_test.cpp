#include "tools/lab/labels.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "reference/expect.h"
#include "tools/lab/analysis.h"

using namespace gradus::lab;

namespace {

/// A head in which nothing is remarkable: every score as if it spread evenly, unknown where it has no such value.
HeadAnalysis plain() {
  HeadAnalysis head;
  for (std::size_t i = 0; i < score_table().size(); ++i)
    head.scores.push_back({{0.05, 0.04, 0.06}, 0.05, 0.05});
  head.scores[score_row("variability")].trained = {0.3, 0.2, 0.4};
  head.evidence.mean_ablation = {0.01, -0.01, 0.03};
  return head;
}
void set(HeadAnalysis& head, const char* key, double value, double margin = 0.02) {
  head.scores[score_row(key)].trained = {value, value - margin, value + margin};
}

Analysis enough() {
  Analysis a;
  a.length = 64, a.windows = 64, a.loss = 2;
  return a;
}

std::vector<std::string> labels(const HeadAnalysis& head) { return labels_of(enough(), head); }
bool tagged(const HeadAnalysis& head, const char* tag) {
  const auto tags = tags_of(enough(), head);
  return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

}  // namespace

TEST_CASE("labels: each score names a head from its threshold on, and not below") {
  CHECK(labels(plain()) == std::vector<std::string>{mixed});
  for (const ScoreInfo& info : score_table()) {
    if (!info.label) continue;
    CAPTURE(info.key);
    HeadAnalysis head = plain();
    set(head, "class_lift", 5);
    set(head, info.key, info.threshold + 0.01);
    CHECK(labels(head).front() == info.label);
    set(head, info.key, info.threshold - 0.01);
    CHECK(labels(head) == std::vector<std::string>{mixed});
    set(head, info.key, info.threshold + 0.01, 0.21 * info.threshold + 0.01);  // too uncertain
    CHECK(labels(head) == std::vector<std::string>{mixed});
    set(head, info.key, not_a_number);
    CHECK(labels(head) == std::vector<std::string>{mixed});
  }
}

TEST_CASE("labels: of several the first in the table is what a head is called") {
  HeadAnalysis head = plain();
  set(head, "previous", 0.6), set(head, "local", 0.9), set(head, "induction", 0.5);
  CHECK(labels(head) == std::vector<std::string>{"induction head", "previous-token head", "local head"});
}

TEST_CASE(
    "labels: no induction without its control, no class without a lift, nothing that chance or no training "
    "explains") {
  HeadAnalysis head = plain();
  set(head, "induction", 0.8);
  set(head, "induction_control", 0.21);  // a fixed distance scores there too
  CHECK(labels(head).front() == mixed);
  set(head, "induction_control", 0.19);
  CHECK(labels(head).front() == std::string("induction head"));
  head = plain();
  set(head, "class", 0.6), set(head, "class_lift", 2.9);
  CHECK(labels(head).front() == mixed);
  head = plain();
  set(head, "first", 0.4);
  head.scores[score_row("first")].uniform = 0.3;  // a short text: an even spread does nearly as much
  CHECK(labels(head).front() == mixed);
  head.scores[score_row("first")].uniform = 0.1;
  CHECK(labels(head).front() == std::string("first-token head"));
  head.scores[score_row("first")].untrained = 0.3;
  CHECK(labels(head).front() == mixed);
  head.scores[score_row("first")].untrained = not_a_number;  // not measured: nothing to compare with
  CHECK(labels(head).front() == std::string("first-token head"));
}

TEST_CASE("labels: too little data gives no name") {
  HeadAnalysis head = plain();
  set(head, "previous", 0.95);
  Analysis a = enough();
  CHECK(labels_of(a, head).front() == std::string("previous-token head"));
  a.windows = 7;
  CHECK(labels_of(a, head) == std::vector<std::string>{mixed});
  a.windows = 8, a.length = 15;
  CHECK(labels_of(a, head) == std::vector<std::string>{mixed});
}

TEST_CASE("tags: how a head does it, and what it is worth by the interval of its removal") {
  HeadAnalysis head = plain();
  for (const char* tag : {"sharp", "positional", "content", "important", "dispensable", "harmful", "resting"})
    CHECK_FALSE(tagged(head, tag));
  set(head, "sharpness", 0.81);
  CHECK(tagged(head, "sharp"));
  set(head, "variability", 0.14);
  CHECK(tagged(head, "positional"));
  set(head, "variability", 0.51);
  CHECK(tagged(head, "content"));
  head.evidence.mean_ablation = {0.02, 0.011, 0.03};  // half a percent of the loss is 0.01
  CHECK(tagged(head, "important"));
  head.evidence.mean_ablation.low = 0.009;
  CHECK_FALSE(tagged(head, "important"));
  head.evidence.mean_ablation = {0, -0.0019, 0.0019};  // a thousandth: 0.002
  CHECK(tagged(head, "dispensable"));
  CHECK_FALSE(tagged(head, "resting"));
  set(head, "first", 0.7);
  CHECK(tagged(head, "resting"));
  head.evidence.mean_ablation = {-0.02, -0.03, -0.0021};
  CHECK(tagged(head, "harmful"));
  head.evidence.mean_ablation = {-0.001, -0.0015, -0.0005};  // for the better, but by too little to matter
  CHECK_FALSE(tagged(head, "harmful"));
  CHECK(tagged(head, "dispensable"));
  set(head, "variability", 0.1), set(head, "broad", 0.95);  // an even spread is the same for every text
  CHECK_FALSE(tagged(head, "positional"));
  Analysis few = enough();
  few.windows = 7;
  CHECK(tags_of(few, head).empty());
  head.evidence.mean_ablation = {not_a_number, not_a_number, not_a_number};
  for (const char* tag : {"important", "dispensable", "harmful", "resting"}) CHECK_FALSE(tagged(head, tag));
}

TEST_CASE(
    "the table of scores: keys are distinct, and those that name heads come first and have a glyph each") {
  std::vector<std::string> keys, glyphs;
  bool named = true;
  for (const ScoreInfo& info : score_table()) {
    keys.push_back(info.key);
    CHECK((named || !info.label));
    named = info.label != nullptr;
    if (named) glyphs.push_back(glyph_of(info.label));
  }
  glyphs.push_back(glyph_of(mixed));
  for (auto* list : {&keys, &glyphs}) {
    std::sort(list->begin(), list->end());
    CHECK(std::adjacent_find(list->begin(), list->end()) == list->end());
  }
  CHECK(has(error_of([] { score_row("nonsense"); }), "nonsense"));
}
