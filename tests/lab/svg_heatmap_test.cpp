#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "gradus/base/random.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/masking.h"
#include "gradus/ops/softmax.h"
#include "gradus/tensor/creation.h"
#include "lab/markup.h"
#include "lab/picture.h"
#include "reference/expect.h"
#include "tools/lab/heatmap.h"

using namespace gradus;
using namespace gradus::lab;

namespace {

using Strings = std::vector<std::string>;

Tensor random_causal(std::int64_t T) { return tril(softmax(randn({T, T}, Dtype::float64) * 2.0)); }

Strings numbered(std::int64_t n) {
  Strings labels;
  for (std::int64_t i = 0; i < n; ++i) labels.push_back("t" + std::to_string(i));
  return labels;
}

double number(const Element& e, const char* attribute) { return std::stod(e.attributes.at(attribute)); }

std::string from_base64(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text.substr(0, text.find('='))) {
    const std::size_t digit = digits.find(c);
    REQUIRE(digit != std::string::npos);
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    if ((count += 6) >= 8) bytes += static_cast<char>(bits >> (count -= 8) & 0xFF);
  }
  return bytes;
}

}  // namespace

TEST_CASE("svg: 65 rows or columns are one picture, seen through as the cells of smaller maps are") {
  manual_seed(5);
  Tensor map = random_causal(65);
  map.data<double>()[3 * 65 + 60] = 0.5;  // a leak into the future
  const Values a = values(map);
  const std::string svg =
      svg_heatmap({.values = map, .labels = numbered(65), .curve = Curve::root, .causal = true});
  const auto all = parse_markup(svg);
  CHECK(named(all, "rect", "cell").empty());
  CHECK(all.size() < 2 * 65 + 40);
  const auto images = named(all, "image"), masks = named(all, "mask"), matrix = named(all, "rect", "matrix");
  REQUIRE(images.size() == 1);
  REQUIRE(masks.size() == 1);
  REQUIRE(matrix.size() == 1);
  CHECK(all[static_cast<std::size_t>(images[0].parent)].name == "mask");
  CHECK(matrix[0].attributes.at("mask") == "url(#" + masks[0].attributes.at("id") + ")");
  for (const char* side : {"x", "y", "width", "height"})
    CHECK(matrix[0].attributes.at(side) == images[0].attributes.at(side));

  const std::string data = images[0].attributes.at("href"), kind = "data:image/png;base64,";
  REQUIRE(data.starts_with(kind));
  const Picture p = read_picture(from_base64(data.substr(kind.size())));
  REQUIRE(p.width == p.height);
  REQUIRE(p.width % 65 == 0);
  for (int i = 0; i < 256; ++i) CHECK(p.palette[static_cast<std::size_t>(i)] == std::array<int, 3>{i, i, i});
  const int size = p.width / 65;
  for (int y = 0; y < p.height; ++y)
    for (int x = 0; x < p.width; ++x) {
      const double v = a[static_cast<std::size_t>(y / size * 65 + x / size)];
      const double error = std::fabs(p.at(x, y) - 255 * std::sqrt(v));
      if (!(error <= 0.5 || (v > 0 && p.at(x, y) == 1 && error <= 1)))
        FAIL_CHECK(y, " ", x, ": ", p.at(x, y));
    }

  // The labels stand at their rows and columns, and what is no future is tinted.
  const double cell = number(matrix[0], "width") / 65, left = number(matrix[0], "x"),
               top = number(matrix[0], "y");
  std::map<std::string, std::vector<std::string>> moves;
  for (const Element& e : named(all, "text"))
    if (const auto move = e.attributes.find("transform"); move != e.attributes.end())
      moves[e.text].push_back(move->second);
  for (int i = 0; i < 65; ++i) {
    const auto& both = moves["t" + std::to_string(i)];
    REQUIRE(both.size() == 2);
    const double x = std::stod(both[0].substr(10)), y = std::stod(both[1].substr(both[1].find(' ')));
    CHECK(has(both[0], "rotate(-90)"));
    CHECK(x > left + i * cell);
    CHECK(x < left + (i + 1) * cell);
    CHECK(y > top + i * cell);
    CHECK(y < top + (i + 1) * cell);
  }
  CHECK(named(all, "path", "visible").size() == 1);
  CHECK(named(parse_markup(svg_heatmap({.values = map, .labels = numbered(65)})), "path").empty());
  CHECK(has(svg, ", by square root"));

  // Two of them in one page do not take each other's picture.
  map.data<double>()[0] = 0.25;
  CHECK(named(parse_markup(svg_heatmap({.values = map, .labels = numbered(65)})), "mask")[0].attributes.at(
            "id") != masks[0].attributes.at("id"));
  CHECK(named(parse_markup(svg_heatmap({.values = zeros({64, 64}), .labels = numbered(64)})), "rect", "cell")
            .size() == 64 * 64);
  CHECK(
      named(parse_markup(svg_heatmap({.values = zeros({65, 0}), .labels = numbered(65)})), "image").empty());
}

TEST_CASE("svg: the future of a small causal map has no cells, except for what leaks into it") {
  const Tensor map = tensor({{1.0, 0.0, 0.25}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}}, Dtype::float64);
  const auto cells = named(
      parse_markup(
          svg_heatmap({.values = map, .labels = {"a", "b", "c"}, .curve = Curve::root, .causal = true})),
      "rect", "cell");
  Values shades;
  for (const Element& e : cells) shades.push_back(number(e, "fill-opacity"));
  CHECK(shades == Values{1, 0.5, 0, 1, 0, 0, 1});
}
