#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>

#include "made_page.h"
#include "parts.h"

namespace gradus::exercises {
namespace {

using Words = std::vector<std::string>;
constexpr std::int64_t L = MadePage::L, H = MadePage::H, T = MadePage::T;

double number(const Element& e, const char* attribute) {
  const auto found = e.attributes.find(attribute);
  if (found == e.attributes.end())
    fail_check("cells", fmt::format("A <rect class=\"cell\"> has no {}.", attribute));
  return std::strtod(found->second.c_str(), nullptr);
}

/// The shades of a picture, by where its cells stand: top to bottom, left to right.   [T, T]
Array shades_of(const MadePage& page, int svg) {
  struct Cell {
    double y, x, shade;
  };
  std::vector<Cell> cells;
  for (const int rect : page.inside("rect", svg))
    if (const auto css = page.at(rect).attributes.find("class");
        css != page.at(rect).attributes.end() && css->second == "cell")
      cells.push_back(
          {number(page.at(rect), "y"), number(page.at(rect), "x"), number(page.at(rect), "fill-opacity")});
  if (std::ssize(cells) != T * T)
    fail_check(
        "cells",
        fmt::format(
            "A map of {} tokens has {} cells (<rect class=\"cell\">): one for each pair of a query and a "
            "key is {}.",
            T, cells.size(), T * T));
  std::stable_sort(cells.begin(), cells.end(),
                   [](const Cell& a, const Cell& b) { return a.y != b.y ? a.y < b.y : a.x < b.x; });
  Array shades({T, T});
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::size_t row = i / T * T;
    if (cells[i].y != cells[row].y || (i > row && cells[i].x <= cells[i - 1].x))
      fail_check("cells",
                 "The cells do not stand in rows and columns: those of one query have one y, and each has "
                 "its own x.");
    shades.values[i] = cells[i].shade;
  }
  return shades;
}

/// Do the shades grow with these weights, on one scale for all? `visibly`: weights that lie 0.1 apart look different.
bool grow_with(const Array& shades, const Array& weights, bool visibly = false) {
  std::vector<std::pair<double, double>> both;
  for (std::size_t i = 0; i < shades.values.size(); ++i)
    both.emplace_back(weights.values[i], shades.values[i]);
  std::sort(both.begin(), both.end());
  // A shade may be cut off after some digits, and two weights may lie closer than that.
  double darkest = both.front().second, darkest_below = -1;
  std::size_t below = 0;
  for (const auto& [weight, shade] : both) {
    if (!(shade >= darkest - 2e-3)) return false;
    darkest = std::max(darkest, shade);
    for (; both[below].first <= weight - 0.1; ++below)
      darkest_below = std::max(darkest_below, both[below].second);
    if (visibly && !(shade >= darkest_below + 0.02)) return false;
  }
  return both.back().second - both.front().second >= 0.2;
}

/// Weights as a wrong page would take them: what(l, h, i, j).
template <class What> Array taken(const What& what) {
  Array result({L, H, T, T});
  for (std::int64_t l = 0; l < L; ++l)
    for (std::int64_t h = 0; h < H; ++h)
      for (std::int64_t i = 0; i < T; ++i)
        for (std::int64_t j = 0; j < T; ++j) result(l, h, i, j) = what(l, h, i, j);
  return result;
}

/// Head p of [L, H, T, T] alone.
Array one_of(const Array& x, std::int64_t p) {
  const auto begin = x.values.begin() + p * T * T;
  return {{T, T}, std::vector<double>(begin, begin + T * T)};
}

/// Which head is drawn in each place, where all are some head.
std::optional<std::vector<std::int64_t>> drawn_heads(const Array& shades, const Array& maps) {
  std::vector<std::int64_t> drawn;
  for (std::int64_t place = 0; place < L * H; ++place) {
    std::int64_t head = 0;
    while (head < L * H && !grow_with(one_of(shades, place), one_of(maps, head))) ++head;
    if (head == L * H) return {};
    drawn.push_back(head);
  }
  return drawn;
}

void expect_shades(const Array& shades, const Array& m) {
  if (grow_with(shades, m, true)) return;
  if (grow_with(shades, m))
    fail_check(
        "saturated",
        "Weights that lie 0.1 apart are equally dark in your maps: let the darkest shade stand for 1.");
  using Index = std::int64_t;
  const auto looks_like = [&](const auto& what) { return grow_with(shades, taken(what)); };
  if (looks_like([&](Index l, Index h, Index i, Index j) { return m(l, h, j, i); }))
    fail_check("transposed", "Your maps have the key down and the query across: row = query, column = key.");
  if (looks_like([&](Index l, Index h, Index i, Index j) { return -m(l, h, i, j); }))
    fail_check("inverted", "In your maps more weight is lighter.");
  if (looks_like([&](Index l, Index h, Index i, Index j) {
        double most = 0;
        for (Index k = 0; k < T; ++k) most = std::max(most, m(l, h, i, k));
        return m(l, h, i, j) / most;
      }))
    fail_check("rescaled",
               "In your maps every row has a scale of its own: a row that spreads over all keys looks as "
               "sharp as one on a single key.");
  if (looks_like([&](Index l, Index, Index i, Index j) {
        double sum = 0;
        for (Index h = 0; h < H; ++h) sum += m(l, h, i, j);
        return sum;
      }))
    fail_check("heads-averaged", "Your maps are means over the heads of a layer.");
  if (const auto drawn = drawn_heads(shades, m))
    for (Index place = 0; place < L * H; ++place)
      if (const Index head = (*drawn)[static_cast<std::size_t>(place)]; head != place)
        fail_check(
            "wrong-map",
            fmt::format(
                "In the place of layer {}, head {} is the map of layer {}, head {}: layer by layer, head "
                "by head, counted from 0.",
                place / H, place % H, head / H, head % H));
  fail_check(
      "shades",
      "The shades (fill-opacity) of your maps do not grow with the weights, over all maps together: the same "
      "weight must look the same everywhere. No mistake that we know explains them.");
}

void expect_labels(const MadePage& page, int svg) {
  std::map<std::string, std::vector<int>> found;
  for (const int text : page.inside("text", svg)) found[page.at(text).text].push_back(text);
  for (const std::string& token : page.tokens)
    if (found[token].size() != 2)
      fail_check(
          "labels",
          fmt::format(
              "The token {} is the text of {} labels of a map; it labels one row and one column. (Is each in "
              "a <text> of its own?)",
              token, found[token].size()));
  for (std::size_t i = 1; i < page.tokens.size(); ++i)
    for (const std::size_t axis : {std::size_t{0}, std::size_t{1}})
      if (found[page.tokens[i]][axis] < found[page.tokens[i - 1]][axis])
        fail_check("labels", fmt::format("The labels stand in another order than the tokens: {} before {}.",
                                         page.tokens[i], page.tokens[i - 1]));
}

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

/// "layer 1, head 0" somewhere in the picture or in the figure around it.
void expect_named(const MadePage& page, int svg, std::int64_t l, std::int64_t h) {
  int around = svg;
  for (int at = svg; at >= 0; at = page.at(at).parent)
    if (page.at(at).name == "figure") around = at;
  const std::string text = lowered(text_inside(page.all, around));
  const std::string name = fmt::format("layer {}, head {}", l, h);
  if (text.find(name) == std::string::npos)
    fail_check(
        "unnamed-map",
        fmt::format(
            "Map number {} is that of {}; in its <svg>, or in the <figure> around it, the words \"{}\" "
            "are missing.",
            l * H + h + 1, name, name));
}

}  // namespace

void page_stands_alone(Trial& t) {
  const MadePage page(t);
  if (page.named("html").size() != 1 || page.named("title").empty())
    fail_check("not-a-page", "A page is one <html> with a <title>.");
  const auto leads_away = [](const std::string& value) {
    return !value.empty() && !value.starts_with("#") && !value.starts_with("data:");
  };
  for (const Element& e : page.all) {
    for (const char* loads : {"link", "iframe", "object", "embed", "base", "form"})
      if (e.name == loads)
        fail_check("not-self-contained",
                   fmt::format("<{}> makes the page need, or lead to, something else.", e.name));
    for (const char* key : {"src", "href", "xlink:href", "srcset", "data", "action", "poster"})
      if (const auto found = e.attributes.find(key); found != e.attributes.end() && leads_away(found->second))
        fail_check("not-self-contained",
                   fmt::format("<{} {}=\"{}\"> leads out of the page: whoever gets the file must need "
                               "nothing else.",
                               e.name, key, found->second));
    const auto style = e.attributes.find("style");
    for (const std::string_view load : {"url(", "@import"})
      if ((e.name == "style" && e.text.find(load) != std::string::npos) ||
          (style != e.attributes.end() && style->second.find(load) != std::string::npos))
        fail_check("not-self-contained", fmt::format("A style loads something: {}", load));
  }
}

void page_shows_maps(Trial& t) {
  const MadePage page(t);
  std::vector<int> pictures;
  for (const int svg : page.named("svg"))
    if (!page.inside("rect", svg).empty()) pictures.push_back(svg);
  if (std::ssize(pictures) != L * H)
    fail_check("maps-missing",
               fmt::format("The page has {} maps (<svg> with cells); {} layers of {} heads have {}.",
                           pictures.size(), L, H, L * H));
  Array shades({L, H, T, T});
  auto next = shades.values.begin();
  for (const int svg : pictures) next = std::ranges::copy(shades_of(page, svg).values, next).out;
  expect_shades(shades, page.maps);
  for (std::int64_t i = 0; i < L * H; ++i) {
    expect_named(page, pictures[static_cast<std::size_t>(i)], i / H, i % H);
    expect_labels(page, pictures[static_cast<std::size_t>(i)]);
  }
}

void page_shows_numbers(Trial& t) {
  const MadePage page(t);
  std::vector<Words> rows;
  for (const int tr : page.named("tr")) {
    Words cells;
    for (int i = tr + 1; i < static_cast<int>(page.all.size()) && is_inside(page.all, i, tr); ++i)
      if (page.at(i).name == "td" || page.at(i).name == "th") cells.push_back(page.at(i).text);
    if (!page.inside("td", tr).empty()) rows.push_back(cells);
  }
  if (rows.size() != page.heads.size())
    fail_check("table", fmt::format("The table has {} rows (<tr> with <td>); there are {} heads.",
                                    rows.size(), page.heads.size()));
  const std::array columns = {"layer",   "head",     "entropy", "previous", "first",
                              "current", "referent", "damage",  "role"};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Head& head = page.heads[i];
    Words right = {std::to_string(head.layer), std::to_string(head.head)};
    for (const double x : {head.entropy, head.previous, head.first, head.current, head.referent, head.damage})
      right.push_back(fmt::format("{:.3f}", x));
    right.push_back(head.role);
    if (rows[i].size() != right.size())
      fail_check("table", fmt::format("Row {} has {} cells; layer, head, entropy, previous, first, current, "
                                      "referent, damage and role "
                                      "are {}.",
                                      i, rows[i].size(), right.size()));
    for (std::size_t c = 0; c < right.size(); ++c)
      if (rows[i][c] != right[c])
        fail_check("table",
                   fmt::format("In row {} the {} is '{}'; it is {}.", i, columns[c], rows[i][c], right[c]));
  }
}

}  // namespace gradus::exercises
