#include "tools/lab/report/data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tools/lab/codes.h"
#include "tools/lab/colours.h"
#include "tools/lab/text.h"

namespace gradus::lab {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t longest_token = 80;  // columns; what is longer is cut, as it would push all else aside

/// Six digits are more than any view shows; JSON has no NaN, and null stands for it.
Json number(double x) {
  return std::isfinite(x) ? Json(std::strtod(fmt::format("{:.6g}", x).c_str(), nullptr)) : Json(nullptr);
}

Json interval(const Interval& i) { return Json::array({number(i.value), number(i.low), number(i.high)}); }

Json strings(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(shortened(printable(text), longest_token));
  return list;
}

Json numbers(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double v : values) list.push_back(number(v));
  return list;
}

Json head(const HeadAnalysis& h) {
  Json scores = Json::array();
  for (const Score& s : h.scores) {
    Json row = interval(s.trained);
    row.push_back(number(s.uniform));
    row.push_back(number(s.untrained));
    scores.push_back(row);
  }
  return {{"labels", h.labels},
          {"tags", h.tags},
          {"stripe", h.stripe},
          {"column", h.column},
          {"class", printable(h.token_class)},
          {"cluster", h.cluster},
          {"x", number(h.x)},
          {"y", number(h.y)},
          {"scores", scores},
          {"mean", interval(h.evidence.mean_ablation)},
          {"zero", interval(h.evidence.zero_ablation)},
          {"gate", number(h.evidence.gate)},
          {"explains", interval(h.evidence.faithfulness)},
          {"hurts", printable(h.evidence.hurts)}};
}

Json text(const ShownText& t) {
  Json breaks = Json::array();  // where the text goes on in a line of its own
  for (std::size_t i = 0; i < t.tokens.size(); ++i)
    if (t.tokens[i].find('\n') != std::string::npos) breaks.push_back(i);
  return {{"tokens", strings(t.tokens)},
          {"breaks", breaks},
          {"expected", strings(t.expected)},
          {"probability", numbers(t.probability)},
          {"rollout", t.rollout.defined()}};
}

Json score_infos() {
  Json list = Json::array();
  for (const ScoreInfo& s : score_table())
    list.push_back({{"key", s.key},
                    {"name", s.name},
                    {"definition", s.definition},
                    {"label", s.label ? Json(s.label) : Json(nullptr)},
                    {"threshold", number(s.threshold)},
                    {"glyph", s.glyph}});
  return list;
}

/// 256 x RGB.
Json colours(const ColourMap& map) {
  std::string bytes;
  for (const Colour& c : map)
    for (const std::uint8_t channel : {c.red, c.green, c.blue}) bytes += static_cast<char>(channel);
  return base64(bytes);
}

Json studies(const Analysis& a) {
  Json list = Json::array();
  for (const EdgeStudy& s : a.studies) {
    Json edges = Json::array();
    for (const Edge& e : s.edges)
      edges.push_back({{"query", e.query},
                       {"key", e.key},
                       {"layer", e.layer},
                       {"head", e.head},
                       {"weight", number(e.weight)},
                       {"cut", number(e.cut)},
                       {"all", number(e.cut_all)},
                       {"instead", printable(e.instead)}});
    list.push_back({{"text", s.text},
                    {"target", printable(s.target)},
                    {"probability", number(s.probability)},
                    {"most", number(largest_cost(s))},
                    {"edges", edges}});
  }
  return list;
}

Json checkpoints(const Analysis& a) {
  Json list = Json::array();
  for (const Checkpoint& c : a.checkpoints) {
    Json scores = Json::array();
    for (const auto& row : c.scores) scores.push_back(numbers(row));
    list.push_back({{"step", c.step}, {"loss", number(c.loss)}, {"scores", scores}});
  }
  return list;
}

}  // namespace

std::string data_block(const Analysis& a, const Precision& precision) {
  Json heads = Json::array();
  for (const HeadAnalysis& h : a.head) heads.push_back(head(h));
  Json texts = Json::array();
  for (const ShownText& t : a.texts) texts.push_back(text(t));
  const Json all = {{"format", "gradus.report/1"},
                    {"model", printable(a.model)},
                    {"layers", a.layers},
                    {"heads", a.heads},
                    {"codec", precision.fine ? "e16" : "e8"},
                    {"sides", precision.pooled_heads() > 0 ? Json(precision.side) : Json::array()},
                    {"rolloutSide", precision.rollout_side},
                    {"stepSide", step_side(a)},
                    {"mixed", mixed},
                    {"cividis", colours(cividis())},
                    {"diverging", colours(diverging())},
                    {"divergingDark", colours(diverging(true))},
                    {"scores", score_infos()},
                    {"head", heads},
                    {"texts", texts},
                    {"studies", studies(a)},
                    {"checkpoints", checkpoints(a)}};
  // ASCII with the characters that HTML knows written as \u003c: nothing in it can end the element.
  std::string json;
  for (const char c : all.dump(-1, ' ', true, Json::error_handler_t::replace))
    if (c == '<' || c == '>' || c == '&')
      json += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      json += c;
  return "<script type=\"application/json\" id=\"data\">" + json + "</script>\n";
}

}  // namespace gradus::lab
