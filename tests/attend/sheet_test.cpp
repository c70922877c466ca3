#include "tools/lab/sheet.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "attend/seen.h"
#include "gradus/base/random.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/masking.h"
#include "gradus/ops/softmax.h"
#include "gradus/tensor/creation.h"
#include "lab/labels.h"
#include "lab/picture.h"
#include "reference/expect.h"
#include "tools/lab/analysis.h"
#include "tools/lab/colours.h"

using namespace gradus;
using namespace gradus::lab;

namespace {

using Strings = std::vector<std::string>;

/// How many pixels have this colour, above line `end`.
std::int64_t count(const Picture& p, int colour, std::int64_t end) {
  return std::count(p.pixels.begin(), p.pixels.begin() + end * p.width, colour);
}

Strings numbered(std::int64_t n) {
  Strings labels;
  for (std::int64_t i = 0; i < n; ++i) labels.push_back("t" + std::to_string(i));
  return labels;
}

Tensor causal_noise(const Shape& shape, double sharpness) {
  const std::int64_t T = shape[shape.rank() - 1];
  return softmax(randn(shape) * sharpness + triu(ones({T, T}), 1) * -1e30);
}

/// Weights whose shades are all different, 0 in the future.
Tensor planted(std::int64_t T) {
  const Tensor map = zeros({T, T}, Dtype::float64);
  double* w = map.data<double>();
  int next = 0;
  for (std::int64_t i = 0; i < T; ++i)
    for (std::int64_t j = 0; j <= i; ++j) {
      const double s = (239 - 10.0 * next++) / 239;
      w[i * T + j] = s * s;
    }
  return map;
}

}  // namespace

TEST_CASE("png: the palette is the map of colours, from 0 on, and the legend shows all of it") {
  for (const Paper paper : {Paper::dark, Paper::light}) {
    const Picture p =
        read_picture(png_heatmap({.values = planted(4), .labels = numbered(4), .causal = true}, paper));
    REQUIRE(p.palette.size() > colours);
    for (int i = 0; i < colours; ++i) {
      const auto at = static_cast<std::size_t>(std::lround(i * 255.0 / (colours - 1)));
      const Colour c = cividis()[paper == Paper::dark ? at : 255 - at];
      const auto& found = p.palette[static_cast<std::size_t>(i)];
      if (paper == Paper::dark || i >= 38) CHECK(found == std::array<int, 3>{c.red, c.green, c.blue});
      // On white what is nearly nothing is nearly the page; still darker is more.
      const auto light = [&](int j) {
        const auto& [r, g, blue] = p.palette[static_cast<std::size_t>(j)];
        return 0.21 * r + 0.72 * g + 0.07 * blue;
      };
      if (i >= 4) CHECK((paper == Paper::dark ? light(i) > light(i - 4) : light(i) < light(i - 4)));
    }
    const auto& page = paper == Paper::dark ? dark_page : light_page;
    CHECK(p.palette[colours] == page);
    CHECK(std::count(p.palette.begin(), p.palette.begin() + colours, page) == 0);  // 0 is seen as well
    // The bar: all colours beside each other in one line, in order.
    int bars = 0;
    for (int y = 0; y < p.height; ++y) {
      std::vector<int> line(p.pixels.begin() + y * p.width, p.pixels.begin() + (y + 1) * p.width);
      line.erase(std::unique(line.begin(), line.end()), line.end());
      std::vector<int> ramp(colours);
      for (int i = 0; i < colours; ++i) ramp[static_cast<std::size_t>(i)] = i;
      bars += std::search(line.begin(), line.end(), ramp.begin(), ramp.end()) != line.end();
    }
    CHECK(bars >= 8);
  }
}

TEST_CASE("png: each weight is a square of its colour, at its row and column") {
  for (const bool root : {true, false})
    for (const std::int64_t T : {1, 2, 6}) {
      const Tensor map = planted(T);
      const Values w = values(map);
      const Picture p = read_picture(png_heatmap({.values = map,
                                                  .labels = numbered(T),
                                                  .curve = root ? Curve::root : Curve::linear,
                                                  .causal = true}));
      const auto origin = find_square(p, colours - 1, 43);
      REQUIRE(origin);
      for (std::int64_t i = 0; i < T; ++i)
        for (std::int64_t j = 0; j <= i; ++j) {
          INFO(i, " ", j);
          for (const std::int64_t d : {0, 20, 42})
            CHECK(p.at(origin->x + 44 * j + d, origin->y + 44 * i + d) ==
                  shade(w[static_cast<std::size_t>(i * T + j)], root));
          CHECK(p.palette[static_cast<std::size_t>(p.at(origin->x + 44 * j + 43, origin->y + 44 * i))] ==
                dark_page);
        }
    }
}

TEST_CASE("png: the future is hatched, never the colour of 0; a weight that leaks into it is seen") {
  for (const Paper paper : {Paper::dark, Paper::light}) {
    Tensor map = zeros({4, 4}, Dtype::float64);
    map.data<double>()[0] = 1;
    map.data<double>()[1 * 4 + 3] = 1e-9;  // the leak
    const Picture p =
        read_picture(png_heatmap({.values = map, .labels = numbered(4), .causal = true}, paper));
    const auto origin = find_square(p, colours - 1, 43);
    REQUIRE(origin);
    for (std::int64_t i = 0; i < 4; ++i)
      for (std::int64_t j = 0; j < 4; ++j) {
        std::set<int> inside;
        for (std::int64_t y = 0; y < 43; ++y)
          for (std::int64_t x = 0; x < 43; ++x)
            inside.insert(p.at(origin->x + 44 * j + x, origin->y + 44 * i + y));
        if (i == 1 && j == 3)
          CHECK(inside == std::set<int>{1});
        else if (j > i) {
          CHECK(inside.size() == 2);  // the page and the lines on it
          CHECK(*inside.begin() >= colours);
        } else if (i > 0)
          CHECK(inside == std::set<int>{0});
      }
    CHECK(find_text(p, "the future, masked", 2));
    const Picture plain = read_picture(png_heatmap({.values = map, .labels = numbered(4)}, paper));
    CHECK(plain.at(origin->x + 44 * 2 + 5, origin->y + 5) == 0);  // a value like others
    CHECK_FALSE(find_text(plain, "the future, masked", 2));
  }
}

TEST_CASE("png: title, axes and labels can be read, each label at its row and at its column") {
  const Picture p = read_picture(png_heatmap({.values = ones({2, 3}),
                                              .labels = {"gy{", "q@1"},
                                              .column_labels = {"k0", "because", "␣x"},
                                              .title = "A head & <more>",
                                              .row_axis = "down",
                                              .column_axis = "across",
                                              .darkest = 2}));
  const auto origin = find_square(p, shade(0.5, false), 43);
  REQUIRE(origin);
  CHECK(find_text(p, "A head & <more>", 2));
  CHECK(find_text(p, "across →", 2));
  CHECK(find_text(p, "← down", 2, true));
  const Strings rows = {"gy{", "q@1"}, columns = {"k0", "because", "␣x"};
  for (std::size_t i = 0; i < 2; ++i) {
    const auto at = find_text(p, rows[i], 2);
    REQUIRE(at);
    const std::int64_t top = origin->y + 44 * static_cast<std::int64_t>(i);
    CHECK(at->y >= top);
    CHECK(at->y + 14 <= top + 43);
    CHECK(at->x + 3 * 12 <= origin->x);
  }
  for (std::size_t j = 0; j < 3; ++j) {
    const auto at = find_text(p, columns[j], 2, true);
    REQUIRE(at);
    const std::int64_t left = origin->x + 44 * static_cast<std::int64_t>(j);
    CHECK(at->x >= left);
    CHECK(at->x + 14 <= left + 43);
    CHECK(at->y <= origin->y);
  }
  for (const char* number : {"0", "0.5", "1", "1.5", "2"}) CHECK(find_text(p, number, 2));  // linear up to 2
  CHECK_FALSE(find_text(p, "0.25", 2));
  const Picture row =
      read_picture(png_heatmap({.values = ones({1, 1}), .labels = {""}, .scale = Scale::row}));
  CHECK(find_text(row, "the largest of the row", 2));
  CHECK_FALSE(find_text(row, "0.5", 2));  // of which row?
}

TEST_CASE("png: the scale of square roots has its numbers where they belong") {
  const Picture p = read_picture(
      png_heatmap({.values = planted(2), .labels = numbered(2), .curve = Curve::root, .causal = true}));
  const auto bar = find_text(p, "0.05", 2);
  const auto zero = find_text(p, "0.01", 2);
  REQUIRE(bar);
  REQUIRE(zero);
  // 2 pixels for each of 240 colours, numbers of 4 letters of 12 pixels about their tick
  CHECK(std::fabs(static_cast<double>(bar->x - zero->x) - 2 * 239 * (std::sqrt(0.05) - std::sqrt(0.01))) <=
        2);
  CHECK(find_text(p, "0.2", 2));
  CHECK_FALSE(find_text(p, "0.25", 2));
}

TEST_CASE(
    "png: cells get smaller as there are more; then numbers stand in place of labels, then blocks in place "
    "of cells") {
  const auto draw = [](std::int64_t T, std::int64_t q, std::int64_t k) {
    const Tensor map = zeros({T, T});
    map.data<float>()[q * T + k] = 1;
    return read_picture(png_heatmap({.values = map, .labels = numbered(T), .causal = true}));
  };
  const Picture at_64 = draw(64, 3, 1);
  CHECK(find_square(at_64, colours - 1, 9));
  CHECK_FALSE(find_square(at_64, colours - 1, 10));
  CHECK(find_text(at_64, "t63", 1));

  const Picture at_512 = draw(512, 300, 17);
  CHECK(find_square(at_512, colours - 1, 2));
  CHECK_FALSE(find_text(at_512, "t63", 1));
  const auto zeroth = find_square(at_512, 0, 2), bright = find_square(at_512, colours - 1, 2);
  REQUIRE(zeroth);
  CHECK(bright->x - zeroth->x == 2 * 17);
  CHECK(bright->y - zeroth->y == 2 * 300);
  const auto number = find_text(at_512, "256", 1);
  REQUIRE(number);

  const Picture at_1500 = draw(1500, 1301, 501);
  CHECK(find_text(at_1500, "each cell is the largest of 2 x 2 weights", 1));
  CHECK(find_text(at_1500, "1472", 1));
  const auto first = std::find(at_1500.pixels.begin(), at_1500.pixels.end(), 0) - at_1500.pixels.begin();
  const auto top =
      std::find(at_1500.pixels.begin(), at_1500.pixels.end(), colours - 1) - at_1500.pixels.begin();
  CHECK(top % at_1500.width - first % at_1500.width == 501 / 2);
  CHECK(top / at_1500.width - first / at_1500.width == 1301 / 2);
}

TEST_CASE("png: whatever the labels are, the picture is whole") {
  const auto n = std::ssize(hostile_labels);
  manual_seed(5);
  const Tensor map = causal_noise({n, n}, 1);
  const std::string file = png_heatmap(
      {.values = map, .labels = hostile_labels, .title = "\xFF\n</title>", .row_axis = "\x1B[31m"});
  const Picture p = read_picture(file);
  CHECK(p.width <= 2 * 20 + 24 + 16 * 12 + 10 + 44 * n);  // a label of 10 000 letters is cut
  CHECK(find_text(p, "\\xff\u21B5</title>", 2));
  CHECK(find_text(p, "\\x1b[31mred", 2));
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const std::string label = random_label(seed);
    CHECK(read_picture(png_heatmap({.values = ones({1, 1}), .labels = {label}, .title = label})).width > 0);
  }
  for (const Shape& shape : {Shape{0, 0}, Shape{2, 0}, Shape{0, 3}, Shape{1, 3000}})
    CHECK(read_picture(png_heatmap({.values = zeros(shape),
                                    .labels = numbered(shape[0]),
                                    .column_labels = numbered(shape[1])}))
              .height > 0);
}

TEST_CASE("png: what cannot be drawn is refused in a sentence") {
  CHECK(has(error_of([] {
              png_heatmap({.values = zeros({2, 3, 3}), .labels = {"a"}});
            }),
            "[R, C], not [2, 3, 3]"));
  CHECK(has(
      error_of([] {
        png_heatmap({.values = zeros({1, 2}), .labels = {"a"}, .column_labels = {"a", "b"}, .causal = true});
      }),
      "a causal map is square, not [1, 2]"));
  CHECK(has(error_of([] { png_sheet({.maps = zeros({2, 4, 4})}); }), "[L, H, T, T], not [2, 4, 4]"));
  CHECK(has(error_of([] { png_sheet({.maps = zeros({1, 2, 3, 4})}); }), "not [1, 2, 3, 4]"));
  CHECK(has(error_of([] { png_sheet({.maps = zeros({0, 2, 4, 4})}); }), "not [0, 2, 4, 4]"));
  CHECK(has(error_of([] { png_sheet({}); }), "undefined"));
  CHECK(has(error_of([] {
              png_sheet({.maps = zeros({2, 2, 4, 4}), .labels = {"a", "b", "c"}});
            }),
            "4 heads need as many labels, not 3"));
  const Tensor bad = zeros({1, 2, 2, 2});
  bad.data<float>()[6] = -1;
  CHECK(has(error_of([&] { png_sheet({.maps = bad}); }), "row 1, column 0"));
}

TEST_CASE("sheet: every head stands under its name, with its own weights") {
  for (const Paper paper : {Paper::dark, Paper::light}) {
    const std::int64_t L = 2, H = 3, T = 8;
    const Tensor maps = zeros({L, H, T, T}, Dtype::float64);
    for (std::int64_t head = 0; head < L * H; ++head) {
      double* w = maps.data<double>() + head * T * T;
      w[0] = 1;
      w[(head + 1) * T + head] = 0.25;  // where it is depends on the head
    }
    Strings labels;
    for (std::int64_t i = 0; i < L * H; ++i) labels.push_back(i == 4 ? "induction head" : "mixed head");
    const Picture p =
        read_picture(png_sheet({.maps = maps, .labels = labels, .title = "all of them"}, paper));
    CHECK(find_text(p, "all of them", 2));
    const auto induction = find_text(p, "induction ", 1);  // without the word "head"
    REQUIRE(induction);
    for (std::int64_t l = 0; l < L; ++l)
      for (std::int64_t h = 0; h < H; ++h) {
        const auto name = find_text(p, "L" + std::to_string(l) + "H" + std::to_string(h), 1);
        REQUIRE(name);
        if (l * H + h == 4)
          CHECK((induction->x == name->x && induction->y > name->y && induction->y < name->y + 14));
        const std::int64_t x = name->x, y = name->y + 24, head = l * H + h;
        CHECK(p.at(x, y) == colours - 1);
        std::int64_t size = 1;
        while (p.at(x + size, y) == colours - 1) ++size;
        size += 1;  // the gap
        CHECK(size == 32);
        for (std::int64_t i = 0; i < T; ++i)
          for (std::int64_t j = 0; j <= i; ++j)
            CHECK(p.at(x + j * size + 3, y + i * size + 3) == (i + j == 0                   ? colours - 1
                                                               : i == head + 1 && j == head ? shade(0.25)
                                                                                            : 0));
        CHECK(p.at(x + 5 * size + 3, y + 3) >= colours);
      }
  }
}

TEST_CASE(
    "sheet: 12 x 12 heads of 64 tokens are under 200 kB even where they are noise, with each cell in its "
    "place") {
  manual_seed(6);
  for (const double sharpness : {0.5, 2.0, 6.0}) {
    const Tensor maps = causal_noise({12, 12, 64, 64}, sharpness);
    const std::string file =
        png_sheet({.maps = maps, .labels = Strings(144, "previous-token head"), .title = "noise"});
    CHECK(file.size() < 200'000);
    const Picture p = read_picture(file);
    CHECK(p.width <= 1300);
    const auto name = find_text(p, "L7H10", 1);
    REQUIRE(name);
    const Values w = values(maps[7][10]);
    for (std::int64_t q = 0; q < 64; ++q)
      for (std::int64_t k = 0; k < 64; ++k) {
        const int found = p.at(name->x + k, name->y + 24 + q);
        if (k > q)
          CHECK(found == colours);  // the page
        else                        // in one of 16 steps or more
          CHECK(std::abs(found - shade(w[static_cast<std::size_t>(q * 64 + k)])) <= 239 / 15 / 2 + 1);
      }
  }
}

TEST_CASE("sheet: a long text is drawn in blocks, by their largest weight") {
  const Tensor maps = zeros({1, 12, 512, 512});
  maps.data<float>()[40 * 512 + 201] = 1e-6F;     // a leak into the future, of head 0
  maps.data<float>()[300 * 512 + 17] = 1;         // of head 0
  maps.data<float>()[512 * 512 + 511 * 512] = 1;  // of head 1
  const Picture p = read_picture(png_sheet({.maps = maps}));
  CHECK(find_text(p, "each cell is the largest of 4 x 4 weights", 1));
  const auto name = find_text(p, "L0H0", 1);
  REQUIRE(name);
  const std::int64_t x = name->x, y = name->y + 13;  // no labels, no line for them
  for (std::int64_t q = 0; q < 128; ++q)
    for (std::int64_t k = 0; k < 128; ++k)
      CHECK(p.at(x + k, y + q) == (q == 10 && k == 50            ? 1
                                   : k > q                       ? colours
                                   : q == 300 / 4 && k == 17 / 4 ? colours - 1
                                                                 : 0));
  const auto next = find_text(p, "L0H1", 1);
  REQUIRE(next);
  CHECK(p.at(next->x, next->y + 13 + 127) == colours - 1);
  CHECK(count(p, colours - 1, y + 128) == 2);
}

TEST_CASE("sheet: one token, one head") {
  const Picture p =
      read_picture(png_sheet({.maps = ones({1, 1, 1, 1}), .labels = {"\xFF\n"}, .title = "<&\">"}));
  CHECK(find_text(p, "L0H0", 1));
  CHECK(find_square(p, colours - 1, 255));
  CHECK(find_text(p, "\\xff↵", 1));
}

TEST_CASE("a sheet of an analysis has its text, its maps and what its heads are called") {
  Analysis analysis;
  analysis.model = "tales";
  analysis.layers = 1;
  analysis.heads = 2;
  analysis.head = {HeadAnalysis{}, HeadAnalysis{}};
  analysis.head[0].labels = {"sink head", "previous-token head"};
  analysis.texts.resize(2);
  analysis.texts[1].tokens = {"the", "\n"};
  analysis.texts[1].maps = ones({1, 2, 2, 2});
  const HeadSheet sheet = head_sheet(analysis, 1);
  CHECK(values(sheet.maps) == Values(8, 1));
  CHECK(sheet.labels == Strings{"sink head", "mixed head"});
  CHECK(sheet.title == "tales: the ↵");
  CHECK(sheet.label(0, 0) == "sink");
  CHECK(sheet.name(0, 1) == "L0H1");
  CHECK(values(sheet.head(0, 1).values) == Values(4, 1));
  CHECK(sheet.head(0, 1).causal);
  CHECK(sheet.head(0, 1).curve == Curve::root);
  for (const std::int64_t text : {-1, 2}) CHECK(has(error_of([&] { head_sheet(analysis, text); }), "of 2"));
}
