#include "tools/lab/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "gradus/base/error.h"
#include "tools/lab/codes.h"
#include "tools/lab/report/assets.h"
#include "tools/lab/report/data.h"
#include "tools/lab/report/parts.h"
#include "tools/lab/sheet.h"
#include "tools/lab/text.h"

namespace gradus::lab {
namespace {

void check_shape(const char* what, const Tensor& x, const Shape& wanted) {
  if (!x.defined() || !(x.shape() == wanted))
    fail(fmt::format("report: {} must have shape {}, not {}", what, to_string(wanted),
                     x.defined() ? to_string(x.shape()) : "none: it is undefined"));
}

void check_length(const std::string& what, std::int64_t length, std::int64_t wanted) {
  if (length != wanted) fail(fmt::format("report: {} has {} entries, not {}", what, length, wanted));
}

void check(const Analysis& a) {
  const std::int64_t L = a.layers, H = a.heads, scores = std::ssize(score_table());
  if (L < 1 || H < 1) fail(fmt::format("report: a model of {} layers of {} heads has nothing to show", L, H));
  check_length("the list of heads", std::ssize(a.head), L * H);
  for (const HeadAnalysis& h : a.head) check_length("a head's list of scores", std::ssize(h.scores), scores);
  for (const ShownText& t : a.texts) {
    const std::int64_t T = std::ssize(t.tokens);
    if (T < 1) fail("report: a text without tokens has nothing to show");
    check_shape("a text's maps", t.maps, {L, H, T, T});
    if (t.rollout.defined()) check_shape("a text's rollout", t.rollout, {L, T, T});
    for (const std::int64_t n : {std::ssize(t.expected), std::ssize(t.probability)})
      if (n != 0) check_length("what a text's tokens lead to expect", n, T);
  }
  for (const EdgeStudy& s : a.studies) {
    if (s.text < 0 || s.text >= std::ssize(a.texts))
      fail(fmt::format("report: a study is of text {}, and there are {}", s.text, a.texts.size()));
    const std::int64_t T = std::ssize(a.texts[static_cast<std::size_t>(s.text)].tokens);
    check_shape("a study's costs", s.cost, {T, T});
  }
  for (const Checkpoint& c : a.checkpoints) {
    const std::int64_t S = c.maps.defined() ? c.maps.size(-1) : 0;
    check_shape("a checkpoint's maps", c.maps, {L, H, S, S});
    check_shape("every checkpoint's maps", c.maps, a.checkpoints.front().maps.shape());
    check_length("a checkpoint's list of heads", std::ssize(c.scores), L * H);
    for (const auto& row : c.scores) check_length("a checkpoint's list of scores", std::ssize(row), scores);
  }
}

std::string head_part(const std::string& title) {
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src '{}'; style-src "
      "'{}'; "
      "img-src data: blob:; base-uri 'none'; form-action 'none'\"/>\n<title>{}</title>\n<style>",
      report_script_hash, report_style_hash, title);
  for (const std::string_view part : report_styles()) html += part;
  return html + "</style>\n</head>\n<body>\n";
}

/// A part of the page; `words` where the script fills it.
struct Section {
  const char *id, *heading, *words = nullptr;
};

/// Those that the script fills, as far as there is something to show.
std::vector<Section> views_of(const Analysis& a) {
  if (a.texts.empty()) return {};
  std::vector<Section> views = {
      {"focus", "One head",
       "Each row is a query, each column a key that it may look at; the future is hatched. Point, or use the "
       "arrow "
       "keys; click or Enter keeps the place."},
      {"text", "The text", "Choose a token to see what it looks at, or who looks at it."}};
  if (!a.studies.empty())
    views.push_back(
        {"edge", "Where the last word comes from",
         "By how many nats the last word becomes less likely when no head of any layer may look from a query "
         "at a key."});
  views.push_back(
      {"lines", "Lines",
       "From each query on the left to the keys on the right: its largest weights, up to a share of all."});
  if (a.head.size() > 1)
    views.push_back({"map", "Map of heads",
                     "Heads that look alike lie close together. Drag over some to single them out above."});
  if (a.checkpoints.size() > 1) views.push_back({"training", "Training", "How the heads came about."});
  if (std::any_of(a.texts.begin(), a.texts.end(), [](const ShownText& t) { return t.rollout.defined(); }))
    views.push_back(
        {"rollout", "Across layers",
         "Rollout: how much of each earlier token reaches a position, if attention were all that moves "
         "information. Against an even spread it shows what was learned."});
  return views;
}

std::string view_part(const Section& view) {
  return fmt::format(
      "<section id=\"{0}\" class=\"scripted\" aria-labelledby=\"{0}-heading\">\n<h2 "
      "id=\"{0}-heading\">{1}</h2>\n"
      "<p class=\"quiet\">{2}</p>\n<div id=\"{0}-view\" class=\"view\"></div>\n</section>\n",
      view.id, view.heading, view.words);
}

std::string contents_part(const std::vector<Section>& views) {
  std::vector<Section> sections = {{"findings", "Findings"}, {"overview", "All heads"}};
  sections.insert(sections.end(), views.begin(), views.end());
  sections.push_back({"method", "Method and limits"});
  std::string html = "<nav aria-label=\"Contents\">\n<ul class=\"contents\">\n";
  for (const Section& s : sections)
    html += fmt::format("<li{}><a href=\"#{}\">{}</a></li>\n", s.words ? " class=\"scripted\"" : "", s.id,
                        s.heading);
  return html + "</ul>\n</nav>\n";
}

}  // namespace

std::string report(const Analysis& a, const ReportOptions& options) {
  check(a);
  const std::string title = "What " + escaped(printable(a.model)) + " attends to";
  const std::string picture = a.texts.empty() ? "" : base64(png_sheet(head_sheet(a, 0), Paper::light));
  const std::vector<Section> views = views_of(a);
  const auto page = [&](const Precision& precision, const std::string& maps) {
    std::string html = head_part(title);
    html += fmt::format("<main>\n<header>\n<h1>{}</h1>\n{}{}</header>\n", title, facts_part(a, precision),
                        contents_part(views));
    html +=
        "<noscript><p class=\"banner\">Without JavaScript this page shows what was found, the tables and a "
        "picture "
        "of all heads; with it, every weight.</p></noscript>\n<div id=\"bar\"></div>\n";
    html += "<section id=\"findings\">\n<h2>Findings</h2>\n" + findings_part(a) + "</section>\n";
    html += "<section id=\"overview\">\n<h2>All heads</h2>\n";
    if (!a.texts.empty())
      html += fmt::format(
          "<noscript><img class=\"overview\" alt=\"The weights of all heads, a row of pictures for each "
          "layer; the table "
          "below has their numbers\" src=\"data:image/png;base64,{}\"/></noscript>\n",
          picture);
    html += "<div id=\"overview-view\" class=\"view\"></div>\n" + heads_table(a) + "</section>\n";
    for (const Section& view : views) html += view_part(view);
    html += "<section id=\"method\">\n<h2>Method and limits</h2>\n" + method_part(a, precision) +
            "</section>\n</main>\n";
    html += data_block(a, precision) + picture_blocks(a) + cost_blocks(a) + maps + "<script>";
    for (const std::string_view part : report_scripts()) html += part;
    return html + "</script>\n</body>\n</html>\n";
  };
  // What the page needs besides the maps, were all of them coarse, tells how much they may take.
  Precision coarsest{false, std::vector<std::int64_t>(a.head.size(), 999), 999};
  const std::int64_t rest = std::ssize(page(coarsest, ""));
  const Precision precision = precision_for(a, options.budget - rest);
  return page(precision, map_blocks(a, precision));
}

}  // namespace gradus::lab
