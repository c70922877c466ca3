#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/lab/interval.h"

namespace gradus::lab {

/// A number about a head, beside what it would be by chance.
struct Score {
  Interval trained;
  double uniform = 0;  ///< of a head that spreads evenly over what it may see; NaN: no such value
  double untrained =
      0;  ///< of the same head in a model of the same shape that has learned nothing; NaN: not measured
};

/// A row of the table of scores: what is measured, and from where on it gives a head its name.
struct ScoreInfo {
  const char* key;         ///< in JSON: "previous"
  const char* name;        ///< "previous token"
  const char* definition;  ///< "mean of A[q, q - 1]"
  const char* label;       ///< "previous-token head"; null: never a name
  double threshold =
      0;  ///< the score from which on it is one, if the interval's low end reaches 0.8 of it as well
  const char* glyph = "";  ///< stands for the label wherever colour must not alone
};
/// All scores; those that name heads come first, in the order in which a head gets its name.
const std::vector<ScoreInfo>& score_table();
/// The row of a key; error for a key that the table has not.
std::size_t score_row(std::string_view key);
/// The glyph of a label; that of "mixed" for one that the table has not.
const char* glyph_of(std::string_view label);

/// The name of a head that fits no row.
inline constexpr const char* mixed = "mixed head";

struct Analysis;
struct HeadAnalysis;
/// The labels that a head's scores earn, the first being what it is called: the score and the low end of its interval
/// reach what the table asks, the head is clearly above chance and above its untrained twin, and its controls hold.
/// With fewer than 16 tokens or 8 windows there is too little data for any.
std::vector<std::string> labels_of(const Analysis& analysis, const HeadAnalysis& head);
/// How it does it (sharp, positional, content) and what it is worth (important, dispensable, harmful, resting).
std::vector<std::string> tags_of(const Analysis& analysis, const HeadAnalysis& head);

}  // namespace gradus::lab
