#include "attend/synthetic.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "gradus/base/random.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/join.h"
#include "gradus/tensor/creation.h"
#include "lab/labels.h"
#include "tools/lab/codes.h"
#include "tools/lab/rollout.h"

using namespace gradus;
using namespace gradus::lab;

namespace synthetic {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t back = 5;  // of the stripe

const std::vector<std::string> words = {"the", "cat",   "sat", "on", "the",  "mat", "because", "it",
                                        "was", "tired", ".",   "\n", "then", "a",   "dog",     "ran"};

/// The key that a row looks at, and how much; -1: none.
std::pair<std::int64_t, double> target(Kind kind, std::int64_t q) {
  switch (kind) {
    case Kind::previous: return {q - 1, 0.9};
    case Kind::first: return {0, 0.8};
    case Kind::stripe: return {q - back, 0.7};
    case Kind::current: return {q, 0.85};
    default: return {-1, 0};
  }
}

double mean_at(const std::vector<float>& a, std::int64_t T, auto key) {
  double sum = 0;
  std::int64_t rows = 0;
  for (std::int64_t q = 2; q < T; ++q)
    if (const std::int64_t k = key(q); k >= 0) {
      sum += a[static_cast<std::size_t>(q * T + k)];
      ++rows;
    }
  return rows > 0 ? sum / static_cast<double>(rows) : 0;
}

/// One number for each row of the table; those that these maps say nothing about are small.
std::vector<double> scores_of(const Tensor& map) {
  const std::int64_t T = map.size(0);
  const std::vector<float> a = map.to_vector<float>();
  std::vector<double> scores(score_table().size(), 0.02);
  const auto put = [&](const char* key, double value) { scores[score_row(key)] = value; };
  put("previous", mean_at(a, T, [](auto q) { return q - 1; }));
  put("current", mean_at(a, T, [](auto q) { return q; }));
  put("first", mean_at(a, T, [](auto) { return 0; }));
  put("stripe", mean_at(a, T, [](auto q) { return q - back; }));
  double entropy = 0, largest = 0;
  for (std::int64_t q = 2; q < T; ++q) {
    double row = 0, most = 0;
    for (std::int64_t k = 0; k <= q; ++k) {
      const double p = a[static_cast<std::size_t>(q * T + k)];
      row -= p > 0 ? p * std::log(p) : 0;
      most = std::max(most, p);
    }
    entropy += row / std::log(static_cast<double>(q + 1)) / static_cast<double>(T - 2);
    largest += most / static_cast<double>(T - 2);
  }
  put("broad", entropy);
  put("sharpness", largest);
  return scores;
}

HeadAnalysis head_of(const Size& size, std::int64_t number, const Tensor& map) {
  const Philox random{17, static_cast<std::uint64_t>(number)};
  const std::vector<double> flat = scores_of(synthetic::map(Kind::uniform, size.tokens));
  HeadAnalysis h;
  h.layer = number / size.heads;
  h.head = number % size.heads;
  const std::vector<double> scores = scores_of(map);
  for (std::size_t i = 0; i < scores.size(); ++i)
    h.scores.push_back(
        {{scores[i], scores[i] * 0.97, std::min(1.0, scores[i] * 1.03)}, flat[i], flat[i] * 1.02});
  h.stripe = back;
  h.column = 3;
  h.token_class = "punctuation";
  const double cost = 0.2 * random.uniform(0) - 0.02;
  h.evidence = {{cost, cost - 0.01, cost + 0.01},
                {cost * 1.3, cost * 1.2, cost * 1.4},
                std::abs(cost) / 2,
                {cost, cost - 0.01, cost + 0.01},
                {0.94, 0.91, 0.97},
                words[random.below(1, words.size())]};
  h.cluster = static_cast<std::int64_t>(kind_of(number));
  const double angle = static_cast<double>(h.cluster) * 1.05;
  h.x = std::cos(angle) + 0.2 * random.normal(2);
  h.y = std::sin(angle) + 0.2 * random.normal(3);
  return h;
}

ShownText text_of(const Size& size, std::vector<std::string> tokens, std::uint64_t seed) {
  const auto T = static_cast<std::int64_t>(tokens.size());
  ShownText text;
  std::vector<Tensor> layers;
  for (std::int64_t l = 0; l < size.layers; ++l) {
    std::vector<Tensor> heads;
    for (std::int64_t h = 0; h < size.heads; ++h) {
      const std::int64_t number = l * size.heads + h;
      heads.push_back(map(kind_of(number), T, seed + static_cast<std::uint64_t>(number)));
    }
    layers.push_back(stack(heads, 0));
  }
  text.maps = stack(layers, 0);
  text.rollout = rollout(text.maps);
  const Philox random{seed, 99};
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    text.expected.push_back(words[random.below(2 * t, words.size())]);
    text.probability.push_back(t + 1 < tokens.size() ? random.uniform(2 * t + 1) : nan);
  }
  text.tokens = std::move(tokens);
  return text;
}

Checkpoint checkpoint_of(const Size& size, const Analysis& a, std::int64_t i) {
  const double share =
      static_cast<double>(i) / static_cast<double>(std::max<std::int64_t>(size.checkpoints - 1, 1));
  Checkpoint c;
  c.step = i * i * 10;
  c.loss = 4 - 2.5 * std::sqrt(share);
  for (const HeadAnalysis& h : a.head) {
    c.scores.emplace_back();
    for (const Score& s : h.scores)
      c.scores.back().push_back(s.uniform + share * (s.trained.value - s.uniform));
  }
  const Tensor even = map(Kind::uniform, size.tokens).to(Dtype::float64);
  c.maps = pooled(even + (a.texts[0].maps.to(Dtype::float64) - even) * share, 48);
  return c;
}

/// The last word hangs on "it" (7) looking at "cat" (1), and a little on all else.
EdgeStudy study_of(const Analysis& a) {
  const std::int64_t T = a.length;
  EdgeStudy s;
  s.target = a.texts[0].tokens.back();
  s.probability = 0.83;
  s.cost = zeros({T, T}, Dtype::float64);
  const Philox random{23, 0};
  for (std::int64_t q = 0; q < T; ++q)
    for (std::int64_t k = 0; k <= q; ++k)
      s.cost.data<double>()[q * T + k] =
          q == 7 && k == 1 ? 1.5 : 0.2 * random.uniform(static_cast<std::uint64_t>(q * T + k)) - 0.05;
  s.edges = {{7, 1, 0, std::min<std::int64_t>(1, a.heads - 1), 0.61, 0.4, 0.18, "hungry"},
             {9, 2, 0, 0, 0.3, 0.8, 0.7, "shy"}};
  return s;
}

}  // namespace

Kind kind_of(std::int64_t number) { return static_cast<Kind>((number * 5 + number / 6) % 6); }

Tensor map(Kind kind, std::int64_t T, std::uint64_t seed) {
  std::vector<float> a(static_cast<std::size_t>(T * T));
  const Philox random{seed, 5};
  for (std::int64_t q = 0; q < T; ++q) {
    float* const row = a.data() + q * T;
    const auto keys = static_cast<double>(q + 1);
    const auto [key, weight] = target(kind, q);
    if (kind == Kind::content) {
      double sum = 0;
      for (std::int64_t k = 0; k <= q; ++k) {
        const double w = std::exp(2.5 * random.normal(static_cast<std::uint64_t>(q * T + k)));
        row[k] = static_cast<float>(w);
        sum += w;
      }
      for (std::int64_t k = 0; k <= q; ++k) row[k] = static_cast<float>(row[k] / sum);
    } else if (key < 0 || key > q) {
      for (std::int64_t k = 0; k <= q; ++k) row[k] = static_cast<float>(1 / keys);
    } else {
      for (std::int64_t k = 0; k <= q; ++k)
        row[k] = static_cast<float>(k == key ? (q == 0 ? 1 : weight) : (1 - weight) / (keys - 1));
    }
  }
  return tensor(a, {T, T});
}

Analysis analysis(const Size& size) {
  Analysis a;
  a.model = "synthetic";
  a.source = "runs/synthetic";
  a.command = "gradus attend runs/synthetic --html";
  a.layers = size.layers;
  a.heads = size.heads;
  a.vocab = 64;
  a.parameters = 123456;
  a.windows = 64;
  a.length = size.tokens;
  a.seed = 7;
  a.loss = 1.5;
  a.integrity = {2e-7, 0, 0};
  std::vector<std::string> tokens;
  for (std::int64_t t = 0; t < size.tokens; ++t)
    tokens.push_back(words[static_cast<std::size_t>(t < 16 ? t : (t * t + 3 * t) % 16)]);
  a.texts.push_back(text_of(size, tokens, 1));
  if (size.hostile) a.texts.push_back(text_of(size, hostile_labels, 2));
  for (std::int64_t i = 0; i < size.layers * size.heads; ++i)
    a.head.push_back(head_of(size, i, a.texts[0].maps[i / size.heads][i % size.heads]));
  for (HeadAnalysis& h : a.head) {
    h.labels = labels_of(a, h);
    h.tags = tags_of(a, h);
  }
  a.silhouette = 0.41;
  a.specialise = true;
  a.apart = 0.55;
  a.apart_untrained = 0.02;
  a.apart_a = 0;
  a.apart_b = std::min<std::int64_t>(1, std::ssize(a.head) - 1);
  a.copying_gain = 1.2;
  if (size.tokens >= 10 && size.tokens <= 64) a.studies.push_back(study_of(a));
  for (std::int64_t i = 0; i < size.checkpoints; ++i) a.checkpoints.push_back(checkpoint_of(size, a, i));
  return a;
}

}  // namespace synthetic
