#include "picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include "exercise.h"
#include "exercises/common/checks.h"
#include "exercises/common/oracle.h"

namespace gradus::exercises {
namespace {

using Lines = std::vector<std::string>;

Lines lines_of(const std::string& text) {
  Lines lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

/// How many characters: bytes that do not continue one, in UTF-8. Tokens of the checks have no wide letters.
std::int64_t width(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(' ');
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

bool is_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 128; });
}

/// Does line i hold its label, padded, and i + 1 keys, so that a map of a causal model lost what is masked?
bool keys_cut_off(const Lines& lines, const Lines& tokens, std::int64_t widest) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string label =
        tokens[i] + std::string(static_cast<std::size_t>(widest - width(tokens[i])), ' ');
    if (!lines[i].starts_with(label + ' ')) return false;
    if (width(lines[i]) != widest + 1 + 2 * static_cast<std::int64_t>(i + 1)) return false;
  }
  return lines.size() > 1;
}

void expect_lines(const Lines& lines, const Lines& tokens) {
  const std::int64_t n = std::ssize(tokens);
  if (std::ssize(lines) != n)
    fail_check("lines",
               fmt::format("The heatmap of {} tokens has {} lines: one for each query, and no others.", n,
                           lines.size()));
  std::int64_t widest = 0;
  for (const std::string& token : tokens) widest = std::max(widest, width(token));
  const std::int64_t wanted = widest + 1 + 2 * n;
  if (keys_cut_off(lines, tokens, widest))
    fail_check("masked-left-out",
               fmt::format("Line 0 draws 1 key, line 1 draws 2, and so on: a masked key is drawn too, as two "
                           "blanks, so that every line draws {}.\n'{}'\n'{}'",
                           n, lines[0], lines[1]));
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (width(lines[i]) != width(lines[0]))
      fail_check(
          "uneven-lines",
          fmt::format("Lines of {} and of {} columns: shades of one key do not stand below each other.\n"
                      "'{}'\n'{}'\nPad each label to the columns of the widest.{}",
                      width(lines[0]), width(lines[i]), lines[0], lines[i],
                      is_ascii(tokens[0]) && is_ascii(tokens[i])
                          ? ""
                          : " lab::columns counts them: an é is two bytes and one column."));
  if (width(lines[0]) != wanted)
    fail_check("width",
               fmt::format("Lines are {} columns wide; {} for the label, a blank, and 2 for each of {} keys "
                           "are {}.",
                           width(lines[0]), widest, n, wanted));
}

void expect_labels(const Lines& lines, const Lines& tokens) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string label = trimmed(lines[i].substr(0, lines[i].size() - 2 * tokens.size()));
    if (label != tokens[i])
      fail_check("labels",
                 fmt::format("Line {} is labelled '{}'; the query there is '{}'.", i, label, tokens[i]));
  }
}

/// The shade of each cell as a number, 0 ... 9.
Array levels_of(const Lines& lines, const Lines& tokens, const Array& weights) {
  const std::size_t n = tokens.size();
  Array levels({std::ssize(tokens), std::ssize(tokens)});
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t start = lines[i].size() - 2 * n;
    for (std::size_t j = 0; j < n; ++j) {
      const char left = lines[i][start + 2 * j], right = lines[i][start + 2 * j + 1];
      const std::size_t level = shades.find(left);
      const double weight = weights(static_cast<std::int64_t>(i), static_cast<std::int64_t>(j));
      if (left == right && level == std::string_view::npos && weight >= 1)
        fail_check(
            "no-shade-for-one",
            fmt::format("Key {} of line {} has a weight of 1, and what is drawn is no shade: 10 * 1 is "
                        "10, and the last shade is number {}.",
                        j, i, shades.size() - 1));
      if (left != right || level == std::string_view::npos)
        fail_check("cells", fmt::format("In line {}, key {} is drawn as '{}{}': one of the {} shades, twice.",
                                        i, j, lab::printable(std::string(1, left)),
                                        lab::printable(std::string(1, right)), shades.size()));
      levels(static_cast<std::int64_t>(i), static_cast<std::int64_t>(j)) = static_cast<double>(level);
    }
  }
  return levels;
}

/// How weights become shades. The first value of each is the right one.
struct Shading {
  enum class Scale { fixed, row, column, map } scale = Scale::fixed;
  enum class Step { down, nearest, nine, nine_down } step = Step::down;
  bool transposed = false, inverted = false;

  int mistakes() const { return (scale != Scale::fixed) + (step != Step::down) + transposed + inverted; }
};

Array shaded(const Array& weights, const Shading& how) {
  const std::int64_t n = weights.size(0);
  Array levels({n, n});
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      double full = 0;
      for (std::int64_t a = 0; a < n; ++a)
        for (std::int64_t b = 0; b < n; ++b)
          if (how.scale == Shading::Scale::map || (how.scale == Shading::Scale::row && a == i) ||
              (how.scale == Shading::Scale::column && b == j))
            full = std::max(full, weights(a, b));
      if (how.scale == Shading::Scale::fixed) full = 1;
      const double w = full > 0 ? weights(i, j) / full : 0;
      double level = std::floor(10 * w + 1e-9);
      if (how.step == Shading::Step::nearest) level = std::round(10 * w);
      if (how.step == Shading::Step::nine) level = std::round(9 * w);
      if (how.step == Shading::Step::nine_down) level = std::floor(9 * w + 1e-9);
      level = std::min(level, 9.0);
      (how.transposed ? levels(j, i) : levels(i, j)) = how.inverted ? 9 - level : level;
    }
  return levels;
}

Cause cause_of(const Shading& how) {
  if (how.scale != Shading::Scale::fixed)
    return {
        "rescaled",
        fmt::format("each {} had a scale of its own, its largest weight the darkest. Then a row that spreads "
                    "over all keys looks as sharp as one on a single key, and maps cannot be compared",
                    how.scale == Shading::Scale::row      ? "row"
                    : how.scale == Shading::Scale::column ? "column"
                                                          : "map")};
  if (how.inverted) return {"inverted", "light and dark were exchanged: more weight is darker"};
  if (how.transposed) return {"transposed", "keys went down and queries across: row = query, column = key"};
  if (how.step == Shading::Step::nine_down)
    return {
        "nine-shades",
        "a weight was multiplied by 9 and cut: then the last shade is left for a weight of 1 alone. There "
        "are ten shades, and shades[k] begins at k / 10"};
  return {"rounding",
          "weights were rounded to the nearest shade: shades[k] begins at k / 10, so that all ten cover "
          "equally much"};
}

/// The shading with the fewest mistakes that draws what was drawn.
std::optional<Cause> explain_shades(const Array& levels, const Array& weights) {
  using enum Shading::Scale;
  using enum Shading::Step;
  for (int mistakes = 1; mistakes <= 3; ++mistakes)
    for (const auto scale : {fixed, row, column, map})
      for (const auto step : {down, nearest, nine, nine_down})
        for (const bool transposed : {false, true})
          for (const bool inverted : {false, true}) {
            const Shading how{scale, step, transposed, inverted};
            if (how.mistakes() == mistakes && distance(levels, shaded(weights, how)) <= 1e-9)
              return cause_of(how);
          }
  return {};
}

}  // namespace

void expect_form(const std::string& text, const std::vector<std::string>& tokens) {
  const Lines lines = lines_of(text);
  expect_lines(lines, tokens);
  expect_labels(lines, tokens);
}

void expect_heatmap(const std::string& text, const Array& weights, const std::vector<std::string>& tokens) {
  const Lines lines = lines_of(text);
  expect_lines(lines, tokens);
  expect_labels(lines, tokens);
  const Array levels = levels_of(lines, tokens, weights), right = shaded(weights, {});
  if (distance(levels, right) <= 1e-9) return;
  if (const auto cause = explain_shades(levels, weights))
    fail_check(cause->name, "Your heatmap looks as if " + cause->sentence + ".");
  const std::int64_t n = weights.size(0);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      if (levels(i, j) != right(i, j))
        fail_unexplained(fmt::format("Query {} gives key {} a weight of {}, drawn as '{}', expected '{}'.", i,
                                     j, show(weights(i, j)), shades[static_cast<std::size_t>(levels(i, j))],
                                     shades[static_cast<std::size_t>(right(i, j))]));
}

bool between_shades(const Array& weights) {
  return std::any_of(weights.values.begin(), weights.values.end(), [](double w) {
    const double edge = std::round(10 * w);
    return edge > 0 && edge < 10 && std::abs(10 * w - edge) < 0.02;
  });
}

}  // namespace gradus::exercises
