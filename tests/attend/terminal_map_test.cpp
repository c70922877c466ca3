#include "tools/lab/terminal_map.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "attend/screen.h"
#include "gradus/data/utf8.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/masking.h"
#include "gradus/ops/softmax.h"
#include "gradus/tensor/creation.h"
#include "lab/labels.h"
#include "reference/expect.h"
#include "tools/lab/colours.h"

using namespace gradus;
using namespace gradus::lab;

namespace {

using Strings = std::vector<std::string>;

constexpr std::array every = {TerminalColours::ascii, TerminalColours::none, TerminalColours::indexed256,
                              TerminalColours::truecolour};

std::string colour_of(double weight, bool root = true) {
  const double s = root ? std::sqrt(weight) : weight;
  const Colour c = cividis()[weight > 0 ? static_cast<std::size_t>(std::max(1L, std::lround(s * 255))) : 0];
  return "2;" + std::to_string(c.red) + ";" + std::to_string(c.green) + ";" + std::to_string(c.blue);
}

/// Without its line breaks, which a legend has between words.
std::string joined(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

Strings numbered(std::int64_t n) {
  Strings labels;
  for (std::int64_t i = 0; i < n; ++i) labels.push_back("t" + std::to_string(i));
  return labels;
}

Tensor causal_noise(const Shape& shape) {
  const std::int64_t T = shape[shape.rank() - 1];
  return softmax(randn(shape) * 2.0 + triu(ones({T, T}), 1) * -1e30).to(Dtype::float64);
}

const Tensor small = tensor({{1.0, 0.0, 0.0}, {0.75, 0.25, 0.0}, {0.0, 0.4, 0.6}}, Dtype::float64);
const Strings words = {"the", "cat", "is"};

/// The environment as a test wants it, and afterwards as it was.
class Environment {
 public:
  explicit Environment(const std::map<std::string, std::string>& wanted) {
    for (const char* name : {"TERM", "COLORTERM", "NO_COLOR", "LC_ALL", "LC_CTYPE", "LANG"}) {
      const char* value = std::getenv(name);
      before_.push_back({name, value ? value : "", value != nullptr});
      const auto w = wanted.find(name);
      w == wanted.end() ? unsetenv(name) : setenv(name, w->second.c_str(), 1);
    }
  }
  ~Environment() {
    for (const auto& [name, value, was] : before_) was ? setenv(name, value.c_str(), 1) : unsetenv(name);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  struct Variable {
    const char* name;
    std::string value;
    bool was;
  };
  std::vector<Variable> before_;
};

TerminalColours colours_with(std::map<std::string, std::string> wanted, bool is_terminal = true) {
  wanted.insert({"LANG", "en_GB.UTF-8"});
  const Environment environment(wanted);
  return terminal_colours(is_terminal);
}

}  // namespace

TEST_CASE("colours are used where the terminal has them and nobody forbids them") {
  CHECK(colours_with({{"TERM", "xterm-256color"}}) == TerminalColours::indexed256);
  CHECK(colours_with({{"TERM", "xterm-256color"}, {"COLORTERM", "truecolor"}}) ==
        TerminalColours::truecolour);
  CHECK(colours_with({{"TERM", "xterm"}, {"COLORTERM", "24bit"}}) == TerminalColours::truecolour);
  CHECK(colours_with({{"TERM", "xterm-direct"}}) == TerminalColours::truecolour);
  CHECK(colours_with({{"TERM", "xterm"}}) == TerminalColours::none);
  CHECK(colours_with({{"TERM", "dumb"}, {"COLORTERM", "truecolor"}}) == TerminalColours::none);
  CHECK(colours_with({{"COLORTERM", "truecolor"}}) == TerminalColours::none);
  CHECK(colours_with({{"TERM", "xterm-256color"}, {"NO_COLOR", "1"}}) == TerminalColours::none);
  CHECK(colours_with({{"TERM", "xterm-256color"}, {"NO_COLOR", ""}}) == TerminalColours::indexed256);
  CHECK(colours_with({{"TERM", "xterm-256color"}, {"COLORTERM", "truecolor"}}, false) ==
        TerminalColours::none);
  for (const char* locale : {"C", "POSIX", "de_DE.ISO-8859-1", ""})
    CHECK(colours_with({{"TERM", "xterm-256color"}, {"LANG", locale}}) == TerminalColours::ascii);
  // LC_ALL is asked before LC_CTYPE, and that before LANG.
  CHECK(colours_with({{"LC_ALL", "C"}, {"LC_CTYPE", "C.UTF-8"}}, false) == TerminalColours::ascii);
  CHECK(colours_with({{"LC_CTYPE", "C.utf8"}, {"LANG", "C"}}, false) == TerminalColours::none);
  CHECK(colours_with({{"LC_ALL", ""}, {"LC_CTYPE", "C"}}, false) == TerminalColours::ascii);
}

TEST_CASE("a small map, line by line") {
  const Heatmap map{.values = small, .labels = words, .title = "L0H1", .causal = true};
  CHECK(terminal_heatmap(map, TerminalColours::none, 80) ==
        "L0H1\n"
        "    t c   \n"
        "    h a i \n"
        "    e t s \n"
        "the ██    \n"
        "cat ▓▓░░  \n"
        " is   ▒▒▓▓\n"
        "query down, key across; blank is 0, · ░ ▒ ▓ █ are equal steps up to 1\n");
  CHECK(terminal_heatmap(map, TerminalColours::ascii, 40) ==
        "L0H1\n"
        "    t c   \n"
        "    h a i \n"
        "    e t s \n"
        "the @@    \n"
        "cat ##--  \n"
        " is   ==**\n"
        "query down, key across; blank is 0, . :\n"
        "- = + * # % @ are equal steps up to 1\n");
  // Colours are looked up in the published table: 254 232 56 is its last, 67 78 108 its 64th.
  CHECK(terminal_heatmap(map, TerminalColours::truecolour, 80)
            .starts_with("L0H1\n"
                         "    t c   \n"
                         "    h a i \n"
                         "    e t s \n"
                         "the \033[48;2;254;232;56m  \033[49m    \n"
                         "cat \033[48;2;187;173;109m  \033[48;2;67;78;108m  \033[49m  \n"
                         " is \033[48;2;0;34;78m  \033[48;2;102;105;112m  \033[48;2;148;142;119m  \033[0m\n"
                         "0 \033[48;2;0;34;78m \033[48;2;0;46;108m "));
  const std::string indexed = terminal_heatmap(map, TerminalColours::indexed256, 80);
  CHECK(has(indexed, "\n is \033[48;5;17m  \033[48;5;60m  \033[48;5;102m  \033[0m\n0 \033[48;5;17m"));
  CHECK(
      indexed.ends_with("\033[48;5;227m \033[0m 1\n"
                        "query down, key across; colours in proportion; the future is left out\n"));
}

TEST_CASE("plain maps are text_heatmap, and without colours nothing is escaped") {
  manual_seed(1);
  const Heatmap map{.values = causal_noise({9, 9}),
                    .labels = numbered(9),
                    .title = "é",
                    .curve = Curve::root,
                    .causal = true};
  for (const bool ascii : {false, true}) {
    const auto colours = ascii ? TerminalColours::ascii : TerminalColours::none;
    const std::string text = terminal_heatmap(map, colours, 80);
    CHECK(text.starts_with((ascii ? "\\u{e9}\n" : "é\n") + text_heatmap(map, ascii)));
    CHECK(has(joined(text), "equal steps of the square root up to 1"));
    const std::string all =
        text +
        terminal_sheet({.maps = causal_noise({1, 3, 40, 40}), .labels = {"é", "…", "\xFF"}}, colours, 60);
    CHECK_FALSE(has(all, "\033"));
    if (ascii)
      CHECK(std::all_of(all.begin(), all.end(), [](char c) { return c == '\n' || (c >= ' ' && c < 0x7F); }));
  }
}

TEST_CASE("cells two columns wide are the colours of their weights; the future is the terminal's own") {
  manual_seed(2);
  for (const std::int64_t T : {1, 2, 7, 20})
    for (const bool root : {false, true}) {
      Tensor map = causal_noise({T, T});
      if (T == 7) {
        map.data<double>()[5] = 1e-9;   // a leak into the future
        map.data<double>()[6 * 7] = 0;  // a weight of 0 that is no future
      }
      const Values w = values(map);
      const auto lines = screen(terminal_heatmap(
          {.values = map, .labels = numbered(T), .curve = root ? Curve::root : Curve::linear, .causal = true},
          TerminalColours::truecolour, 80));
      const std::size_t left = T > 10 ? 4 : 3, top = left - 1;
      REQUIRE(lines.size() >= top + static_cast<std::size_t>(T));
      for (std::size_t i = 0; i < static_cast<std::size_t>(T); ++i)
        for (std::size_t j = 0; j < static_cast<std::size_t>(T); ++j)
          for (const std::size_t half : {std::size_t{0}, std::size_t{1}}) {
            const Spot& spot = lines[top + i].at(left + 2 * j + half);
            CHECK(spot.glyph == " ");
            const double v = w[i * static_cast<std::size_t>(T) + j];
            CHECK(spot.behind == (j > i && v == 0 ? "" : colour_of(v, root)));
          }
    }
}

TEST_CASE("where there is less room, a cell is half a line: two rows in one, odd ends included") {
  manual_seed(3);
  for (const std::int64_t T : {30, 31}) {
    const Tensor map = causal_noise({T, T});
    const Values w = values(map);
    const auto lines =
        screen(terminal_heatmap({.values = map, .labels = numbered(T), .curve = Curve::root, .causal = true},
                                TerminalColours::truecolour, 50));
    const std::size_t left = 3 + 6 + 1;
    REQUIRE(lines.size() == 1 + static_cast<std::size_t>((T + 1) / 2) + 3);
    for (std::int64_t i = 0; i < 2 * ((T + 1) / 2); ++i)
      for (std::int64_t j = 0; j < T; ++j) {
        const Spot& spot = lines[static_cast<std::size_t>(1 + i / 2)].at(left + static_cast<std::size_t>(j));
        const double v = i < T ? w[static_cast<std::size_t>(i * T + j)] : 0;
        CHECK((i % 2 == 0 ? spot.above() : spot.below()) == (i >= T || j > i ? "" : colour_of(v)));
      }
    // Numbers stand at their columns, and at their rows with the label.
    std::string ruler, row;
    for (const Spot& s : lines[0]) ruler += s.glyph;
    for (std::size_t x = 0; x < left; ++x) row += lines[1 + 12 / 2][x].glyph;
    CHECK(ruler == std::string(left, ' ') + "0         10        20" + (T > 30 ? "        30" : ""));
    CHECK(row == "  12 t12  ");
  }
}

TEST_CASE("an escape sequence is written where a colour changes, and nowhere else") {
  const Tensor stripes = ones({2, 30}, Dtype::float64);
  for (int j = 0; j < 30; ++j) stripes.data<double>()[30 + j] = 0.25;
  const Heatmap map{.values = stripes, .labels = {"a", "b"}, .column_labels = numbered(30)};
  const std::string text = terminal_heatmap(map, TerminalColours::truecolour, 50);
  std::string blocks;
  for (int j = 0; j < 30; ++j) blocks += "▀";
  CHECK(has(text, " \033[38;2;254;232;56;48;2;67;78;108m" + blocks + "\033[0m\n"));
}

TEST_CASE("a map wider than the terminal is drawn in blocks, by their largest weight") {
  const std::int64_t T = 512;
  Tensor map = zeros({T, T}, Dtype::float64);
  map.data<double>()[300 * T + 17] = 1;
  map.data<double>()[511 * T + 511] = 0.25;
  const auto lines =
      screen(terminal_heatmap({.values = map, .labels = numbered(T), .curve = Curve::root, .causal = true},
                              TerminalColours::truecolour, 80));
  const std::size_t left = 4 + 6 + 1, block = 8, side = 64;  // 69 columns are left
  REQUIRE(lines.size() > side / 2);
  for (std::size_t i = 0; i < side; ++i)
    for (std::size_t j = 0; j < side; ++j) {
      const Spot& spot = lines[1 + i / 2].at(left + j);
      const double v = i == 300 / block && j == 17 / block ? 1 : i == 63 && j == 63 ? 0.25 : 0;
      CHECK((i % 2 == 0 ? spot.above() : spot.below()) == (j > i ? "" : colour_of(v)));
    }
  std::string all;
  for (const auto& line : lines) {
    for (const Spot& s : line) all += s.glyph;
    all += ' ';
  }
  CHECK(has(all, "a cell is the largest of 8 x 8"));
  CHECK(has(all, " 288 t288… "));
  CHECK(has(all, "0         80        160"));

  // Plain ones as well: at most 37 rows of two columns, so blocks of 14.
  const std::string plain =
      terminal_heatmap({.values = map, .labels = numbered(T)}, TerminalColours::none, 80);
  CHECK(has(plain, "\nt294… " + std::string(2, ' ') + "██"));
  CHECK(has(joined(plain), "a cell is the largest of 14 x 14"));
  CHECK(std::count(plain.begin(), plain.end(), '\n') == 37 + 5 + 2);
  // A block's label says that it is the first of several, once.
  CHECK(has(terminal_heatmap({.values = map, .labels = Strings(512, std::string(20, 'x'))},
                             TerminalColours::ascii, 80),
            "\n" + std::string(14, 'x') + "~ "));
}

TEST_CASE("no line is wider than the terminal, whatever the labels are") {
  manual_seed(4);
  const auto n = std::ssize(hostile_labels);
  const Tensor maps = causal_noise({2, 3, n, n});
  Strings labels;
  for (int i = 0; i < 6; ++i) labels.push_back(hostile_labels[static_cast<std::size_t>(3 * i)] + " head");
  for (const TerminalColours colours : every)
    for (const std::int64_t columns : {20, 33, 50, 66, 80, 200}) {
      INFO(columns);
      const std::string text =
          terminal_heatmap({.values = maps[0][0],
                            .labels = hostile_labels,
                            .title = hostile_labels.back(),
                            .causal = true},
                           colours, columns) +
          terminal_sheet({.maps = maps, .labels = labels, .title = "\n\033[2J日本語 for a title"}, colours,
                         columns);
      CHECK(valid_utf8(text) == text.size());
      for (const auto& line : screen(text)) {
        CHECK(columns_of(line) <= columns);
        for (const Spot& s : line) CHECK(s.glyph[0] != '\033');
      }
    }
  for (const TerminalColours colours : every)
    for (std::int64_t columns = 20; columns < 100; ++columns)
      for (const auto& line :
           screen(terminal_heatmap({.values = zeros({40, 40}), .labels = numbered(40)}, colours, columns)))
        CHECK(columns_of(line) <= columns);
  for (const TerminalColours colours : every) {
    CHECK(terminal_heatmap({.values = ones({1, 1}), .labels = {"x"}}, colours, 0) ==
          terminal_heatmap({.values = ones({1, 1}), .labels = {"x"}}, colours, 20));
    CHECK(has(terminal_heatmap({.values = zeros({0, 0})}, colours, 80), "query down"));
    CHECK(has(terminal_heatmap({.values = zeros({0, 100}), .column_labels = numbered(100)}, colours, 80),
              "query down"));
    CHECK(has(terminal_heatmap({.values = zeros({100, 0}), .labels = numbered(100)}, colours, 20),
              "query down"));
    CHECK(has(terminal_heatmap({.values = zeros({3, 100}), .labels = words, .column_labels = numbered(100)},
                               colours, 60),
              "largest of 2 x 2") ==
          (colours == TerminalColours::indexed256 || colours == TerminalColours::truecolour));
  }
}

TEST_CASE("the 256 colours are those of the map, in fewer steps, each lighter than the one before") {
  const Tensor ramp = zeros({1, 256}, Dtype::float64);
  for (int i = 0; i < 256; ++i) ramp.data<double>()[i] = i / 255.0;
  const auto lines = screen(terminal_heatmap(
      {.values = ramp, .labels = {"x"}, .column_labels = numbered(256)}, TerminalColours::indexed256, 600));
  Strings found;
  for (const Spot& s : lines[4])
    if (!s.behind.empty() && (found.empty() || found.back() != s.behind)) found.push_back(s.behind);
  REQUIRE(found.size() == 10);
  double last = -1;
  for (std::size_t i = 0; i < found.size(); ++i) {
    REQUIRE(found[i].starts_with("5;"));
    const int code = std::stoi(found[i].substr(2));
    REQUIRE(code >= 16);
    const auto step = [](int k) { return k == 0 ? 0.0 : 55.0 + 40 * k; };  // xterm's cube
    const std::array<double, 3> rgb =
        code >= 232
            ? std::array<double, 3>{8.0 + 10 * (code - 232), 8.0 + 10 * (code - 232), 8.0 + 10 * (code - 232)}
            : std::array<double, 3>{step((code - 16) / 36), step((code - 16) / 6 % 6), step((code - 16) % 6)};
    const double light = 0.21 * std::pow(rgb[0] / 255, 2.2) + 0.72 * std::pow(rgb[1] / 255, 2.2) +
                         0.07 * std::pow(rgb[2] / 255, 2.2);
    CHECK(light > last);
    last = light;
    CHECK((rgb[2] > rgb[0]) == (i < 4));  // blue below
    CHECK((rgb[0] > rgb[2]) == (i > 5));  // yellow above
  }
}

TEST_CASE("all heads: two small ones, line by line") {
  const Tensor maps = zeros({1, 2, 3, 3}, Dtype::float64);
  double* w = maps.data<double>();
  w[0] = w[3] = w[8] = 1, w[7] = 0.25;
  w[9] = w[13] = w[17] = 1;
  const HeadSheet sheet{.maps = maps, .labels = {"previous-token head", "mixed head"}, .title = "tales"};
  CHECK(terminal_sheet(sheet, TerminalColours::none, 30) ==
        "tales\n"
        "L0H0            L0H1\n"
        "previous-token  mixed\n"
        "████            ████\n"
        "████            ████\n"
        "████                ████\n"
        "████                ████\n"
        "    ▒▒▒▒████            ████\n"
        "    ▒▒▒▒████            ████\n"
        "\n"
        "query down, key across; blank\n"
        "is 0, · ░ ▒ ▓ █ are equal\n"
        "steps of the square root up to\n"
        "1\n");
  const std::string narrow =
      terminal_sheet(sheet, TerminalColours::ascii, 20);  // one beside the other has no room
  CHECK(
      narrow.starts_with("tales\n"
                         "L0H0\n"
                         "previous-token\n"
                         "@@@@@@\n"));
  CHECK(has(narrow, "\n\nL0H1\nmixed\n@@@@@@\n"));
}

TEST_CASE("all heads: each has its own weights under its name, in rows that fit") {
  manual_seed(5);
  const std::int64_t L = 2, H = 5, T = 12;
  const Tensor maps = causal_noise({L, H, T, T});
  const Values w = values(maps);
  for (const std::int64_t columns : {100, 70, 40, 20}) {
    const auto lines = screen(terminal_sheet({.maps = maps}, TerminalColours::truecolour, columns));
    std::int64_t heads = 0;
    for (std::size_t y = 0; y < lines.size(); ++y) {
      std::string text;
      for (const Spot& s : lines[y]) text += s.glyph;
      for (std::size_t x = text.find('L'); x != std::string::npos && text[x + 2] == 'H';
           x = text.find('L', x + 1)) {
        const std::int64_t l = text[x + 1] - '0', h = text[x + 3] - '0';
        CHECK(l * H + h == heads++);
        std::size_t size = 1;
        const auto at = [&](std::size_t half, std::size_t right) {
          const auto& line = lines[y + 1 + half / 2];
          if (x + right >= line.size()) return std::string();
          return half % 2 == 0 ? line[x + right].above() : line[x + right].below();
        };
        while (at(0, size) == at(0, 0)) ++size;
        CHECK(size >= 1);
        for (std::int64_t i = 0; i < T; ++i)
          for (std::int64_t j = 0; j < T; ++j) {
            const double v = w[static_cast<std::size_t>(((l * H + h) * T + i) * T + j)];
            CHECK(at(static_cast<std::size_t>(i) * size, static_cast<std::size_t>(j) * size) ==
                  (j > i ? "" : colour_of(v)));
          }
      }
    }
    CHECK(heads == L * H);
  }
}

TEST_CASE("all heads: what cannot be drawn is refused in a sentence") {
  for (const TerminalColours colours : every) {
    CHECK(has(error_of([&] { terminal_sheet({}, colours, 80); }), "undefined"));
    CHECK(has(error_of([&] {
                terminal_sheet({.maps = ones({1, 2, 3, 3}), .labels = {"a"}}, colours, 80);
              }),
              "2 heads need as many labels, not 1"));
    CHECK(has(error_of([&] { terminal_heatmap({.values = ones({2, 3, 3})}, colours, 80); }), "[R, C]"));
  }
}
