#include "tools/lab/evidence.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "gradus/autograd/modes.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "tools/lab/ablation.h"
#include "tools/lab/metrics.h"
#include "tools/lab/specialise.h"

namespace gradus::lab {
namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// Of how many predictions of a token the mean is more than luck.
constexpr std::int64_t least_predictions = 8;

/// Numbers about predictions, by the token that is predicted.
class ByToken {
 public:
  std::int64_t count(std::int64_t token) const {
    const auto at = sums_.find(token);
    return at == sums_.end() ? 0 : at->second.count;
  }
  double mean(std::int64_t head, std::int64_t token) const {
    const Sums& s = sums_.at(token);
    return s.of[static_cast<std::size_t>(head)] / static_cast<double>(s.count);
  }
  /// The token whose mean is largest, of those that are predicted often enough; -1: none is.
  std::int64_t worst(std::int64_t head) const {
    std::int64_t result = -1;
    for (const auto& [token, s] : sums_)
      if (s.count >= least_predictions && (result < 0 || mean(head, token) > mean(head, result)))
        result = token;
    return result;
  }

 private:
  friend ByToken by_target(const Tensor& x, const Tensor& windows);
  struct Sums {
    std::int64_t count = 0;
    std::vector<double> of;
  };
  std::map<std::int64_t, Sums> sums_;
};

/// x [heads, N, T - 1], about the predictions of windows [N, T].
ByToken by_target(const Tensor& x, const Tensor& windows) {
  const std::vector<std::int64_t> targets =
      windows.slice(1, 1, windows.size(1)).contiguous().to_vector<std::int64_t>();
  const auto heads = static_cast<std::size_t>(x.size(0));
  const std::vector<float> values = x.contiguous().to_vector<float>();
  ByToken result;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    ByToken::Sums& sums = result.sums_[targets[i]];
    sums.of.resize(heads);
    ++sums.count;
    for (std::size_t h = 0; h < heads; ++h) sums.of[h] += static_cast<double>(values[h * targets.size() + i]);
  }
  return result;
}

Interval only(const Tensor& samples) { return mean_interval(samples).front(); }

}  // namespace

void add_evidence(Analysis& a, const Material& m, const Measures& measures) {
  const std::int64_t heads = a.layers * a.heads, N = m.windows.size(0), P = m.windows.size(1) - 1;
  const Tensor outputs = mean_outputs(m.subject, m.reference);  // [L, H, D]
  const Tensor whole = losses(m.subject, m.windows);            // [N, P]
  const auto rise = [&](const Tensor& instead) {                // [L H, N, P]
    return losses_without(m.subject, measures.layers, instead, m.windows).reshape({heads, N, P}) - whole;
  };
  const Tensor by_mean = rise(outputs);
  const auto intervals = [](const Tensor& x) {
    return mean_interval(x.mean({2}).transpose(0, 1));
  };  // [N, L H]
  const std::vector<Interval> mean = intervals(by_mean), zero = intervals(rise(zeros_like(outputs)));
  const Tensor gates = gate_gradients(m.subject, measures.layers, a.heads, m.windows).mean({0}).flatten();
  // What suffers most is the largest of many, so half of the windows choose it and the other half say how much it is.
  const auto half = [&](std::int64_t first, std::int64_t last) {
    return by_target(by_mean.slice(1, first, last), m.windows.slice(0, first, last));
  };
  const ByToken chosen = half(0, N / 2), said = half(N / 2, N);
  const Tensor damage = zeros({heads, a.vocab}, Dtype::float64);
  for (std::int64_t h = 0; h < heads; ++h) {
    const auto i = static_cast<std::size_t>(h);
    Evidence& e = a.head[i].evidence;
    e.mean_ablation = mean[i], e.zero_ablation = zero[i], e.gate = gates[h].item();
    const std::int64_t worst = chosen.worst(h);
    if (worst < 0 || said.count(worst) < least_predictions) continue;
    const double harm = said.mean(h, worst);
    damage.data<double>()[h * a.vocab + worst] = harm;
    if (harm >= least_damage) e.hurts = m.vocabulary[static_cast<std::size_t>(worst)];
  }
  if (heads >= 2) a.specialise = heads_differ(pairwise_divergence(measures.profile.flatten(0, 1)), damage);
}

namespace {

/// The pattern that a label promises: [T, T], or [N, T, T] where it depends on the tokens. Rows that it says nothing about
/// spread evenly, those of heads that wait for a repetition rest on the first token.
Tensor ideal_pattern(const std::string& key, const HeadAnalysis& head, std::int64_t T,
                     const Repeats* repeats) {
  const Tensor pattern = zeros({T, T});
  float* const a = pattern.data<float>();
  const auto spread = [&](std::int64_t q, std::int64_t first, std::int64_t last) {
    for (std::int64_t k = first; k <= last; ++k) a[q * T + k] = 1 / static_cast<float>(last - first + 1);
  };
  const auto at = [&](std::int64_t q, std::int64_t k) {
    if (k < 0 || k > q) return spread(q, 0, q);
    a[q * T + k] = 1;
  };
  for (std::int64_t q = 0; q < T; ++q) {
    if (key == "previous") at(q, q - 1);
    if (key == "current") at(q, q);
    if (key == "first") at(q, 0);
    if (key == "stripe") at(q, q - head.stripe);
    if (key == "column") at(q, head.column);
    if (key == "local") spread(q, std::max<std::int64_t>(0, q - 7), q);
    if (key == "broad") spread(q, 0, q);
    if (key == "induction" || key == "duplicate") {
      const bool again = q >= repeats->start + repeats->block;
      at(q, again ? q - repeats->block + (key == "induction" ? 1 : 0) : 0);
    }
  }
  return pattern;
}

/// The same for a class of tokens, whose places differ from text to text.   ids [N, T] -> [N, T, T]
Tensor class_pattern(const TokenClass& of, const Tensor& ids) {
  const std::int64_t N = ids.size(0), T = ids.size(1);
  const Tensor pattern = zeros({N, T, T});
  for (std::int64_t n = 0; n < N; ++n) {
    const std::vector<bool> is_member = members(of, ids[n].to_vector<std::int64_t>());
    std::vector<std::int64_t> seen;
    for (std::int64_t q = 0; q < T; ++q) {
      float* const row = pattern.data<float>() + (n * T + q) * T;
      if (is_member[static_cast<std::size_t>(q)]) seen.push_back(q);
      for (const std::int64_t k : seen) row[k] = 1 / static_cast<float>(seen.size());
      for (std::int64_t k = 0; seen.empty() && k <= q; ++k) row[k] = 1 / static_cast<float>(q + 1);
    }
  }
  return pattern;
}

}  // namespace

void add_faithfulness(Analysis& a, const Material& m, const Measures& measures,
                      const std::vector<RepeatMeasures>& repeats, const std::vector<TokenClass>& classes) {
  const Tensor natural = mean_outputs(m.subject, m.reference);
  for (HeadAnalysis& head : a.head) {
    std::string key;
    for (const ScoreInfo& info : score_table())
      if (info.label && head.labels.front() == info.label) key = info.key;
    if (key.empty()) continue;
    const bool repeated = key == "induction" || key == "duplicate";
    if (repeated && repeats.empty()) continue;
    const Repeats* where = repeated ? &repeats.back().repeats : nullptr;
    const Tensor ids = repeated ? where->ids : m.windows;
    // The mean that takes its place comes from other texts than those on which it is measured.
    const Tensor other = !repeated ? Tensor()
                                   : repeated_blocks(m.subject.vocab, where->block, where->copies,
                                                     ids.size(0), m.seed + 1, m.start)
                                         .ids;
    const std::string& layer = measures.layers[static_cast<std::size_t>(head.layer)];
    const Tensor whole = losses(m.subject, ids).mean({1});  // [N]
    const auto of_class = std::find_if(classes.begin(), classes.end(),
                                       [&](const TokenClass& c) { return c.name == head.token_class; });
    const Tensor pattern =
        key == "class" ? class_pattern(*of_class, ids) : ideal_pattern(key, head, ids.size(1), where);
    const Tensor ideal = losses_with_pattern(m.subject, layer, head.head, pattern, ids).mean({1});
    const Tensor output = (repeated ? mean_outputs(m.subject, other) : natural)[head.layer][head.head];
    const Intervene removed({replace_output(layer, head.head, output.reshape({1, 1, output.size(0)}))});
    const Tensor without = losses(m.subject, ids).mean({1});
    head.evidence.label_cost = only(without - whole);
    if (!(head.evidence.label_cost.low > 0)) continue;  // it contributes nothing that could come back
    const Interval lost = ratio_interval(ideal - whole, without - whole).front();
    head.evidence.faithfulness = {1 - lost.value, 1 - lost.high, 1 - lost.low};
  }
}

// ----- where the last word of a text comes from

namespace {

/// The probabilities of what follows the last row but one, with some connections cut.
std::vector<double> last_prediction(const Material& m, const Tensor& ids,
                                    const std::vector<Intervention>& cuts) {
  const NoGrad no_tape;
  const Eval no_dropout;
  const Intervene change(cuts);
  return softmax(m.subject.logits(ids)[0][ids.size(1) - 2].to(Dtype::float64), -1).to_vector<double>();
}

bool is_pronoun(const std::string& token) {
  for (const char* word : {"it", "he", "she", "they", "him", "her", "them", "It", "He", "She", "They"})
    if (token == word) return true;
  return false;
}

}  // namespace

std::vector<EdgeStudy> edge_studies(const Material& m, const Analysis& a,
                                    const std::vector<std::string>& layers) {
  std::vector<EdgeStudy> studies;
  for (std::size_t t = 0; t < m.texts.size(); ++t) {
    const std::vector<std::int64_t>& tokens = m.texts[t];
    const std::int64_t T = std::ssize(tokens);
    if (T < 4 || T > 64) continue;
    const Tensor ids = tensor(tokens, {1, T});
    const auto target = static_cast<std::size_t>(tokens.back());
    const auto cut_everywhere = [&](std::int64_t query, std::int64_t key) {
      std::vector<Intervention> cuts;
      for (const std::string& layer : layers) cuts.push_back(cut_edge(layer, -1, query, key));
      return last_prediction(m, ids, cuts);
    };
    EdgeStudy s;
    s.text = static_cast<std::int64_t>(t);
    s.target = m.vocabulary[target];
    s.probability = last_prediction(m, ids, {})[target];
    s.cost = zeros({T, T}, Dtype::float64);
    for (std::int64_t q = 1; q < T - 1; ++q)
      for (std::int64_t k = 0; k <= q; ++k)
        s.cost.data<double>()[q * T + k] = std::log(s.probability) - std::log(cut_everywhere(q, k)[target]);

    // What is known of the referent has to cross the pronoun: from a word before it to it or to a word after it. A text
    // without one has its costliest connections over two places or more.
    std::int64_t pronoun = -1;
    for (std::int64_t i = 1; i < T - 1; ++i)
      if (is_pronoun(m.vocabulary[static_cast<std::size_t>(tokens[static_cast<std::size_t>(i)])]))
        pronoun = i;
    const auto cost = [&](const Edge& e) { return s.cost.data<double>()[e.query * T + e.key]; };
    for (std::int64_t k = 0; k < T - 2; ++k) {
      Edge best;
      best.query = -1, best.key = k;
      for (std::int64_t q = std::max<std::int64_t>(k + 1, 2); q < T - 1; ++q) {
        Edge e;
        e.query = q, e.key = k;
        const bool counts = pronoun >= 0 ? k < pronoun && q >= pronoun : q - k >= 2;
        if (counts && (best.query < 0 || cost(e) > cost(best))) best = e;
      }
      if (best.query >= 0) s.edges.push_back(best);
    }
    std::stable_sort(s.edges.begin(), s.edges.end(),
                     [&](const Edge& x, const Edge& y) { return cost(x) > cost(y); });
    if (s.edges.size() > 3) s.edges.resize(3);
    for (Edge& e : s.edges) {
      for (std::int64_t l = 0; l < a.layers; ++l)
        for (std::int64_t h = 0; h < a.heads; ++h)
          if (const double weight = a.texts[t].maps[l][h][e.query][e.key].item(); weight > e.weight)
            e.weight = weight, e.layer = l, e.head = h;
      e.cut = last_prediction(
          m, ids, {cut_edge(layers[static_cast<std::size_t>(e.layer)], e.head, e.query, e.key)})[target];
      const std::vector<double> cut = cut_everywhere(e.query, e.key);
      e.cut_all = cut[target];
      e.instead =
          m.vocabulary[static_cast<std::size_t>(std::max_element(cut.begin(), cut.end()) - cut.begin())];
    }
    studies.push_back(std::move(s));
  }
  return studies;
}

}  // namespace gradus::lab
