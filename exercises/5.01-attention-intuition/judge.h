#pragma once
// What the checks compare the learner's answers with: a Tiny by plain loops, sentences made for it, counting.
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "exercises/common/array.h"
#include "exercises/common/sentences.h"
#include "exercises/common/tiny.h"
#include "gradus/autograd/modes.h"

namespace gradus::exercises {

/// One row of a Tiny with one head, in double: what it looks at, and its logits for the next word.
struct Row {
  std::vector<double> weights, logits;
};
/// That row may look at words 0 ... row, except for those in `hidden`.
Row row_of(const Tiny& model, const std::vector<std::int64_t>& ids, std::int64_t row,
           const std::vector<std::int64_t>& hidden = {});

/// The place of the largest number, and how far it is ahead of the second.
struct Best {
  std::int64_t place;
  double lead;
};
Best best(const std::vector<double>& values);

/// A model with random weights, and sentences in which cutting the edge to words[i] changes what it says: the answer
/// is one of the two, by chance. No edge but this one does the same in all sentences.
struct Probe {
  Tiny model;
  Sentences sentences;
  std::vector<std::int64_t> words;
  std::vector<double> whole, cut;  ///< 1 where the model names the answer, else 0
  std::vector<double> loss;        ///< of the answer, nothing cut
};
Probe make_probe(std::int64_t count);
/// The sentences at `places` of a probe, as one batch.
Sentences batch_of(const Sentences& sentences, const std::vector<std::int64_t>& places);

/// Query and key.
using Edge = std::pair<std::int64_t, std::int64_t>;
/// The edges that were cut in the runs that `seen` saw, one set for each run.
std::vector<std::set<Edge>> cut_edges(const Capture& seen);

/// The best that somebody can do who knows of sentence i only context(i): for each context, the shares of its answers.
template <class Context> Score best_guess(const Sentences& sentences, const Context& context);

// ----- how it counts

Score count_answers(const std::vector<std::pair<std::vector<std::int64_t>, std::int64_t>>& seen);

template <class Context> Score best_guess(const Sentences& s, const Context& context) {
  std::vector<std::pair<std::vector<std::int64_t>, std::int64_t>> seen;
  for (std::int64_t i = 0; i < s.size(); ++i) {
    const std::vector<std::int64_t> ids = s.ids.select(0, i).to_vector<std::int64_t>();
    const std::int64_t answer = s.answer[static_cast<std::size_t>(i)];
    seen.emplace_back(context(std::vector<std::int64_t>(ids.begin(), ids.begin() + answer)),
                      ids[static_cast<std::size_t>(answer)]);
  }
  return count_answers(seen);
}

}  // namespace gradus::exercises
