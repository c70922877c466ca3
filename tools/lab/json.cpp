#include "tools/lab/json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "tools/lab/codes.h"
#include "tools/lab/findings.h"
#include "tools/lab/specialise.h"
#include "tools/lab/text.h"

namespace gradus::lab {
namespace {

using Json = nlohmann::ordered_json;

Json number(double x) { return std::isfinite(x) ? Json(x) : Json(nullptr); }
Json interval(const Interval& i) {
  return {{"value", number(i.value)}, {"low", number(i.low)}, {"high", number(i.high)}};
}
/// Tokens may be any bytes; JSON holds UTF-8.
Json token(const std::string& bytes) {
  Json j = {{"text", printable(bytes)}};
  if (printable(bytes) != bytes) j["base64"] = base64(bytes);
  return j;
}

Json head(const HeadAnalysis& h) {
  Json scores;
  for (std::size_t i = 0; i < h.scores.size(); ++i) {
    Json score = interval(h.scores[i].trained);
    score["uniform"] = number(h.scores[i].uniform);
    score["untrained"] = number(h.scores[i].untrained);
    scores[score_table()[i].key] = score;
  }
  const Evidence& e = h.evidence;
  return {{"layer", h.layer},
          {"head", h.head},
          {"labels", h.labels},
          {"tags", h.tags},
          {"scores", scores},
          {"stripe", h.stripe},
          {"column", h.column},
          {"token_class", h.token_class},
          {"mean_ablation", interval(e.mean_ablation)},
          {"zero_ablation", interval(e.zero_ablation)},
          {"gate", number(e.gate)},
          {"label_cost", interval(e.label_cost)},
          {"faithfulness", interval(e.faithfulness)},
          {"hurts", token(e.hurts)},
          {"cluster", h.cluster},
          {"x", number(h.x)},
          {"y", number(h.y)}};
}

}  // namespace

std::string json(const Analysis& a) {
  Json j = {{"format", "gradus.attn/1"},
            {"model", printable(a.model)},
            {"source", printable(a.source)},
            {"command", printable(a.command)},
            {"layers", a.layers},
            {"heads", a.heads},
            {"vocab", a.vocab},
            {"parameters", a.parameters},
            {"windows", a.windows},
            {"length", a.length},
            {"seed", a.seed},
            {"loss", number(a.loss)},
            {"copying_gain", number(a.copying_gain)},
            {"integrity",
             {{"row_sum", number(a.integrity.row_sum)},
              {"future", number(a.integrity.future)},
              {"not_finite", a.integrity.not_finite}}},
            {"specialise",
             {{"heads_differ", a.specialise ? Json(*a.specialise) : Json(nullptr)},
              {"divergence", number(a.apart)},
              {"untrained", number(a.apart_untrained)},
              {"heads", {a.apart_a, a.apart_b}},
              {"least_divergence", least_divergence},
              {"least_damage", least_damage}}},
            {"silhouette", number(a.silhouette)}};
  for (const ScoreInfo& info : score_table())
    j["table"][info.key] = {{"name", info.name},
                            {"definition", info.definition},
                            {"label", info.label ? Json(info.label) : Json(nullptr)},
                            {"threshold", info.label ? Json(info.threshold) : Json(nullptr)}};
  for (const HeadAnalysis& h : a.head) j["by_head"].push_back(head(h));
  for (const ShownText& text : a.texts) {
    Json tokens = Json::array(), expected = Json::array(), probability = Json::array();
    for (const std::string& t : text.tokens) tokens.push_back(token(t));
    for (const std::string& t : text.expected) expected.push_back(token(t));
    for (const double p : text.probability) probability.push_back(number(p));
    j["texts"].push_back({{"tokens", tokens}, {"expected", expected}, {"probability", probability}});
  }
  for (const EdgeStudy& s : a.studies) {
    Json edges = Json::array();
    for (const Edge& e : s.edges)
      edges.push_back({{"query", e.query},
                       {"key", e.key},
                       {"layer", e.layer},
                       {"head", e.head},
                       {"weight", number(e.weight)},
                       {"cut", number(e.cut)},
                       {"cut_all", number(e.cut_all)},
                       {"instead", token(e.instead)}});
    j["studies"].push_back({{"text", s.text},
                            {"target", token(s.target)},
                            {"probability", number(s.probability)},
                            {"edges", edges}});
  }
  for (const Answer& answer : answers(a)) {
    Json found = Json::array();
    for (const Finding& f : answer.findings) found.push_back({{"text", f.text}, {"head", f.head}});
    j["findings"].push_back({{"question", answer.question}, {"findings", found}});
  }
  return j.dump(1) + "\n";
}

}  // namespace gradus::lab
