#include "tools/lab/report/parts.h"

#include <fmt/format.h>

#include <cctype>
#include <cmath>
#include <cstdlib>

#include "tools/lab/findings.h"
#include "tools/lab/text.h"

namespace gradus::lab {
namespace {

constexpr std::size_t most_cards = 8;  // heads of one answer that are seen at once; the others unfold

std::string quoted(const std::string& text) { return escaped(printable(text)); }

std::string head_link(std::int64_t layer, std::int64_t head, const std::string& text) {
  return fmt::format("<a class=\"head\" href=\"#l={}&amp;h={}\">{}</a>", layer, head, text);
}

/// `html` with each L1H3 that is a head of the model leading to it.
std::string with_links(const Analysis& a, const std::string& html) {
  std::string linked;
  const auto digit = [&](std::size_t at) {
    return at < html.size() && std::isdigit(static_cast<unsigned char>(html[at])) != 0;
  };
  for (std::size_t at = 0; at < html.size(); ++at) {
    std::size_t end = at + 1, middle = 0;
    const bool begins =
        html[at] == 'L' && (at == 0 || std::isalnum(static_cast<unsigned char>(html[at - 1])) == 0);
    while (begins && digit(end)) ++end;
    if (begins && end > at + 1 && end < html.size() && html[end] == 'H' && digit(end + 1)) {
      middle = end++;
      while (digit(end)) ++end;
    }
    const std::int64_t layer = middle ? std::atoll(html.c_str() + at + 1) : a.layers;
    const std::int64_t head = middle ? std::atoll(html.c_str() + middle + 1) : 0;
    if (layer < a.layers && head < a.heads) {
      linked += head_link(layer, head, html.substr(at, end - at));
      at = end - 1;
    } else {
      linked += html[at];
    }
  }
  return linked;
}

std::string three_digits(double x) { return std::isnan(x) ? "–" : fmt::format("{:.3f}", x); }
std::string signed_digits(double x) { return std::isnan(x) ? "–" : fmt::format("{:+.4f}", x); }

std::string fact(const char* name, const std::string& html) {
  return html.empty() ? "" : fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, html);
}

}  // namespace

std::string facts_part(const Analysis& a, const Precision& p) {
  std::string parts = fact("Model", quoted(a.source)) +
                      fact("Size", fmt::format("{} layers × {} heads, {} parameters, vocabulary {}", a.layers,
                                               a.heads, a.parameters, a.vocab)) +
                      fact("Measured on", fmt::format("{} windows of {} tokens; loss {:.4f} nats per token",
                                                      a.windows, a.length, a.loss));
  parts += fact(
      "Integrity",
      fmt::format("<span class=\"{}\">{}</span> rows sum to 1 within {:.1e}; the future has at most {:g}; "
                  "{} weights are not finite",
                  a.integrity.holds() ? "good" : "bad", a.integrity.holds() ? "✓ sound:" : "✗ broken:",
                  a.integrity.row_sum, a.integrity.future, a.integrity.not_finite));
  parts += fact("Precision", p.fine ? "weights on this page are within 0.04 % of themselves from 1/512 up"
                                    : "weights on this page are within 2.2 % of themselves");
  std::string html = "<dl class=\"facts\">\n" + parts + "</dl>\n";
  if (p.pooled_heads() > 0)
    html += fmt::format(
        "<p class=\"banner\" role=\"note\">To keep this file small, {} of {} heads are kept coarsely: of "
        "each block of "
        "tokens the largest weight. They are marked ≤. The exact weights are in the exported arrays.</p>\n",
        p.pooled_heads(), a.head.size());
  return html;
}

std::string findings_part(const Analysis& a) {
  std::string html;
  for (const Answer& answer : answers(a)) {
    html += fmt::format("<h3>{}</h3>\n", escaped(answer.question));
    std::string cards;
    std::size_t count = 0;
    for (const Finding& finding : answer.findings) {
      const std::string text = with_links(a, escaped(finding.text));
      if (finding.head < 0) {
        html += fmt::format("<p>{}</p>\n", text);
        continue;
      }
      if (++count == most_cards + 1)
        cards += "</ul>\n<details><summary>More heads</summary>\n<ul class=\"cards\">\n";
      cards += fmt::format("<li>{} {}</li>\n", text,
                           head_link(finding.head / a.heads, finding.head % a.heads, "Show it"));
    }
    if (count > 0)
      html += "<ul class=\"cards\">\n" + cards + "</ul>\n" + (count > most_cards ? "</details>\n" : "");
  }
  return html;
}

std::string heads_table(const Analysis& a) {
  std::string html =
      "<details id=\"heads\"><summary>All heads in numbers</summary>\n"
      "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"All heads in numbers\">\n<table>\n"
      "<thead><tr><th scope=\"col\">head</th><th scope=\"col\">called</th>";
  for (const ScoreInfo& info : score_table())
    html += fmt::format("<th scope=\"col\" class=\"number\">{}</th>", escaped(info.name));
  html +=
      "<th scope=\"col\" class=\"number\">cost of removing</th><th scope=\"col\" class=\"number\">label "
      "explains</th>"
      "<th scope=\"col\" class=\"number\">group</th></tr></thead>\n<tbody>\n";
  for (const HeadAnalysis& h : a.head) {
    html += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td>", head_link(h.layer, h.head, name_of(h)),
                        escaped(h.labels.empty() ? mixed : h.labels.front()));
    for (const Score& s : h.scores)
      html += fmt::format("<td class=\"number\">{}</td>", three_digits(s.trained.value));
    html += fmt::format(
        "<td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n",
        signed_digits(h.evidence.mean_ablation.value), three_digits(h.evidence.faithfulness.value),
        h.cluster);
  }
  return html + "</tbody>\n</table>\n</div>\n</details>\n";
}

std::string method_part(const Analysis& a, const Precision& p) {
  std::string html = "<ul>\n";
  for (const std::string& line : caveats(a)) html += "<li>" + escaped(line) + "</li>\n";
  html +=
      "<li>A head has a label when its score reaches the threshold, the low end of the interval reaches 0.8 "
      "of it, and "
      "its controls hold. Thresholds are the same for every model.</li>\n"
      "<li>Rollout multiplies the layers' mean maps, half of each being the residual stream. It knows "
      "nothing of "
      "values, of what the other layers do, or of norms.</li>\n"
      "<li>Heads lie on their map by classical scaling of the square root of the Jensen-Shannon divergence "
      "between "
      "their weights, row by row, in nats.</li>\n</ul>\n"
      "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Scores\">\n<table>\n<caption>A[q, k] "
      "is the weight of "
      "query q on key k, k ≤ q; both count from 0.</caption>\n<thead><tr><th scope=\"col\">score</th><th "
      "scope=\"col\">what it is</th><th scope=\"col\" class=\"number\">from</th><th scope=\"col\">the head "
      "is called</th>"
      "</tr></thead>\n<tbody>\n";
  for (const ScoreInfo& info : score_table())
    html += fmt::format(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"number\">{}</td><td>{}</td></tr>\n",
        escaped(info.name), escaped(info.definition), info.label ? fmt::format("{:g}", info.threshold) : "",
        info.label ? fmt::format("<span class=\"glyph\" aria-hidden=\"true\">{}</span> {}",
                                 escaped(info.glyph), escaped(info.label))
                   : "");
  html += "</tbody>\n</table>\n</div>\n";
  html += p.fine
              ? "<p>Weights are kept in 16 bits each, as the square root of the weight.</p>\n"
              : "<p>Weights are kept in 8 bits each, on a logarithmic scale from 2<sup>−16</sup> to 1.</p>\n";
  html += fmt::format("<p>Seed {}.", a.seed);
  if (!a.command.empty()) html += fmt::format(" Made by <code>{}</code>", quoted(a.command));
  return html + "</p>\n";
}

}  // namespace gradus::lab
