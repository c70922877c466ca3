#include "tools/lab/report.h"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "attend/synthetic.h"
#include "command.h"
#include "folder.h"
#include "gradus/tensor/creation.h"
#include "lab/labels.h"
#include "lab/markup.h"
#include "reference/expect.h"
#include "tools/lab/codes.h"
#include "tools/lab/findings.h"
#include "tools/lab/report/assets.h"
#include "tools/lab/text.h"

using namespace gradus;
using namespace gradus::lab;
using Json = nlohmann::json;

namespace {

/// What stands between the first `open` and the next `close`.
std::string between(const std::string& text, const std::string& open, const std::string& close) {
  const std::size_t begin = text.find(open);
  REQUIRE(begin != std::string::npos);
  const std::size_t end = text.find(close, begin + open.size());
  REQUIRE(end != std::string::npos);
  return text.substr(begin + open.size(), end - begin - open.size());
}

int count(const std::string& text, const std::string& what) {
  int times = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++times;
  return times;
}

std::string block(const std::string& html, const std::string& id, const std::string& codec) {
  return between(html, "id=\"" + id + "\" data-codec=\"" + codec + "\">", "</script>");
}

Json data_of(const std::string& html) { return Json::parse(between(html, "id=\"data\">", "</script>")); }

/// "sha256-..." by the system's own tool.
std::string hash_of(const std::string& text) {
  const Folder folder;
  cli::write(folder / "text", text);
  const std::string hex = cli::shell(folder, "sha256sum text").out.substr(0, 64);
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return "sha256-" + base64(bytes);
}

/// The page without what only a script reads, which is not XML.
std::vector<Element> markup_of(std::string html) {
  for (std::size_t at; (at = html.find("<script")) != std::string::npos;)
    html.erase(at, html.find("</script>", at) + 9 - at);
  const std::size_t style = html.find("<style>");
  html.erase(style, html.find("</style>") + 8 - style);
  return parse_markup(html);
}

std::string all_text(const std::vector<Element>& all) {
  std::string text;
  for (const Element& e : all) text += e.text + "\n";
  return text;
}

}  // namespace

TEST_CASE("a policy lets the page's own script and style run, and nothing else run or load") {
  const std::string html = report(synthetic::analysis({}));
  const std::string policy = between(html, "http-equiv=\"Content-Security-Policy\" content=\"", "\"");
  CHECK(has(policy, "default-src 'none'"));
  CHECK(has(policy, "base-uri 'none'"));
  CHECK(has(policy, "form-action 'none'"));
  CHECK_FALSE(has(policy, "unsafe"));
  CHECK_FALSE(has(policy, "http"));
  CHECK(has(policy, "script-src '" + hash_of(between(html, "<script>", "</script>")) + "'"));
  CHECK(has(policy, "style-src '" + hash_of(between(html, "<style>", "</style>")) + "'"));
  CHECK(count(html, "<script>") == 1);
  CHECK(html.find("<meta http-equiv") < html.find("<style>"));
  for (const char* load : {" src=\"http", "href=\"http", "url(", "@import", "<link", "<iframe", " style=\""})
    CHECK(count(html, load) == 0);
  std::string code;
  for (const std::string_view part : report_scripts()) code += part;
  for (const char* reach : {"fetch(", "XMLHttpRequest", "import(", "WebSocket", "sendBeacon", "eval(",
                            "innerHTML", "document.write", "localStorage", "document.cookie"})
    CHECK_FALSE(has(code, reach));
  CHECK(code.size() <= 90'000);
}

TEST_CASE(
    "without a script the page is well-formed, and has what was found, all heads in numbers, and a picture") {
  const Analysis a = synthetic::analysis({.checkpoints = 3});
  const std::string html = report(a);
  const auto all = markup_of(html);
  const std::string text = all_text(all);
  for (const Answer& answer : answers(a)) {
    CHECK(has(text, answer.question));
    for (const Finding& finding : answer.findings) {
      // Heads' names in a sentence are links; its end has none.
      const std::string rest = finding.text.substr(std::max<std::size_t>(finding.text.size(), 40) - 40);
      INFO(finding.text);
      CHECK(has(html, escaped(rest)));
    }
  }
  for (const std::string& caveat : caveats(a)) CHECK(has(text, caveat));
  for (const ScoreInfo& info : score_table()) {
    CHECK(has(text, info.name));
    CHECK(has(text, info.definition));
  }
  CHECK(has(text, a.command));
  CHECK(has(text, "Seed 7."));
  CHECK(has(text, "sound:"));
  const std::string table = between(html, "<details id=\"heads\">", "</details>");
  CHECK(count(table, "<tr>") == 1 + 8);
  CHECK(has(table, "<a class=\"head\" href=\"#l=1&amp;h=2\">L1H2</a>"));
  CHECK(has(table, "<td class=\"number\">0.900</td>"));  // the planted previous-token head
  const auto pictures = named(all, "img");
  REQUIRE(pictures.size() == 1);
  CHECK(pictures[0].attributes.at("src").starts_with("data:image/png;base64,iVBORw0KGgo"));
  CHECK(pictures[0].attributes.at("alt").size() > 20);
  CHECK(count(html, "<noscript>") == 2);
  CHECK(named(all, "main").size() == 1);
  for (const char* id :
       {"findings", "overview", "focus", "text", "edge", "lines", "map", "training", "rollout", "method"})
    CHECK(count(html, "<section id=\"" + std::string(id) + "\"") == 1);
}

TEST_CASE("sections stand only where there is something to show") {
  Analysis a = synthetic::analysis({.layers = 1, .heads = 1, .tokens = 8, .checkpoints = 1});
  std::string html = report(a);
  for (const char* id : {"edge", "map", "training"})
    CHECK(count(html, "<section id=\"" + std::string(id) + "\"") == 0);
  a.texts[0].rollout = {};
  a.texts[0].expected = {};
  a.texts[0].probability = {};
  CHECK(count(report(a), "<section id=\"rollout\"") == 0);
  a.texts.clear();
  a.checkpoints.clear();
  html = report(a);
  CHECK(count(html, "<section id=\"focus\"") == 0);
  CHECK(count(html, "<img") == 0);
  CHECK(count(html, "<section id=\"findings\"") == 1);
}

TEST_CASE("every weight is in the page, in codes that read back") {
  const Analysis a = synthetic::analysis({.checkpoints = 4});
  const std::string html = report(a);
  CHECK(data_of(html)["codec"] == "e16");
  for (int l = 0; l < 2; ++l) {
    std::string codes;
    for (int h = 0; h < 4; ++h) codes += e16(a.texts[0].maps[l][h]);
    CHECK(block(html, "maps-0-" + std::to_string(l), "e16") == base64(codes));
  }
  CHECK(block(html, "rollout-0", "e16") == base64(e16(a.texts[0].rollout[0]) + e16(a.texts[0].rollout[1])));
  std::string thumbnails, steps;
  for (int i = 0; i < 8; ++i) thumbnails += e8(a.texts[0].maps[i / 4][i % 4]);
  for (const Checkpoint& c : a.checkpoints)
    for (int i = 0; i < 8; ++i) steps += e8(c.maps[i / 4][i % 4]);
  CHECK(block(html, "thumbs-0", "e8") == base64(thumbnails));
  CHECK(block(html, "steps", "e8") == base64(steps));
}

TEST_CASE("numbers, labels and tokens are in the page as JSON") {
  const Analysis a = synthetic::analysis({.checkpoints = 2});
  const Json d = data_of(report(a));
  CHECK(d["format"] == "gradus.report/1");
  CHECK(d["head"].size() == 8);
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK(d["head"][i]["labels"] == a.head[i].labels);
    for (std::size_t s = 0; s < score_table().size(); ++s) {
      const Score& score = a.head[i].scores[s];
      const double expected[] = {score.trained.value, score.trained.low, score.trained.high, score.uniform,
                                 score.untrained};
      for (std::size_t n = 0; n < 5; ++n) {
        const double shown = d["head"][i]["scores"][s][n];
        CHECK(std::abs(shown - expected[n]) <= 1e-5 * std::abs(expected[n]) + 1e-12);
      }
    }
  }
  CHECK(d["texts"][0]["tokens"][11] == "↵");
  CHECK(d["texts"][0]["breaks"][0] == 11);
  CHECK(d["texts"][0]["probability"][23].is_null());  // nothing follows
  CHECK(d["checkpoints"][1]["step"] == 10);
  CHECK(d["stepSide"] == 24);
  CHECK(d["scores"].size() == score_table().size());
  CHECK(d["studies"][0]["edges"][0]["instead"] == "hungry");
}

TEST_CASE("the same analysis gives the same bytes") {
  const Analysis a = synthetic::analysis({.checkpoints = 3, .hostile = true});
  CHECK(report(a) == report(a));
  CHECK(report(a) == report(synthetic::analysis({.checkpoints = 3, .hostile = true})));
}

TEST_CASE("what does not fit is kept more coarsely, the least important heads first, and the page says so") {
  const synthetic::Size size{.layers = 3, .heads = 4, .tokens = 300};
  const Analysis a = synthetic::analysis(size);
  const std::string whole = report(a);
  const auto bytes = std::ssize(whole);
  CHECK(data_of(whole)["codec"] == "e16");
  CHECK(data_of(whole)["sides"].empty());

  const std::string eight = report(a, {.budget = bytes - 1});
  CHECK(data_of(eight)["codec"] == "e8");
  CHECK(data_of(eight)["sides"].empty());
  CHECK(has(eight, "within 2.2 %"));
  CHECK_FALSE(has(eight, "are kept coarsely"));

  const std::int64_t budget = std::ssize(eight) - 300'000;
  const std::string some = report(a, {.budget = budget});
  CHECK(std::ssize(some) <= budget);
  const std::vector<std::int64_t> sides = data_of(some)["sides"];
  const auto pooled_heads = std::count(sides.begin(), sides.end(), 128);
  CHECK(pooled_heads >= 1);
  CHECK(pooled_heads < 12);
  CHECK(has(some, std::to_string(pooled_heads) + " of 12 heads are kept coarsely"));
  double least_whole = inf, most_pooled = -inf;
  for (std::size_t i = 0; i < 12; ++i) {
    // A label counts for more than any cost.
    const double worth =
        (a.head[i].labels.front() == mixed ? 0 : 100) + a.head[i].evidence.mean_ablation.value;
    (sides[i] == 0 ? least_whole : most_pooled) =
        sides[i] == 0 ? std::min(least_whole, worth) : std::max(most_pooled, worth);
  }
  CHECK(least_whole > most_pooled);
  CHECK(data_of(some)["rolloutSide"] == 128);
  std::string codes;
  for (std::int64_t h = 0; h < 4; ++h) {
    const Tensor map = a.texts[0].maps[1][h];
    codes += e8(sides[static_cast<std::size_t>(4 + h)] == 0 ? map : pooled(map, 128));
  }
  CHECK(block(some, "maps-0-1", "e8") == base64(codes));

  std::int64_t least = bytes;
  for (std::int64_t tried = bytes; tried > 0; tried -= 20'000) {
    const std::string failed = error_of([&] {
      const std::string html = report(a, {.budget = tried});
      CHECK(std::ssize(html) <= tried);
    });
    if (failed != "no error") {
      INFO(failed);
      CHECK(has(failed, "even when pooled to 32 x 32"));
      break;
    }
    least = tried;
  }
  CHECK(least < bytes / 3);
}

TEST_CASE("whatever tokens and names are, no markup comes of them") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    Analysis a = synthetic::analysis({.layers = 1, .heads = 2, .tokens = 23});
    for (std::size_t t = 0; t < a.texts[0].tokens.size(); ++t) {
      a.texts[0].tokens[t] = seed == 0 ? hostile_labels[t] : random_label(100 * seed + t);
      a.texts[0].expected[t] = random_label(100 * seed + t + 50);
    }
    for (std::string* name : {&a.model, &a.source, &a.command, &a.head[0].evidence.hurts,
                              &a.head[1].token_class, &a.studies[0].target, &a.studies[0].edges[0].instead})
      *name = seed == 0 ? "</script><img onerror=alert(1)>\xFF" : random_label(1000 + seed);
    if (a.model.empty()) a.model = "x";
    const std::string html = report(a);
    const auto all = markup_of(html);  // throws where it is not well-formed or not UTF-8
    for (const Element& e : all)
      for (const auto& [key, value] : e.attributes) {
        CHECK_FALSE(key.starts_with("on"));
        if (key == "href") CHECK(value.starts_with("#"));
      }
    CHECK(named(all, "img").size() == 1);
    const std::string json = between(html, "id=\"data\">", "</script>");
    for (const unsigned char c : json) CHECK((c >= ' ' && c < 0x7F && c != '<' && c != '>' && c != '&'));
    const Json d = Json::parse(json);
    for (std::size_t t = 0; t < a.texts[0].tokens.size(); ++t)
      CHECK(d["texts"][0]["tokens"][t] == shortened(printable(a.texts[0].tokens[t]), 80));
    CHECK(d["head"][0]["hurts"] == printable(a.head[0].evidence.hurts));
  }
}

TEST_CASE("an analysis that does not hold together is refused, in a sentence") {
  const Analysis good = synthetic::analysis({.checkpoints = 2});
  const auto refused = [&](auto spoil) {
    Analysis a = good;
    spoil(a);
    return error_of([&] { report(a); });
  };
  CHECK(has(refused([](Analysis& a) { a.layers = 0; }), "0 layers of 4 heads"));
  CHECK(has(refused([](Analysis& a) { a.head.pop_back(); }), "the list of heads has 7 entries, not 8"));
  CHECK(has(refused([](Analysis& a) { a.head[3].scores.pop_back(); }), "a head's list of scores"));
  CHECK(has(refused([](Analysis& a) { a.texts[0].tokens.pop_back(); }),
            "a text's maps must have shape [2, 4, 23, 23], not [2, 4, 24, 24]"));
  CHECK(has(refused([](Analysis& a) { a.texts[0].tokens.clear(); }), "a text without tokens"));
  CHECK(has(refused([](Analysis& a) {
              a.texts[0].rollout = zeros({2, 3, 3});
            }),
            "a text's rollout must have shape [2, 24, 24]"));
  CHECK(has(refused([](Analysis& a) { a.texts[0].maps = {}; }), "none: it is undefined"));
  CHECK(has(refused([](Analysis& a) { a.texts[0].expected.pop_back(); }), "23 entries, not 24"));
  CHECK(has(refused([](Analysis& a) { a.studies[0].text = 4; }), "a study is of text 4"));
  CHECK(has(refused([](Analysis& a) { a.studies[0].cost = zeros({3, 3}); }), "a study's costs"));
  CHECK(has(refused([](Analysis& a) {
              a.checkpoints[1].maps = zeros({2, 4, 5, 5});
            }),
            "every checkpoint's maps"));
  CHECK(
      has(refused([](Analysis& a) { a.checkpoints[0].scores.pop_back(); }), "a checkpoint's list of heads"));
  const std::string nan = refused([](Analysis& a) {
    a.texts[0].maps = a.texts[0].maps.clone();
    a.texts[0].maps.data<float>()[0] = std::nanf("");
  });
  INFO(nan);
  CHECK(has(nan, "nan"));
}
