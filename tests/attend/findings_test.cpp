#include "tools/lab/findings.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "gradus/tensor/creation.h"
#include "reference/expect.h"
#include "tools/lab/json.h"

using namespace gradus;
using namespace gradus::lab;

namespace {

/// One layer of two heads: the first looks at the token before and is needed, the second does nothing that has a name.
Analysis two_heads() {
  Analysis a;
  a.model = "runs/x", a.layers = 1, a.heads = 2, a.vocab = 5, a.parameters = 99;
  a.windows = 64, a.length = 32, a.loss = 2, a.specialise = false;
  a.apart = 0.4, a.apart_a = 0, a.apart_b = 1, a.apart_untrained = 0.01;
  for (std::int64_t h = 0; h < 2; ++h) {
    HeadAnalysis head;
    head.head = h;
    head.scores.assign(score_table().size(), {unmeasured, not_a_number, not_a_number});
    head.labels = {mixed};
    head.evidence = {{0.001, -0.001, 0.003}, {0.002, 0, 0.004}, 0.01, unmeasured, unmeasured, "cat"};
    a.head.push_back(head);
  }
  a.head[0].scores[score_row("previous")] = {{0.873, 0.851, 0.892}, 0.052, 0.049};
  a.head[0].labels = {"previous-token head"};
  a.head[0].tags = {"sharp", "important"};
  a.head[0].evidence = {{0.118, 0.104, 0.131}, {0.2, 0.1, 0.3},    0.1,
                        {0.118, 0.104, 0.131}, {0.94, 0.91, 0.97}, "the"};
  return a;
}

std::string all_of(const Analysis& a) {
  std::string text;
  for (const Answer& answer : answers(a)) {
    text += answer.question + "\n";
    for (const Finding& f : answer.findings) text += f.text + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE(
    "findings: a head's sentence has its score, its interval, what chance and no training give, and its "
    "worth") {
  const Analysis a = two_heads();
  const Answer first = answers(a).front();
  REQUIRE(first.findings.size() == 2);
  CHECK(first.findings[0].text == "1 of 2 heads have a pattern with a name.");
  CHECK(first.findings[1].head == 0);
  CHECK(first.findings[1].text ==
        "L0H0 is a previous-token head (sharp, important). 87 % of its attention is on the token just before "
        "(95 % interval "
        "85 % to 89 %; an even spread gives 5.2 %; the untrained model 4.9 %). Removing it (its mean in its "
        "place) changes "
        "the loss by +0.1180 nats per token (+0.1040 to +0.1310), rank 1 of 2. What suffers most is the "
        "prediction of “the”. "
        "With the ideal pattern of its label in place of its own, 94 % of that comes back (91 % to 97 %): "
        "the label explains it.");
}

TEST_CASE("findings: what a label explains is said by the interval, or why it is not known") {
  Analysis a = two_heads();
  Evidence& e = a.head[0].evidence;
  const auto says = [&](const Interval& f, const char* verdict) {
    e.faithfulness = f;
    CHECK(has(all_of(a), verdict));
  };
  says({0.95, 0.91, 0.99}, "95 % of that comes back (91 % to 99 %): the label explains it.");
  says({0.52, 0.4, 0.6},
       "52 % of that comes back (40 % to 60 %): the label tells only a part of what it does.");
  says({-0.05, -0.4, 0.2}, "comes back (-40 % to 20 %): the label is not seen to explain it.");
  says({0.99, 0.08, 1.5},
       "comes back (8.0 % to 150 %): too uncertain to tell whether the label explains it.");
  says(unmeasured, "cannot be measured: what it contributes cannot be told from nothing.");
  e.label_cost = {-0.2, -0.3, -0.1};
  says(unmeasured, "The model is better without it there, so its label has nothing to explain.");
  e.label_cost = unmeasured;
  CHECK_FALSE(has(all_of(a), "comes back"));

  // A label about repetition is tested where there is some, and the cost there is said.
  a.head[0].labels = {"induction head"};
  a.head[0].scores[score_row("induction")] = {{0.9, 0.8, 0.95}, 0.05, 0.05};
  e.mean_ablation = {-2.1, -2.2, -2}, e.label_cost = {1.7, 1.5, 1.9};
  says({1, 0.98, 1.02},
       "On repeated random text removing it changes the loss by +1.7000 (+1.5000 to +1.9000). With the ideal "
       "pattern of its label in place of its own, 100 % of the latter comes back (98 % to 102 %)");
}

TEST_CASE("findings: how far gates agree with removals is said as it is") {
  Analysis a = two_heads();
  while (a.head.size() < 4) a.head.push_back(a.head[1]);
  a.heads = 4;
  const auto with = [&](std::vector<double> gates) {
    for (std::size_t i = 0; i < 4; ++i)
      a.head[i].evidence.gate = gates[i],
      a.head[i].evidence.zero_ablation.value = 0.1 * static_cast<double>(i) - 0.05;
    return all_of(a);
  };
  // |-0.05|, |0.05|, 0.15, 0.25: removing the first two changes as much.
  CHECK(has(with({1, 1, 2, 3}), "ranks them much the same: rank correlation 1.00"));
  CHECK(has(with({3, 3, 2, 1}), "ranks them otherwise: rank correlation -1.00"));
  CHECK_FALSE(has(with({1, 1, 1, 1}), "cross-check"));  // a ranking of equals says nothing
}

TEST_CASE("findings: where nothing specialises they say that, and where there is too little data as well") {
  Analysis a = two_heads();
  a.head[0].labels = {mixed};
  CHECK(has(all_of(a), "No head of 2 specialises in anything that is measured here."));
  a.head[0].labels = {"broad head"};
  CHECK(has(all_of(a), "No head of 2 specialises in anything that is measured here."));
  a.windows = 4;
  CHECK(has(all_of(a), "4 windows of 32 tokens are too little data"));
}

TEST_CASE("findings: whether heads differ follows the rule, with the reason") {
  Analysis a = two_heads();
  a.specialise = true;
  CHECK(has(
      all_of(a),
      "Yes: L0H0 and L0H1 look at the most different distances; their profiles are 0.40 nats apart (0: the "
      "same; at most 0.69; the untrained model's most different heads 0.01). Removing the first hurts the "
      "prediction of “the” most, removing the second that of “cat”."));
  a.specialise.reset();
  CHECK(has(all_of(a), "Not decided: "));
  CHECK(has(all_of(a), "Whether the model needs them was not measured."));
  a.specialise = false;
  CHECK(has(all_of(a), "No: "));
  CHECK(has(all_of(a), "But the model does not need both, or needs them for the same predictions."));
  a.apart = 0.2;
  CHECK(has(all_of(a), "At least 0.3 would be needed."));
  a.head.pop_back(), a.heads = 1;
  CHECK(has(all_of(a), "There is only one head."));
}

TEST_CASE("findings: what was not measured is not claimed") {
  Analysis a = two_heads();
  for (HeadAnalysis& head : a.head) head.evidence = {};
  CHECK(has(all_of(a), "Not measured: heads were not removed."));
  CHECK_FALSE(has(all_of(a), "nan"));
}

TEST_CASE("findings: the last word of a text, with each connection that it hangs on") {
  Analysis a = two_heads();
  a.texts = {{{"the", "cat", "it", "was", "tired"}, zeros({1, 2, 5, 5}), {}, {}, {}}};
  a.studies = {{0, "tired", 0.73, zeros({5, 5}), {{3, 1, 0, 1, 0.94, 0.14, 0.016, "shy"}}}};
  CHECK(has(all_of(a), "In “the cat it was tired” the model gives “tired” a probability of 73 %."));
  CHECK(has(all_of(a),
            "L0H1 looks from “was” at “cat” with a weight of 94 %. With that connection cut in it alone "
            "“tired” has a "
            "probability of 14 %; cut in every head 1.6 %, and the likeliest token is “shy”."));
  CHECK(answers(a).back().findings.back().head == 1);
}

TEST_CASE("json: every number is there, what is not known is null, and any bytes are valid") {
  Analysis a = two_heads();
  a.model = "a\"b\xff</script>";
  a.texts = {
      {{"\xff\xfe", "</script>", "ok"}, zeros({1, 2, 3, 3}), {}, {"x", "y", "z"}, {0.5, 0.25, not_a_number}}};
  const auto j = nlohmann::json::parse(json(a));
  CHECK(j["format"] == "gradus.attn/1");
  CHECK(j["by_head"].size() == 2);
  CHECK(j["by_head"][0]["scores"]["previous"]["value"] == 0.873);
  CHECK(j["by_head"][0]["scores"]["previous"]["uniform"] == 0.052);
  CHECK(j["by_head"][0]["scores"]["current"]["value"].is_null());
  CHECK(j["by_head"][0]["labels"][0] == "previous-token head");
  CHECK(j["by_head"][0]["faithfulness"]["low"] == 0.91);
  CHECK(j["table"]["previous"]["threshold"] == 0.5);
  CHECK(j["texts"][0]["tokens"][0]["base64"] == "//4=");
  CHECK_FALSE(j["texts"][0]["tokens"][2].contains("base64"));
  CHECK(j["texts"][0]["probability"][2].is_null());
  CHECK(j["findings"].size() == 3);
  CHECK(j["specialise"]["least_divergence"] == 0.3);
}

TEST_CASE("markdown: a page with the findings, a row for each head, and how it was measured") {
  const std::string page = markdown(two_heads());
  CHECK_FALSE(has(page, "nan"));
  CHECK(has(page, "| – |"));
  CHECK(has(page, "# What runs/x attends to\n"));
  CHECK(has(page, "\n| L0H0 | previous-token head | 0.873 |"));
  CHECK(has(page, "\n| L0H1 | mixed head |"));
  CHECK(has(page, "A weight says where a head looks, not that the model needs it"));
  for (const ScoreInfo& info : score_table()) CHECK(has(page, std::string("**") + info.name + "**"));
}
