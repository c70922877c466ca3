#include "judge.h"

#include <algorithm>
#include <cmath>

#include "exercises/common/heads.h"
#include "exercises/common/oracle.h"
#include "gradus/base/random.h"
#include "gradus/tensor/creation.h"

namespace gradus::exercises {
namespace {

std::int64_t below(std::int64_t n) {
  return static_cast<std::int64_t>(Philox{next_seed(), 0}.below(0, static_cast<std::uint64_t>(n)));
}

}  // namespace

Row row_of(const Tiny& m, const std::vector<std::int64_t>& ids, std::int64_t row,
           const std::vector<std::int64_t>& hidden) {
  const Array tokens(m.tokens.weight), positions(m.positions.table.weight), bias(m.readout.bias);
  const std::int64_t width = m.options.width, seen = row + 1;
  const Array x = generate<3>({1, seen, width}, [&](auto, auto i, auto c) {
    return tokens(ids[static_cast<std::size_t>(i)], c) + (m.options.positions ? positions(i, c) : 0);
  });
  Array mask({seen, seen});
  for (std::int64_t i = 0; i < seen; ++i)
    for (const std::int64_t j : hidden) mask(i, j) = -INFINITY;
  const auto part = [&](std::int64_t n) {  // the layer holds a row for each output
    return heads::project(x, Array(m.attention.qkv.weight.slice(0, n * width, (n + 1) * width).t()));
  };
  const Array q = part(0), k = part(1), v = part(2), mixture = attention(q, k, v, mask);
  const Array y = heads::project(mixture, Array(m.attention.proj.weight.t()));
  const Array logits = heads::project(y, Array(m.readout.weight.t())), looks = weights(q, k, mask);
  Row result{{looks.row(row).begin(), looks.row(row).end()},
             {logits.row(row).begin(), logits.row(row).end()}};
  for (std::size_t i = 0; i < bias.values.size(); ++i) result.logits[i] += bias.values[i];
  return result;
}

Best best(const std::vector<double>& values) {
  std::size_t first = 0;
  for (std::size_t i = 1; i < values.size(); ++i)
    if (values[i] > values[first]) first = i;
  double lead = INFINITY;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (i != first) lead = std::min(lead, values[first] - values[i]);
  return {static_cast<std::int64_t>(first), lead};
}

Probe make_probe(std::int64_t count) {
  constexpr std::int64_t vocab = 11, length = 9;
  Probe probe{Tiny({.vocab = vocab, .length = length, .width = 8}), {}, {}, {}, {}, {}};
  {
    const NoGrad off;
    probe.model.attention.qkv.weight.mul_(3.5);  // scores with a deviation of 2: rows that choose
  }
  std::vector<std::int64_t> all;
  while (static_cast<std::int64_t>(probe.words.size()) < count) {
    std::vector<std::int64_t> ids;
    for (std::int64_t i = 0; i < length; ++i) ids.push_back(below(vocab));
    // The words before and after `word` are words that the row sees, so that a miscounted edge is an edge too.
    const std::int64_t row = 3 + below(length - 4), word = 1 + below(row - 1);
    const std::vector<double> logits = row_of(probe.model, ids, row).logits;
    const Best left_alone = best(logits), cut = best(row_of(probe.model, ids, row, {word}).logits);
    if (left_alone.place == cut.place || left_alone.lead < 0.02 || cut.lead < 0.02) continue;
    const bool is_whole = below(2) == 0;
    const std::int64_t answer = is_whole ? left_alone.place : cut.place;
    ids[static_cast<std::size_t>(row + 1)] = answer;
    all.insert(all.end(), ids.begin(), ids.end());
    probe.words.push_back(word);
    probe.sentences.referent.push_back((word + 1) % (row + 1));
    probe.sentences.distractor.push_back((word + 2) % (row + 1));
    probe.sentences.answer.push_back(row + 1);
    probe.whole.push_back(is_whole);
    probe.cut.push_back(!is_whole);
    probe.loss.push_back(loss_of(logits, answer));
  }
  probe.sentences.ids = tensor(all, {count, length});
  return probe;
}

Sentences batch_of(const Sentences& s, const std::vector<std::int64_t>& places) {
  const std::int64_t n = static_cast<std::int64_t>(places.size()), length = s.length();
  std::vector<std::int64_t> ids;
  Sentences result;
  for (const std::int64_t i : places) {
    const std::size_t at = static_cast<std::size_t>(i);
    const std::vector<std::int64_t> one = s.ids.select(0, i).to_vector<std::int64_t>();
    ids.insert(ids.end(), one.begin(), one.end());
    result.referent.push_back(s.referent[at]);
    result.distractor.push_back(s.distractor[at]);
    result.answer.push_back(s.answer[at]);
  }
  result.ids = tensor(ids, {n, length});
  return result;
}

std::vector<std::set<Edge>> cut_edges(const Capture& seen) {
  std::vector<std::set<Edge>> all;
  for (const Capture::Entry& run : seen.entries()) {
    const Array map(run.weights.select(0, 0).select(0, 0));
    all.emplace_back();
    for (std::int64_t i = 0; i < map.size(0); ++i)
      for (std::int64_t j = 0; j <= i; ++j)
        if (map(i, j) == 0) all.back().insert({i, j});
  }
  return all;
}

Score count_answers(const std::vector<std::pair<std::vector<std::int64_t>, std::int64_t>>& seen) {
  std::map<std::vector<std::int64_t>, std::map<std::int64_t, double>> answers;
  for (const auto& [context, answer] : seen) ++answers[context][answer];
  double right = 0, loss = 0;
  for (const auto& [context, counts] : answers) {
    double all = 0, most = 0;
    for (const auto& [answer, count] : counts) all += count, most = std::max(most, count);
    right += most;
    for (const auto& [answer, count] : counts) loss -= count * std::log(count / all);
  }
  const double n = static_cast<double>(seen.size());
  return {loss / n, right / n};
}

}  // namespace gradus::exercises
