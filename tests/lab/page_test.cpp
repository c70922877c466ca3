#include "tools/lab/page.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "gradus/tensor/creation.h"
#include "lab/labels.h"
#include "lab/markup.h"
#include "reference/expect.h"
#include "tools/lab/heatmap.h"

using namespace gradus;
using namespace gradus::lab;

namespace {

const std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><title>x</title></svg>\n";

/// Whether anything in the page would be fetched, run or sent.
void check_stands_alone(const std::vector<Element>& all) {
  for (const Element& e : all) {
    for (const char* active :
         {"script", "link", "img", "iframe", "object", "embed", "base", "form", "image", "use"})
      CHECK(e.name != active);
    for (const auto& [key, value] : e.attributes) {
      CHECK_FALSE(key.starts_with("on"));
      CHECK(key != "src");
      if (key == "href") CHECK(value.starts_with("#section-"));
    }
    if (e.name == "style")
      for (const char* load : {"url", "@import", "//"}) CHECK_FALSE(has(e.text, load));
  }
}

}  // namespace

TEST_CASE("a page is one well-formed document with its title, language and character set") {
  const auto all = parse_markup(Page("What heads look at").html());
  CHECK(all[0].name == "html");
  CHECK(all[0].attributes.at("lang") == "en");
  CHECK(named(all, "title")[0].text == "What heads look at");
  CHECK(named(all, "h1")[0].text == "What heads look at");
  CHECK(named(all, "main").size() == 1);
  CHECK(named(all, "meta")[0].attributes.at("charset") == "utf-8");
  CHECK(named(all, "section").empty());
  CHECK(Page("x").html().starts_with("<!doctype html>\n"));
  check_stands_alone(all);
}

TEST_CASE("a page may load or run nothing, and follows light and dark without a script") {
  const std::string html = Page("x").html();
  const auto all = parse_markup(html);
  int policies = 0;
  for (const Element& e : named(all, "meta"))
    if (const auto kind = e.attributes.find("http-equiv"); kind != e.attributes.end()) {
      CHECK(kind->second == "Content-Security-Policy");
      CHECK(has(e.attributes.at("content"), "default-src 'none'"));
      CHECK_FALSE(has(e.attributes.at("content"), "script-src"));
      ++policies;
    }
  CHECK(policies == 1);
  CHECK(has(named(all, "style")[0].text, "@media (prefers-color-scheme: dark)"));
  CHECK(has(named(all, "style")[0].text, "color-scheme: light dark"));
}

TEST_CASE("sections hold what follows them, in order, and several are listed at the top") {
  Page page("Report");
  page.text("first words");
  page.section("One");
  page.text("under one");
  page.pictures({{svg, "a picture"}, {svg}});
  const auto before = parse_markup(page.html());
  CHECK(named(before, "nav").empty());
  page.section("Two");
  page.table({"numbers", {"head", "score"}, {{"0", "0.91"}}});

  const auto all = parse_markup(page.html());
  const auto sections = named(all, "section");
  REQUIRE(sections.size() == 2);
  std::vector<std::vector<std::string>> names;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].name != "section") continue;
    names.emplace_back();
    for (const Element& e : inside(all, static_cast<int>(i))) names.back().push_back(e.name);
  }
  CHECK(names == std::vector<std::vector<std::string>>{{"h2", "p", "div"}, {"h2", "div"}});
  const auto links = named(all, "a");
  REQUIRE(links.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(links[i].attributes.at("href") == "#" + sections[i].attributes.at("id"));
    CHECK(links[i].text == named(all, "h2")[i].text);
  }
  CHECK(named(all, "p")[0].text == "first words");
  CHECK(named(all, "figcaption").size() == 1);
  CHECK(named(all, "svg").size() == 2);
  check_stands_alone(all);
}

TEST_CASE("a table keeps its cells in order, with headings for rows and columns, numbers flush right") {
  Page page("x");
  page.table({"scores",
              {"head", "score", "role"},
              {{"0", "0.91", "previous"}, {"1", "-3.5e-2", "1st token"}, {"2", "40 %", "--5"}}});
  const auto all = parse_markup(page.html());
  std::vector<std::string> cells, scopes, aligned;
  for (const Element& e : all) {
    if (e.name != "th" && e.name != "td") continue;
    cells.push_back(e.text);
    scopes.push_back(e.name == "th" ? e.attributes.at("scope") : "");
    if (e.attributes.count("class")) aligned.push_back(e.text);
  }
  CHECK(cells == std::vector<std::string>{"head", "score", "role", "0", "0.91", "previous", "1", "-3.5e-2",
                                          "1st token", "2", "40 %", "--5"});
  CHECK(scopes == std::vector<std::string>{"col", "col", "col", "row", "", "", "row", "", "", "row", "", ""});
  CHECK(aligned == std::vector<std::string>{"score", "0.91", "-3.5e-2", "40 %"});
  CHECK(named(all, "caption")[0].text == "scores");

  page.table({"nothing yet", {"head"}, {}});
  page.table({"no columns", {}, {}});
  CHECK(named(parse_markup(page.html()), "table").size() == 3);
}

TEST_CASE("whatever the text is, the page is well-formed and says it") {
  std::vector<std::string> labels = hostile_labels;
  for (std::uint64_t seed = 0; seed < 300; ++seed) labels.push_back(random_label(seed));
  for (const std::string& label : labels) {
    Page page("t" + label);
    page.section(label);
    page.section(label);
    page.text(label);
    page.pictures({{svg, label}});
    page.table({label, {label, label}, {{label, label}}});
    const auto all = parse_markup(page.html());
    check_stands_alone(all);
    const std::string said = named(all, "p")[0].text;
    for (const char* name : {"h2", "a", "figcaption", "caption", "th", "td"})
      for (const Element& e : named(all, name)) CHECK((e.text == said || (said.empty() && e.text.empty())));
    CHECK(named(all, "h1")[0].text == "t" + said);
  }
  Page page("x");
  page.text("<b>not bold</b> & \"quoted\"");
  CHECK(named(parse_markup(page.html()), "p")[0].text == "<b>not bold</b> & \"quoted\"");
}

TEST_CASE("the lab's own pictures stand in a page as they stand alone") {
  const std::string heatmap =
      svg_heatmap({.values = eye(4), .labels = {"<", "&", "\"", "日本"}, .title = "head <0>"});
  Page page("x");
  page.pictures({{heatmap, "identity"}});
  const auto all = parse_markup(page.html());
  CHECK(named(all, "rect", "cell").size() == 16);
  CHECK(has(page.html(), heatmap));
  check_stands_alone(all);
}

TEST_CASE("html may be asked for again, and pages of the same content are the same bytes") {
  const auto make = [] {
    Page page("x");
    page.section("s");
    page.text("t");
    return page;
  };
  Page page = make();
  CHECK(page.html() == make().html());
  CHECK(page.html() == page.html());
  const std::string before = page.html();
  page.section("more");
  CHECK(page.html() != before);
}

TEST_CASE("what makes no page is refused in a sentence") {
  CHECK(has(error_of([] { Page page(""); }), "needs a title"));
  Page page("x");
  CHECK(has(error_of([&] {
              page.pictures({{"<img src=x>", "a cat"}});
            }),
            "the picture 'a cat' begins with '<img src=x>'"));
  CHECK(has(error_of([&] { page.pictures({{"", "nothing"}}); }), "the picture 'nothing'"));
  CHECK(has(error_of([&] { page.pictures({{"<svg>", "open"}}); }), "from <svg to </svg>"));
  CHECK(has(error_of([&] {
              page.table({"t", {"a", "b"}, {{"1", "2"}, {"3"}}});
            }),
            "row 1 of the table 't' has 1 cells, and its header has 2"));
  CHECK(page.html() == Page("x").html());  // and leaves the page as it was
}
