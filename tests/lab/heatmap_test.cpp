#include "tools/lab/heatmap.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "gradus/base/random.h"
#include "gradus/data/utf8.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/masking.h"
#include "gradus/ops/softmax.h"
#include "gradus/tensor/creation.h"
#include "lab/labels.h"
#include "lab/markup.h"
#include "reference/expect.h"
#include "tools/lab/text.h"

using namespace gradus;
using namespace gradus::lab;

namespace {

using Strings = std::vector<std::string>;

Strings lines_of(const std::string& text) {
  Strings lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    REQUIRE(end != std::string::npos);  // every line ends
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

Strings code_points(const std::string& text) {
  Strings all;
  for (const char c : text)
    if ((c & 0xC0) == 0x80)
      all.back() += c;
    else
      all.push_back({c});
  return all;
}

/// How wide the labels of these tests are on a terminal.
std::int64_t width_of(const std::string& text) {
  std::int64_t width = 0;
  for (const std::string& c : code_points(text)) {
    const bool mark = c == "\u0301", wide = c.size() == 4 || (c >= "⺀" && c <= "힣");
    width += mark ? 0 : wide ? 2 : 1;
  }
  return width;
}

/// The shade of each cell as its place on the ramp: 0 is blank.
std::vector<std::vector<int>> levels(const std::string& text, std::int64_t R, std::int64_t C,
                                     const Strings& ramp) {
  const Strings lines = lines_of(text);
  REQUIRE(std::ssize(lines) >= R);
  std::vector<std::vector<int>> result;
  for (auto line = lines.end() - R; line != lines.end(); ++line) {
    const Strings all = code_points(*line);
    REQUIRE(std::ssize(all) >= 2 * C);
    std::vector<int> row;
    for (auto c = all.end() - 2 * C; c != all.end(); c += 2) {
      CHECK(c[0] == c[1]);
      const auto at = std::find(ramp.begin(), ramp.end(), *c);
      REQUIRE(at != ramp.end());
      row.push_back(static_cast<int>(at - ramp.begin()));
    }
    result.push_back(row);
  }
  return result;
}

const Strings blocks = {" ", "·", "░", "▒", "▓", "█"};
const Strings ascii_ramp = {" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"};

Tensor random_causal(std::int64_t T) {
  return tril(softmax(randn({T, T}, Dtype::float64) * 2.0));  // its rows need not sum to 1 here
}

Strings numbered(std::int64_t n) {
  Strings labels;
  for (std::int64_t i = 0; i < n; ++i) labels.push_back("t" + std::to_string(i));
  return labels;
}

double number(const Element& e, const char* attribute) { return std::stod(e.attributes.at(attribute)); }

const Strings story = {"the", "cat", "sat", "on", "it"};

}  // namespace

TEST_CASE("text: the picture of a small map, line by line") {
  const Tensor map = tensor({{1.0, 0.0, 0.0}, {0.75, 0.25, 0.0}, {0.1, 0.4, 0.5}}, Dtype::float64);
  CHECK(text_heatmap({.values = map, .labels = {"the", "cat", "is"}}) ==
        "    t c   \n"
        "    h a i \n"
        "    e t s \n"
        "the ██    \n"
        "cat ▓▓░░  \n"
        " is ··▒▒▒▒\n");
  CHECK(text_heatmap({.values = map, .labels = {"the", "cat", "é"}}, true) ==
        "           \\ \n"
        "           u \n"
        "           { \n"
        "       t c e \n"
        "       h a 9 \n"
        "       e t } \n"
        "   the @@    \n"
        "   cat ##--  \n"
        "\\u{e9} ..==++\n");
}

TEST_CASE("text: labels on both axes, in order, their end at their column or row") {
  const Strings lines = lines_of(text_heatmap({.values = random_causal(5), .labels = story}));
  REQUIRE(lines.size() == 3 + 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(lines[3 + i].substr(0, 4) == std::string(3 - story[i].size(), ' ') + story[i] + " ");
    std::string column;
    for (std::size_t line = 0; line < 3; ++line) column += lines[line][4 + 2 * i];
    CHECK(column == std::string(3 - story[i].size(), ' ') + story[i]);
  }
}

TEST_CASE("text: darker is larger, everywhere on the map, and only 0 is blank") {
  manual_seed(1);
  for (const std::int64_t T : {1, 2, 7, 33})
    for (const bool ascii : {false, true}) {
      const Tensor map = random_causal(T);
      const Values a = values(map);
      const Strings& ramp = ascii ? ascii_ramp : blocks;
      const auto shade = levels(text_heatmap({.values = map, .labels = numbered(T)}, ascii), T, T, ramp);
      const auto steps = static_cast<double>(ramp.size() - 1);
      for (std::int64_t i = 0; i < T; ++i)
        for (std::int64_t j = 0; j < T; ++j) {
          const double v = a[static_cast<std::size_t>(i * T + j)];
          const int s = shade[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
          CHECK((s == 0) == (v == 0));
          CHECK((s == 0 || (s - 1) / steps <= v));
          CHECK((v == 0 || v < s / steps || v == 1));
          if (j > i) CHECK(s == 0);  // the future of a causal map: upper right
        }
    }
}

TEST_CASE("text: every step of the ramp, its ends included") {
  const Tensor steps =
      tensor({{0.0, 1e-12, 0.19, 0.2, 0.39, 0.4, 0.6, 0.8, 0.99, 1.0, 1.0000001, 7.0}}, Dtype::float64);
  const auto shade =
      levels(text_heatmap({.values = steps, .labels = {"x"}, .column_labels = numbered(12)}), 1, 12, blocks);
  CHECK(shade[0] == std::vector<int>{0, 1, 1, 2, 2, 3, 4, 5, 5, 5, 5, 5});
}

TEST_CASE("shades are of the value itself; of the map's or the row's largest only where that is asked for") {
  const Tensor map = tensor({{0.5, 0.0}, {0.125, 0.25}}, Dtype::float64);
  Heatmap heatmap{.values = map, .labels = {"a", "b"}};
  const auto opacities = [&] {
    Values found;
    for (const Element& e : named(parse_markup(svg_heatmap(heatmap)), "rect", "cell"))
      found.push_back(number(e, "fill-opacity"));
    return found;
  };
  CHECK(opacities() == Values{0.5, 0, 0.125, 0.25});
  CHECK(has(text_legend(heatmap), "up to 1"));
  heatmap.darkest = 0.5;
  CHECK(opacities() == Values{1, 0, 0.25, 0.5});
  CHECK(has(text_legend(heatmap), "up to 0.5"));
  heatmap.darkest = 0.25;
  CHECK(opacities() == Values{1, 0, 0.5, 1});
  heatmap.scale = Scale::map;
  CHECK(opacities() == Values{1, 0, 0.25, 0.5});
  CHECK(has(text_legend(heatmap), "the largest of the map"));
  heatmap.scale = Scale::row;
  CHECK(opacities() == Values{1, 0, 0.5, 1});
  CHECK(has(svg_heatmap(heatmap), "the largest of the row"));
  CHECK(levels(text_heatmap(heatmap), 2, 2, blocks) == std::vector<std::vector<int>>{{5, 0}, {3, 5}});
  heatmap.values = zeros({2, 2});
  for (const Scale scale : {Scale::fixed, Scale::map, Scale::row}) {
    heatmap.scale = scale;
    CHECK(opacities() == Values{0, 0, 0, 0});
  }
}

TEST_CASE("the legend names the axes and the ramp") {
  const Heatmap heads{
      .values = zeros({2, 2}), .labels = {"a", "b"}, .row_axis = "head", .column_axis = "other head"};
  CHECK(text_legend(heads) == "head down, other head across; blank is 0, · ░ ▒ ▓ █ are equal steps up to 1");
  CHECK(text_legend({.values = zeros({1, 1}), .labels = {"a"}}, true) ==
        "query down, key across; blank is 0, . : - = + * # % @ are equal steps up to 1");
}

TEST_CASE("text: all lines are equally wide, whatever the labels are") {
  manual_seed(2);
  const Strings wide = {"日本語", "e\u0301te\u0301",          "naïve",  "😀", "x",
                        "",       "한국어입니다만너무길어요", "\u0301", "ab"};
  const auto n = std::ssize(wide);
  const Strings lines = lines_of(text_heatmap({.values = random_causal(n), .labels = wide}));
  REQUIRE(std::ssize(lines) > n);
  for (const std::string& line : lines) CHECK(width_of(line) == width_of(lines[0]));
  // A wide letter fills its column, and a mark stays with its letter.
  CHECK(has(lines.front() + lines[lines.size() - static_cast<std::size_t>(n) - 1], "語"));
  CHECK(has(lines[lines.size() - static_cast<std::size_t>(n) - 1], "e\u0301 "));

  const auto m = std::ssize(hostile_labels);
  for (const bool ascii : {false, true}) {
    const std::string text = text_heatmap({.values = random_causal(m), .labels = hostile_labels}, ascii);
    CHECK(valid_utf8(text) == text.size());
    const Strings all = lines_of(text);
    for (const std::string& line : all) {
      if (ascii) CHECK(line.size() == all[0].size());
      CHECK(columns(line) == columns(all[0]));
    }
    CHECK(width_of(all.back()) <= 16 + 1 + 2 * m);  // a label of 10 000 letters is cut
  }
}

TEST_CASE("svg: one cell per pair in reading order, each with its place, its shade and its value") {
  manual_seed(3);
  for (const std::int64_t T : {1, 2, 5, 17}) {
    const Tensor map = random_causal(T);
    const Values a = values(map);
    const auto all = parse_markup(svg_heatmap({.values = map, .labels = numbered(T)}));
    REQUIRE(all[0].name == "svg");
    CHECK(all[0].attributes.at("xmlns") == "http://www.w3.org/2000/svg");
    const auto cells = named(all, "rect", "cell");
    REQUIRE(std::ssize(cells) == T * T);
    Strings titles;
    for (std::size_t e = 0; e < all.size(); ++e)
      if (all[e].name == "rect" && all[e].attributes.at("class") == "cell") {
        const auto children = inside(all, static_cast<int>(e));
        REQUIRE(children.size() == 1);
        CHECK(children[0].name == "title");
        titles.push_back(children[0].text);
      }
    for (std::int64_t i = 0; i < T; ++i)
      for (std::int64_t j = 0; j < T; ++j) {
        const auto at = static_cast<std::size_t>(i * T + j);
        const Element& cell = cells[at];
        CHECK(std::fabs(number(cell, "fill-opacity") - a[at]) <= 5.1e-5);
        CHECK(number(cell, "width") == number(cells[0], "width"));
        CHECK(number(cell, "height") == number(cells[0], "width"));
        CHECK(std::fabs(number(cell, "x") - number(cells[0], "x") -
                        static_cast<double>(j) * number(cell, "width")) <= 1e-2);
        CHECK(std::fabs(number(cell, "y") - number(cells[0], "y") -
                        static_cast<double>(i) * number(cell, "width")) <= 1e-2);
        const std::string start = "query " + std::to_string(i) + " t" + std::to_string(i) + ", key " +
                                  std::to_string(j) + " t" + std::to_string(j) + ": ";
        REQUIRE(titles[at].starts_with(start));
        CHECK(std::fabs(std::stod(titles[at].substr(start.size())) - a[at]) <= 5.1e-4 * a[at]);
      }
    CHECK(number(all[0], "width") >= number(cells.back(), "x") + number(cells.back(), "width"));
    CHECK(number(all[0], "height") >= number(cells.back(), "y") + number(cells.back(), "height"));
  }
}

TEST_CASE("svg: every label stands on both axes, at its row and at its column") {
  const auto all = parse_markup(svg_heatmap({.values = zeros({2, 3}),
                                             .labels = {"q0", "q1"},
                                             .column_labels = {"k0", "k1", "k2"},
                                             .title = "A head",
                                             .row_axis = "down",
                                             .column_axis = "across"}));
  Strings texts;
  std::map<std::string, Element> by_text;
  for (const Element& e : named(all, "text")) texts.push_back(e.text), by_text[e.text] = e;
  CHECK(texts == Strings{"A head", "across →", "← down", "k0", "k1", "k2", "q0", "q1", "0", "1"});
  CHECK(named(all, "title")[0].text == "A head");
  const auto cells = named(all, "rect", "cell");
  const double side = number(cells[0], "width");
  for (int i = 0; i < 2; ++i) {
    const double y = number(by_text["q" + std::to_string(i)], "y"),
                 row = number(cells[static_cast<std::size_t>(3 * i)], "y");
    CHECK(y > row);
    CHECK(y < row + side);
  }
  for (int j = 0; j < 3; ++j) {
    const std::string& move = by_text["k" + std::to_string(j)].attributes.at("transform");
    REQUIRE(move.starts_with("translate("));
    const double x = std::stod(move.substr(10)), column = number(cells[static_cast<std::size_t>(j)], "x");
    CHECK(x > column);
    CHECK(x < column + side);
    CHECK(move.ends_with("rotate(-90)"));
  }
  const auto shared = parse_markup(svg_heatmap({.values = zeros({5, 5}), .labels = story}));
  for (const std::string& token : story) {
    const auto texts_of = named(shared, "text");
    CHECK(std::count_if(texts_of.begin(), texts_of.end(),
                        [&](const Element& e) { return e.text == token; }) == 2);
  }
}

TEST_CASE("svg: whatever the labels are, it is well-formed, holds no link and no script") {
  manual_seed(4);
  Strings labels = hostile_labels;
  for (std::uint64_t seed = 0; seed < 30; ++seed) labels.push_back(random_label(seed));
  const auto n = std::ssize(labels);
  const std::string svg = svg_heatmap({.values = random_causal(n),
                                       .labels = labels,
                                       .title = "</title><script>&",
                                       .row_axis = "<&\">",
                                       .column_axis = "\xFF\n"});
  const auto all = parse_markup(svg);
  CHECK(std::ssize(named(all, "rect", "cell")) == n * n);
  CHECK(named(all, "title")[0].text == "</title><script>&");
  for (const Element& e : all) {
    CHECK(
        (e.name == "svg" || e.name == "title" || e.name == "style" || e.name == "rect" || e.name == "text"));
    for (const auto& [key, value] : e.attributes) {
      CHECK_FALSE(key.starts_with("on"));
      CHECK_FALSE(has(key, "href"));
      CHECK((key == "xmlns" || !has(value, "//")));
    }
    if (e.name == "style")
      for (const char* load : {"url", "@import", "//"}) CHECK_FALSE(has(e.text, load));
  }
}

TEST_CASE("svg: the shade is one colour let through more or less, in light and in dark") {
  const auto all = parse_markup(svg_heatmap({.values = ones({1, 1}), .labels = {"x"}}));
  const std::string style = named(all, "style")[0].text;
  CHECK(has(style, "prefers-color-scheme: dark"));
  const auto steps = named(all, "rect", "step");
  REQUIRE(steps.size() == 11);
  for (std::size_t i = 0; i < steps.size(); ++i)
    CHECK(std::fabs(number(steps[i], "fill-opacity") - static_cast<double>(i) / 10) <= 1e-9);
  for (const Element& e : all)
    if (e.name == "rect" && e.attributes.at("class") != "page") CHECK(e.attributes.count("fill") == 0);
}

TEST_CASE("nothing to draw is drawn without fuss") {
  const Heatmap none{.values = zeros({0, 0})};
  CHECK(text_heatmap(none) == "");
  CHECK(named(parse_markup(svg_heatmap(none)), "rect", "cell").empty());
  const Heatmap no_columns{.values = zeros({2, 0}), .labels = {"a", "bc"}};
  CHECK(text_heatmap(no_columns) == " a \nbc \n");
  CHECK(named(parse_markup(svg_heatmap(no_columns)), "rect", "cell").empty());
  CHECK(text_heatmap({.values = zeros({0, 1}), .column_labels = {"a"}}) == "");
  CHECK(text_heatmap({.values = ones({1, 1}), .labels = {""}}) == " ██\n");
}

TEST_CASE("any type and layout of numbers is drawn") {
  const Tensor map = tensor({{0.5, 0.0}, {0.25, 0.75}}, Dtype::float64);
  const Strings ab = {"a", "b"};
  const std::string expected = svg_heatmap({.values = map, .labels = ab});
  CHECK(svg_heatmap({.values = map.to(Dtype::float32), .labels = ab}) == expected);
  CHECK(svg_heatmap({.values = map.t().contiguous().t(), .labels = ab}) == expected);
  CHECK(svg_heatmap({.values = map.t(), .labels = ab}) != expected);
  Tensor leaf = map.clone().requires_grad_();
  CHECK(svg_heatmap({.values = leaf, .labels = ab}) == expected);
}

TEST_CASE("what cannot be drawn is refused in a sentence") {
  const auto both = [](const Heatmap& map) {
    const std::string text = error_of([&] { text_heatmap(map); }), svg = error_of([&] { svg_heatmap(map); });
    CHECK(text == svg);
    return text;
  };
  CHECK(has(both({.values = zeros({2, 3, 3}), .labels = {"a"}}), "[R, C], not [2, 3, 3]"));
  CHECK(has(both({.values = zeros({3}), .labels = {"a"}}), "not [3]"));
  CHECK(has(both({}), "undefined"));
  CHECK(has(both({.values = zeros({2, 2}), .labels = {"a"}}), "values [2, 2] need 2 row labels, not 1"));
  CHECK(has(both({.values = zeros({1, 2}), .labels = {"a"}}), "need 2 column labels, not 0"));
  CHECK(has(both({.values = zeros({1, 2}), .labels = {"a"}, .column_labels = {"b"}}),
            "need 2 column labels, not 1"));
  for (const double bad : {not_a_number, inf, -0.25}) {
    const Tensor map = zeros({2, 2}, Dtype::float64);
    map.data<double>()[2] = bad;
    CHECK(has(both({.values = map, .labels = {"a", "b"}}), "row 1, column 0"));
  }
  for (const double bad : {not_a_number, inf, -1.0, 0.0})
    CHECK(has(both({.values = zeros({1, 1}), .labels = {"a"}, .darkest = bad}),
              "the darkest shade cannot stand for"));
}
