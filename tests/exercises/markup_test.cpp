#include "exercises/common/markup.h"

#include <doctest/doctest.h>

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/base/random.h"
#include "reference/expect.h"
#include "tools/lab/text.h"

using namespace gradus;
using exercises::Element;
using exercises::is_inside;
using exercises::read_markup;
using exercises::text_inside;

namespace {

std::string error(std::string_view html) {
  try {
    read_markup(html);
  } catch (const std::runtime_error& e) { return e.what(); }
  return "none";
}

/// The text of the one element <b>.
std::string text(const std::string& inside) { return read_markup("<b>" + inside + "</b>").at(0).text; }

/// The attribute `a` of an element with these.
std::string attribute(const std::string& written) {
  return read_markup("<p " + written + "></p>").at(0).attributes.at("a");
}

struct Draws {
  Philox random;
  std::uint64_t drawn = 0;
  std::size_t operator()(std::size_t n) { return random.below(drawn++, n); }
  std::string from(const std::vector<std::string>& parts, std::size_t most) {
    std::string all;
    for (std::size_t n = (*this)(most + 1); n > 0; --n) all += parts[(*this)(parts.size())];
    return all;
  }
};

const std::vector<std::string> hostile = {"<",  ">", "&",  ";", "\"", "'", "#", "a",
                                          "lt", " ", "\n", "=", "/",  "é", "-"};

/// Writes a random tree, and what of it must be read. `above` are those that are open.
void grow(Draws& draw, std::string& html, std::vector<Element>& tree, std::vector<int> above) {
  static const std::vector<std::string> names = {"g", "svg", "tr", "x-1"};
  const std::string name = names[draw(4)], title = draw.from(hostile, 6);
  const std::size_t me = tree.size();
  tree.push_back({name, {{"title", title}}, "", above.empty() ? -1 : above.back()});
  html += "<" + name + " title=\"" + lab::escaped(title) + "\"";
  if (draw(4) == 0) {
    html += "/>";
    return;
  }
  html += ">";
  above.push_back(static_cast<int>(me));
  const std::size_t children = above.size() < 6 ? draw(4) : 0;
  for (std::size_t i = 0; i <= children; ++i) {
    const std::string words = draw.from(hostile, 4);
    html += lab::escaped(words);
    tree[me].text += words;
    if (i < children) grow(draw, html, tree, above);
  }
  html += "</" + name + ">";
}

}  // namespace

TEST_CASE("a tree of elements with hostile texts is read as it was written") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Draws draw{{seed, 0}};
    std::string html;
    std::vector<Element> tree;
    grow(draw, html, tree, {});
    CAPTURE(html);
    const std::vector<Element> all = read_markup(html);
    REQUIRE(all.size() == tree.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      CHECK(all[i].name == tree[i].name);
      CHECK(all[i].attributes == tree[i].attributes);
      CHECK(all[i].text == tree[i].text);
      CHECK(all[i].parent == tree[i].parent);
    }
    // Whatever is inside an element follows it without a gap, and its text is theirs.
    for (int outer = 0; outer < std::ssize(tree); ++outer) {
      std::vector<bool> in(tree.size());
      std::string words = tree[static_cast<std::size_t>(outer)].text;
      for (int i = 0; i < std::ssize(tree); ++i) {
        const std::size_t at = static_cast<std::size_t>(i);
        in[at] = tree[at].parent == outer ||
                 (tree[at].parent >= 0 && in[static_cast<std::size_t>(tree[at].parent)]);
        CHECK(is_inside(all, i, outer) == in[at]);
        if (in[at]) words += " " + tree[at].text;
      }
      CHECK(text_inside(all, outer) == words);
    }
  }
}

TEST_CASE(
    "names are lower case, attributes are quoted either way or not at all, the first of a name counts") {
  const std::vector<Element> all =
      read_markup("<SVG viewBox = '0 0 1 1'\n\tfill=none hidden ><RECT X=\"1\"/></svg >");
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "svg");
  CHECK(all[0].attributes ==
        std::map<std::string, std::string>{{"viewbox", "0 0 1 1"}, {"fill", "none"}, {"hidden", ""}});
  CHECK(all[1].name == "rect");
  CHECK(all[1].attributes.at("x") == "1");
  CHECK(all[1].parent == 0);
  CHECK(attribute("a=\"1 > 0, it's <b>\"") == "1 > 0, it's <b>");
  CHECK(attribute("a='say \"x\"'") == "say \"x\"");
  CHECK(attribute("a=/x/?y=1") == "/x/?y=1");
  CHECK(attribute("a=x\r\n b=y") == "x");
  CHECK(attribute("a=\"&lt;&amp;&quot;\"") == "<&\"");
  CHECK(attribute("A=1 a=2") == "1");
}

TEST_CASE("entities are resolved, named ones and numbers; one that is not known stays") {
  CHECK(text("&lt;sad&gt; R&amp;D &quot;&apos;") == "<sad> R&D \"'");
  CHECK(text("&amp;lt;") == "&lt;");
  CHECK(text("&#60;&#038;&#x27;&#X22;&#39;") == "<&'\"'");
  CHECK(text("&#233;&#x416;&#x2264;&#x1F600;") == "éЖ≤😀");
  CHECK(text("3 &times; 4&hellip;") == "3 &times; 4&hellip;");
  for (const std::string raw : {"R&D", "a & b; c", "& ", "&", "&;", "x &\ny;", "&<i>;", "&a\";", "&#;x",
                                "&#x;", "&#12a;", "&#x110000;", "&#xD800;", "&#0;"})
    CHECK(has(error("<b>" + raw + "</b>"), "a raw &"));
  CHECK(has(error("<b title='R&D'></b>"), "a raw &"));
}

TEST_CASE("tags that HTML never closes hold nothing, comments and the doctype are no elements") {
  const std::vector<Element> all = read_markup(
      "<!DOCTYPE html><!-- <p> & -- <b> -->\n<p>a<br>b<!-- x -->c<meta charset=utf-8><i>d</i>e</p>");
  REQUIRE(all.size() == 4);
  CHECK(all[0].text == "abce");
  for (std::size_t i = 1; i < 4; ++i) CHECK(all[i].parent == 0);
  for (const std::string name : {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta",
                                 "source", "track", "wbr"}) {
    CAPTURE(name);
    CHECK(error("<p><" + name + "></p>") == "none");
    CHECK(error("<p><" + name + "/></p>") == "none");
  }
}

TEST_CASE("styles and scripts are raw text up to their end") {
  for (const std::string name : {"style", "script", "STYLE"}) {
    const std::vector<Element> all =
        read_markup("<p><" + name + ">a > b { } if (x < y && z) \"</p>\"</" + name + "><b></b></p>");
    REQUIRE(all.size() == 3);
    CHECK(all[1].text == "a > b { } if (x < y && z) \"</p>\"");
    CHECK(all[2].parent == 0);
  }
  CHECK(has(error("<p><script>x</p>"), "</script> is missing"));
}

TEST_CASE("what is not well-formed is refused, with the reason and the place") {
  struct Case {
    std::string html, reason;
  };
  const Case cases[] = {
      {"<p><b></p>", "</p> closes while <b> is open"},
      {"<p>", "<p> is never closed"},
      {"<p></p></p>", "</p> closes nothing"},
      {"</br>", "</br> closes nothing"},
      {"<p>1 < 2</p>", "a raw < is written &lt;"},
      {"<p><></p>", "a name is missing"},
      {"<p></p", "an end tag does not end"},
      {"<p a=\"1></p>", "a quote is not closed"},
      {"<p a=1", "a tag does not end"},
      {"<p / a=1></p>", "a tag does not end"},
      {"<p><!-- x</p>", "--> is missing"},
      {"<!doctype", "> is missing"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.html);
    CHECK(has(error(c.html), c.reason));
    CHECK(has(error(c.html), ", near byte "));
  }
  CHECK(
      has(error("<p>" + std::string(50, 'x') + "&</p>"), "near byte 53: " + std::string(20, 'x') + "&</p>"));
  CHECK(error("") == "none");
}

TEST_CASE("a page that breaks off anywhere is refused, and no bytes whatever crash the reader") {
  const std::string page =
      "<html a='1' b=2 c><head><meta><style>p<q</style></head><body>&lt;<br/><p>x</p><!-- -- "
      "--></body></html>";
  REQUIRE(error(page) == "none");
  for (std::size_t n = 1; n < page.size(); ++n) {
    CAPTURE(n);
    CHECK(error(std::string_view(page).substr(0, n)) != "none");
  }
  const std::vector<std::string> parts = {
      "<p>", "</p>", "<br>", "<",   ">",  "/",  "=",        "'",         "\"", "&", "&lt;",
      "&#",  ";",    "<!--", "-->", "<!", "</", "<script>", "</script>", "a",  " ", std::string(1, '\0'),
      "\xFF"};
  int read = 0;
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    Draws draw{{seed, 1}};
    const std::string html = draw.from(parts, 8);
    if (error(html) != "none") continue;
    ++read;
    const std::vector<Element> all = read_markup(html);
    for (int i = 0; i < std::ssize(all); ++i) CHECK(all[static_cast<std::size_t>(i)].parent < i);
  }
  CHECK(read > 100);
  CHECK(read < 2000);
}
