#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "tools/lab/interval.h"
#include "tools/lab/labels.h"
#include "tools/lab/subject.h"

namespace gradus::lab {

// All that is known of a model's attention, as plain data: the analysis makes it, the outputs show it. Losses are in nats
// per token; NaN stands where a number has not been measured or has no meaning.

/// An interval of which nothing is known.
inline constexpr Interval unmeasured = {std::numeric_limits<double>::quiet_NaN(),
                                        std::numeric_limits<double>::quiet_NaN(),
                                        std::numeric_limits<double>::quiet_NaN()};

/// What removing a head shows, and what replacing its pattern by the ideal one of its label does.
struct Evidence {
  Interval mean_ablation =
      unmeasured;  ///< the loss with the head's output replaced by its mean, less the loss
  Interval zero_ablation = unmeasured;  ///< the same with 0
  double gate = std::numeric_limits<
      double>::quiet_NaN();  ///< the mean of |dL / dg| for a gate g = 1 on the head's output
  /// The loss with the head's output replaced by its mean on the texts on which its label is tested, less the loss: the
  /// windows, or repeated random blocks for the labels that are about repetition. NaN: it has no label to test.
  Interval label_cost = unmeasured;
  Interval
      faithfulness;  ///< what of that cost the label's ideal pattern brings back; NaN: the cost is not above 0
  std::string hurts;  ///< the token whose prediction suffers most
};

/// One head. `scores` has a number for each row of score_table().
struct HeadAnalysis {
  std::int64_t layer = 0, head = 0;
  std::vector<Score> scores;
  std::int64_t stripe = 0, column = 0;  ///< the distance and the position of its strongest stripe and column
  std::string token_class;              ///< the class of tokens that it prefers most
  std::vector<std::string> labels;      ///< the first is what it is called
  std::vector<std::string> tags;
  Evidence evidence;
  std::int64_t cluster = 0;
  double x = 0, y = 0;  ///< its place on the map of heads
};

/// A text that the report shows, with what each head does on it.
struct ShownText {
  std::vector<std::string> tokens;    ///< T, their bytes
  Tensor maps;                        ///< [L, H, T, T]
  Tensor rollout;                     ///< [L, T, T]
  std::vector<std::string> expected;  ///< T: the likeliest next token after each
  std::vector<double> probability;    ///< T: of the token that follows; NaN after the last
};

/// A connection between two words, the head that has most of it, and what the prediction of the last word is without.
struct Edge {
  std::int64_t query = 0, key = 0, layer = 0, head = 0;
  double weight = 0;  ///< of that head, from the query at the key
  double cut = 0,
         cut_all = 0;   ///< the probability with it cut in that head, and in every head of every layer
  std::string instead;  ///< the likeliest token when it is cut in every head
};

/// How the last word of a text comes about: what its prediction loses when a connection between two words is cut.
struct EdgeStudy {
  std::int64_t text = 0;   ///< which of the texts
  std::string target;      ///< its last token, predicted in the last row but one
  double probability = 0;  ///< of the target, with nothing cut
  Tensor cost;             ///< [T, T]: by how much -ln p rises when no head of any layer may look from q at k
  std::vector<Edge> edges;  ///< those across the pronoun that cost most, one for each word looked at
};

/// A moment of training.
struct Checkpoint {
  std::int64_t step = 0;
  double loss = 0;
  std::vector<std::vector<double>> scores;  ///< [head][row of score_table()]
  Tensor maps;                              ///< [L, H, S, S] of the first text, pooled to S <= 48 by maximum
};

struct Analysis {
  std::string model, source, command;  ///< its name, its folder and what was typed
  std::int64_t layers = 0, heads = 0, vocab = 0, parameters = 0;
  std::int64_t windows = 0, length = 0;  ///< what the scores are means of: windows of so many tokens
  std::uint64_t seed = 0;
  double loss = 0;  ///< on these windows
  Integrity integrity;
  std::vector<HeadAnalysis> head;  ///< layer by layer

  Tensor divergence;                      ///< [L H, L H], between the heads' maps row by row, in nats
  double silhouette = 0;                  ///< of the clusters; below 0.25: no clear groups
  std::optional<bool> specialise;         ///< heads_differ of the offset profiles and of what each head hurts
  double apart = 0, apart_untrained = 0;  ///< between the profiles of the two heads that are furthest apart
  std::int64_t apart_a = 0, apart_b = 0;  ///< these two
  double copying_gain = std::numeric_limits<
      double>::quiet_NaN();  ///< loss on the first copy of a random block less that on the next ones

  std::vector<ShownText> texts;
  std::vector<EdgeStudy> studies;
  std::vector<Checkpoint> checkpoints;

  const HeadAnalysis& at(std::int64_t layer, std::int64_t index) const {
    return head[static_cast<std::size_t>(layer * heads + index)];
  }
};

}  // namespace gradus::lab
