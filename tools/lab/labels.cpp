#include "tools/lab/labels.h"

#include <algorithm>
#include <cmath>

#include "gradus/base/error.h"
#include "tools/lab/analysis.h"

namespace gradus::lab {

const std::vector<ScoreInfo>& score_table() {
  static const std::vector<ScoreInfo> table = {
      {"induction", "induction",
       "weight on what followed the same token earlier, in repeated random blocks; the least over "
       "several block lengths",
       "induction head", 0.4, "∿"},
      {"duplicate", "duplicate token", "weight on earlier copies of the token, in repeated random blocks",
       "duplicate-token head", 0.4, "≡"},
      {"previous", "previous token", "mean of A[q, q - 1]", "previous-token head", 0.5, "◣"},
      {"stripe", "strongest stripe", "mean of A[q, q - d] for the best distance d >= 2",
       "fixed-distance head", 0.4, "╲"},
      {"current", "current token", "mean of A[q, q]", "current-token head", 0.5, "●"},
      {"first", "first token", "mean of A[q, 0]", "first-token head", 0.3, "▌"},
      {"column", "strongest other column",
       "mean of A[q, k] over q >= k, for the best position k >= 1 of the first three "
       "quarters",
       "fixed-position head", 0.3, "│"},
      {"class", "token class", "weight on the class of tokens it prefers most", "token-class head", 0.3, "◆"},
      {"local", "local mass", "weight on the last 8 tokens, q >= 16", "local head", 0.8, "▞"},
      {"broad", "spread", "entropy of the row divided by ln of the keys it sees", "broad head", 0.9, "▒"},
      {"induction_control", "induction control", "the same positions in random tokens that do not repeat",
       nullptr},
      {"argmax", "largest is previous", "share of rows whose largest weight is on the token before", nullptr},
      {"far", "far mass", "weight on the first half of what is seen, without the first token, q >= 8",
       nullptr},
      {"distance", "mean distance", "mean of q - k by weight, divided by that of an even spread", nullptr},
      {"sharpness", "sharpness", "mean of the row's largest weight", nullptr},
      {"variability", "variability", "how much the map changes with the text: 0 never, 1 wholly", nullptr},
      {"class_lift", "token-class lift", "that weight divided by what an even spread puts there", nullptr}};
  return table;
}

std::size_t score_row(std::string_view key) {
  const auto& table = score_table();
  for (std::size_t i = 0; i < table.size(); ++i)
    if (key == table[i].key) return i;
  fail("no score is called " + std::string(key));
}

const char* glyph_of(std::string_view label) {
  for (const ScoreInfo& info : score_table())
    if (info.label && label == info.label) return info.glyph;
  return "·";
}

namespace {

/// For a name, or for a statement about what a head is worth.
bool too_little(const Analysis& analysis) { return analysis.length < 16 || analysis.windows < 8; }

const Score& score(const HeadAnalysis& head, std::string_view key) { return head.scores[score_row(key)]; }

/// Clearly more than an even spread and than a head that has learned nothing: half as much again.
bool beyond_chance(const Score& s) {
  return !(s.trained.low < 1.5 * s.uniform) && !(s.trained.low < 1.5 * s.untrained);
}

/// What must hold besides the score. A head at a fixed distance scores on blocks of one length whether they repeat or not.
bool controlled(const HeadAnalysis& head, const ScoreInfo& info, const Score& s) {
  const std::string_view key = info.key;
  if (key == "broad") return true;  // an even spread is what it says
  if (key == "induction" && !(score(head, "induction_control").trained.value <= 0.25 * s.trained.value))
    return false;
  if (key == "class" && !(score(head, "class_lift").trained.low >= 3)) return false;
  return beyond_chance(s);
}

}  // namespace

std::vector<std::string> labels_of(const Analysis& analysis, const HeadAnalysis& head) {
  std::vector<std::string> labels;
  if (too_little(analysis)) return {mixed};
  for (std::size_t i = 0; i < score_table().size(); ++i) {
    const ScoreInfo& info = score_table()[i];
    const Score& s = head.scores[i];
    if (info.label && s.trained.value >= info.threshold && s.trained.low >= 0.8 * info.threshold &&
        controlled(head, info, s))
      labels.push_back(info.label);
  }
  if (labels.empty()) labels.push_back(mixed);
  return labels;
}

std::vector<std::string> tags_of(const Analysis& analysis, const HeadAnalysis& head) {
  std::vector<std::string> tags;
  if (too_little(analysis)) return tags;
  const auto value = [&](const char* key) { return score(head, key).trained.value; };
  if (value("sharpness") >= 0.8) tags.push_back("sharp");
  // An even spread is the same for every text, and no pattern of positions.
  if (value("variability") <= 0.15 && value("broad") < 0.9) tags.push_back("positional");
  if (value("variability") >= 0.5) tags.push_back("content");
  const Interval& cost = head.evidence.mean_ablation;
  const double little = 0.001 * analysis.loss;
  const bool dispensable = cost.low >= -little && cost.high <= little;
  if (cost.low > 0.005 * analysis.loss) tags.push_back("important");
  if (dispensable) tags.push_back("dispensable");
  if (cost.high < -little) tags.push_back("harmful");
  if (dispensable && value("first") >= 0.6) tags.push_back("resting");
  return tags;
}

}  // namespace gradus::lab
