#include "tools/lab/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tools/lab/specialise.h"
#include "tools/lab/text.h"

namespace gradus::lab {
namespace {

std::string percent(double x) {
  return std::abs(x) < 0.0995 && x != 0 ? fmt::format("{:.1f} %", 100 * x) : fmt::format("{:.0f} %", 100 * x);
}
std::string nats(double x) { return fmt::format("{:+.4f}", x); }
std::string quoted(const std::string& token) { return "“" + printable(token) + "”"; }

/// What a head of a label puts its weight on.
std::string object_of(const HeadAnalysis& head, std::string_view key) {
  if (key == "induction") return "what followed the same token the last time, in repeated random text";
  if (key == "duplicate") return "earlier copies of the token, in repeated random text";
  if (key == "previous") return "the token just before";
  if (key == "stripe") return fmt::format("the token {} places back", head.stripe);
  if (key == "current") return "the token itself";
  if (key == "first") return "the first token";
  if (key == "column") return fmt::format("position {}", head.column);
  if (key == "class") return "tokens of one class: " + head.token_class;
  return "the last 8 tokens";
}

const ScoreInfo* info_of(std::string_view label) {
  for (const ScoreInfo& info : score_table())
    if (info.label && label == info.label) return &info;
  return nullptr;
}

std::string compared(const Score& s) {
  std::string text = fmt::format("95 % interval {} to {}", percent(s.trained.low), percent(s.trained.high));
  if (!std::isnan(s.uniform)) text += fmt::format("; an even spread gives {}", percent(s.uniform));
  if (!std::isnan(s.untrained)) text += fmt::format("; the untrained model {}", percent(s.untrained));
  return text;
}

std::string article(const std::string& label) {
  return std::string(std::string_view("aeiou").find(label[0]) == std::string_view::npos ? "a " : "an ") +
         label;
}

/// The head's place when all are ordered by what removing them costs, from 1.
std::size_t rank(const Analysis& a, const HeadAnalysis& head) {
  return 1 + static_cast<std::size_t>(std::count_if(a.head.begin(), a.head.end(), [&](const HeadAnalysis& h) {
           return h.evidence.mean_ablation.value > head.evidence.mean_ablation.value;
         }));
}

/// Is the label about repetition, which natural text has too little of?
bool of_repeats(const HeadAnalysis& head) {
  const ScoreInfo* info = info_of(head.labels.front());
  return info && (std::string_view(info->key) == "induction" || std::string_view(info->key) == "duplicate");
}

/// How much of what the head contributes its label explains.
std::string explained(const HeadAnalysis& head) {
  const Interval &cost = head.evidence.label_cost, &f = head.evidence.faithfulness;
  if (std::isnan(cost.value)) return "";
  std::string text, that = "that";
  if (of_repeats(head)) {
    text = fmt::format(" On repeated random text removing it changes the loss by {} ({} to {}).",
                       nats(cost.value), nats(cost.low), nats(cost.high));
    that = "the latter";
  }
  if (cost.high < 0)
    return text + " The model is better without it there, so its label has nothing to explain.";
  if (std::isnan(f.value))
    return text +
           " Whether its label explains it cannot be measured: what it contributes cannot be told from "
           "nothing.";
  text +=
      fmt::format(" With the ideal pattern of its label in place of its own, {} of {} comes back ({} to {})",
                  percent(f.value), that, percent(f.low), percent(f.high));
  if (f.low >= 0.9) return text + ": the label explains it.";
  if (f.high < 0.9)
    return text + (f.low > 0 ? ": the label tells only a part of what it does."
                             : ": the label is not seen to explain it.");
  return text + ": too uncertain to tell whether the label explains it.";
}

std::string worth(const Analysis& a, const HeadAnalysis& head) {
  const Interval& cost = head.evidence.mean_ablation;
  if (std::isnan(cost.value)) return "";
  std::string text = fmt::format(
      " Removing it (its mean in its place) changes the loss by {} nats per token ({} to {}), rank {} of {}.",
      nats(cost.value), nats(cost.low), nats(cost.high), rank(a, head), a.head.size());
  if (!head.evidence.hurts.empty() && cost.low > 0)
    text += fmt::format(" What suffers most is the prediction of {}.", quoted(head.evidence.hurts));
  return text + explained(head);
}

std::string sentence(const Analysis& a, const HeadAnalysis& head) {
  const std::string& label = head.labels.front();
  const ScoreInfo* info = info_of(label);
  std::string tags;
  for (const std::string& tag : head.tags) tags += (tags.empty() ? " (" : ", ") + tag;
  if (!tags.empty()) tags += ")";
  std::string text = fmt::format("{} is {}{}.", name_of(head), article(label), tags);
  if (info) {
    const Score& s = head.scores[score_row(info->key)];
    text += std::string_view(info->key) == "broad"
                ? fmt::format(" Its rows reach {} of the largest possible entropy ({}).",
                              percent(s.trained.value), compared(s))
                : fmt::format(" {} of its attention is on {} ({}).", percent(s.trained.value),
                              object_of(head, info->key), compared(s));
  }
  return text + worth(a, head);
}

bool specialised(const HeadAnalysis& head) {
  return head.labels.front() != mixed && head.labels.front() != score_table()[score_row("broad")].label;
}

Answer what_heads_look_at(const Analysis& a) {
  Answer answer{"What does each head look at?", {}};
  std::int64_t named = 0;
  for (const HeadAnalysis& head : a.head) named += specialised(head);
  if (a.length < 16 || a.windows < 8)
    answer.findings.push_back(
        {fmt::format("{} windows of {} tokens are too little data to call a head anything: at least 8 "
                     "windows of 16 tokens are needed.",
                     a.windows, a.length)});
  else if (named == 0)
    answer.findings.push_back(
        {fmt::format("No head of {} specialises in anything that is measured here.", a.head.size())});
  else
    answer.findings.push_back(
        {fmt::format("{} of {} heads have a pattern with a name.", named, a.head.size())});
  for (std::size_t i = 0; i < a.head.size(); ++i)
    if (specialised(a.head[i]))
      answer.findings.push_back({sentence(a, a.head[i]), static_cast<std::int64_t>(i)});
  return answer;
}

Answer whether_heads_differ(const Analysis& a) {
  Answer answer{"Do different heads do different things?", {}};
  if (a.head.size() < 2) {
    answer.findings.push_back({"There is only one head."});
    return answer;
  }
  const HeadAnalysis &x = a.head[static_cast<std::size_t>(a.apart_a)],
                     &y = a.head[static_cast<std::size_t>(a.apart_b)];
  std::string text = fmt::format(
      "{}: {} and {} look at the most different distances; their profiles are {:.2f} nats apart (0: the "
      "same; at most 0.69",
      !a.specialise   ? "Not decided"
      : *a.specialise ? "Yes"
                      : "No",
      name_of(x), name_of(y), a.apart);
  if (!std::isnan(a.apart_untrained))
    text += fmt::format("; the untrained model's most different heads {:.2f}", a.apart_untrained);
  text += "). ";
  if (a.specialise && *a.specialise)
    text += fmt::format("Removing the first hurts the prediction of {} most, removing the second that of {}.",
                        quoted(x.evidence.hurts), quoted(y.evidence.hurts));
  else if (a.apart < least_divergence)
    text += fmt::format("At least {} would be needed.", least_divergence);
  else if (!a.specialise)
    text += "Whether the model needs them was not measured.";
  else
    text += "But the model does not need both, or needs them for the same predictions.";
  answer.findings.push_back({text});
  if (a.head.size() >= 3)
    answer.findings.push_back(
        {a.silhouette >= 0.25
             ? fmt::format(
                   "Compared row by row, heads fall into {} groups (silhouette {:.2f}).",
                   1 + std::max_element(a.head.begin(), a.head.end(),
                                        [](const auto& p, const auto& q) { return p.cluster < q.cluster; })
                           ->cluster,
                   a.silhouette)
             : fmt::format("Compared row by row, heads form no clear groups (silhouette {:.2f}).",
                           a.silhouette)});
  return answer;
}

/// Spearman's correlation of two rankings.
double rank_correlation(const std::vector<double>& x, const std::vector<double>& y) {
  const auto ranks = [](const std::vector<double>& v) {
    std::vector<double> r(v.size());
    for (std::size_t i = 0; i < v.size(); ++i)
      for (const double other : v) r[i] += other < v[i] ? 1 : other == v[i] ? 0.5 : 0;
    return r;
  };
  const std::vector<double> a = ranks(x), b = ranks(y);
  const double mean = std::accumulate(a.begin(), a.end(), 0.0) / static_cast<double>(a.size());
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean) * (b[i] - mean);
    aa += (a[i] - mean) * (a[i] - mean);
    bb += (b[i] - mean) * (b[i] - mean);
  }
  return ab / std::sqrt(aa * bb);
}

Answer whether_it_matters(const Analysis& a) {
  Answer answer{"Does it matter?", {}};
  std::vector<std::size_t> order(a.head.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (std::isnan(a.head.front().evidence.mean_ablation.value)) {
    answer.findings.push_back({"Not measured: heads were not removed."});
    return answer;
  }
  std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) {
    return a.head[i].evidence.mean_ablation.value > a.head[j].evidence.mean_ablation.value;
  });
  std::int64_t important = 0, dispensable = 0;
  std::vector<double> costs, gates;
  for (const HeadAnalysis& head : a.head) {
    const auto has = [&](const char* tag) {
      return std::find(head.tags.begin(), head.tags.end(), tag) != head.tags.end();
    };
    important += has("important");
    dispensable += has("dispensable");
    costs.push_back(std::abs(head.evidence.zero_ablation.value));
    gates.push_back(head.evidence.gate);
  }
  answer.findings.push_back(
      {fmt::format("The loss is {:.4f} nats per token. Removed one at a time, {} of {} heads cost more than "
                   "half a percent of it, and {} "
                   "change it by less than a thousandth.",
                   a.loss, important, a.head.size(), dispensable)});
  for (std::size_t i = 0; i < std::min<std::size_t>(3, order.size()); ++i) {
    const HeadAnalysis& head = a.head[order[i]];
    const Interval& cost = head.evidence.mean_ablation;
    if (cost.low > 0 && !specialised(head))
      answer.findings.push_back({sentence(a, head), static_cast<std::int64_t>(order[i])});
  }
  // A gate's gradient is the same removal to first order.
  if (const double r = rank_correlation(costs, gates); a.head.size() >= 4 && !std::isnan(r))
    answer.findings.push_back(
        {fmt::format("As a cross-check, the gradient of a gate on each head {}: rank correlation {:.2f} with "
                     "what removing it changes.",
                     r >= 0.7   ? "ranks them much the same"
                     : r >= 0.3 ? "ranks them the same in part"
                                : "ranks them otherwise",
                     r)});
  return answer;
}

Answer what_the_edge_is_worth(const Analysis& a) {
  Answer answer{"Where does the last token of the text come from?", {}};
  for (const EdgeStudy& s : a.studies) {
    const auto& tokens = a.texts[static_cast<std::size_t>(s.text)].tokens;
    const auto word = [&](std::int64_t i) { return quoted(tokens[static_cast<std::size_t>(i)]); };
    std::string line;
    for (const std::string& token : tokens) line += (line.empty() ? "" : " ") + printable(token);
    answer.findings.push_back({fmt::format("In “{}” the model gives {} a probability of {}.", line,
                                           quoted(s.target), percent(s.probability))});
    for (const Edge& e : s.edges)
      answer.findings.push_back(
          {fmt::format(
               "{} looks from {} at {} with a weight of {}. With that connection cut in it alone {} has a "
               "probability of {}; cut in every head {}, and the likeliest token is {}.",
               name_of(a.at(e.layer, e.head)), word(e.query), word(e.key), percent(e.weight),
               quoted(s.target), percent(e.cut), percent(e.cut_all), quoted(e.instead)),
           e.layer * a.heads + e.head});
  }
  return answer;
}

}  // namespace

std::string name_of(const HeadAnalysis& head) { return fmt::format("L{}H{}", head.layer, head.head); }

std::vector<Answer> answers(const Analysis& a) {
  std::vector<Answer> all = {what_heads_look_at(a), whether_heads_differ(a), whether_it_matters(a)};
  if (!a.studies.empty()) all.push_back(what_the_edge_is_worth(a));
  return all;
}

std::vector<std::string> caveats(const Analysis& a) {
  return {
      fmt::format(
          "Scores are means over {} windows of {} tokens, those about repetition over 16 sequences of random "
          "tokens; "
          "intervals are percentile bootstrap intervals over these, somewhat too narrow where they are few.",
          a.windows, a.length),
      "Rows count from position 2 on, except where a definition says otherwise; a profile has all rows that "
      "reach so far. A "
      "stripe, a column and a class are the strongest of many, and so is the untrained value beside them.",
      std::isnan(a.copying_gain)
          ? std::string("Induction was not looked for: the context or the vocabulary is too small for "
                        "blocks of several lengths.")
          : fmt::format("On repeated random blocks the loss of later copies is lower by {:.2f} nats.",
                        a.copying_gain),
      fmt::format(
          "Rows sum to 1 within {:.1e}; the largest weight on the future is {:g}; {} weights are not finite.",
          a.integrity.row_sum, a.integrity.future, a.integrity.not_finite),
      "A weight says where a head looks, not that the model needs it: that is what removed heads and cut "
      "connections show. "
      "Removing one head says nothing about what two of them can do for each other, and a cut connection "
      "leaves its weight to "
      "the others of its row."};
}

std::string markdown(const Analysis& a) {
  const auto cell = [](const char* form, double x) {
    return std::isnan(x) ? std::string(" – |") : " " + fmt::format(fmt::runtime(form), x) + " |";
  };
  std::string page =
      fmt::format("# What {} attends to\n\n{} layers of {} heads, {} parameters, vocabulary {}.\n",
                  printable(a.model), a.layers, a.heads, a.parameters, a.vocab);
  for (const Answer& answer : answers(a)) {
    page += fmt::format("\n## {}\n\n", answer.question);
    for (const Finding& finding : answer.findings)
      page += (finding.head >= 0 ? "- " : "") + finding.text + "\n" + (finding.head >= 0 ? "" : "\n");
  }
  page += "\n## The heads in numbers\n\n| head | called |";
  std::vector<const char*> keys = {"previous",  "current", "first",    "induction",
                                   "duplicate", "broad",   "sharpness"};
  for (const char* key : keys) page += fmt::format(" {} |", score_table()[score_row(key)].name);
  page += " cost of removing (nats) |\n|---|---|";
  for (std::size_t i = 0; i <= keys.size(); ++i) page += "---:|";
  for (const HeadAnalysis& head : a.head) {
    page += fmt::format("\n| {} | {} |", name_of(head), head.labels.front());
    for (const char* key : keys) page += cell("{:.3f}", head.scores[score_row(key)].trained.value);
    page += cell("{:+.4f}", head.evidence.mean_ablation.value);
  }
  page += "\n\n## How it was measured\n\n";
  for (const std::string& line : caveats(a)) page += "- " + line + "\n";
  for (const ScoreInfo& info : score_table())
    page += fmt::format("- **{}**: {}{}\n", info.name, info.definition,
                        info.label ? fmt::format(". From {} on: {}", info.threshold, info.label) : "");
  if (!a.command.empty()) page += "\n    " + a.command + "\n";
  return page;
}

}  // namespace gradus::lab
