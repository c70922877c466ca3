#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>

#include "gradus/base/random.h"
#include "judge.h"
#include "parts.h"

namespace gradus::exercises {
namespace {

/// What models that know only how often tokens, or pairs of tokens, occur lose at least: entropies of the very
/// sentences that are predicted, in nats.
struct Entropies {
  double uniform, unigram, bigram;
};

Entropies entropies_of(Corpus corpus, const Tensor& ids) {
  const std::int64_t N = ids.size(0), T = ids.size(1);
  const std::vector<std::int64_t> token = ids.to_vector<std::int64_t>();
  std::map<std::int64_t, double> ones, before;
  std::map<std::pair<std::int64_t, std::int64_t>, double> pairs;
  const double all = static_cast<double>(N * (T - 1));
  for (std::int64_t n = 0; n < N; ++n)
    for (std::int64_t t = 1; t < T; ++t) {
      const auto at = static_cast<std::size_t>(n * T + t);
      ones[token[at]] += 1 / all, before[token[at - 1]] += 1 / all,
          pairs[{token[at - 1], token[at]}] += 1 / all;
    }
  Entropies e{std::log(static_cast<double>(vocabulary(corpus).size())), 0, 0};
  for (const auto& [a, p] : ones) e.unigram -= p * std::log(p);
  for (const auto& [ab, p] : pairs) e.bigram -= p * std::log(p / before[ab.first]);
  return e;
}

/// The learner's model of a corpus, trained once.
const LanguageModel& trained(Corpus corpus, const Trial& t) {
  static std::optional<LanguageModel> models[2];
  std::optional<LanguageModel>& model = models[corpus == Corpus::roles];
  if (!model) {
    manual_seed(t.seed);
    model.emplace(train_model(corpus, t.seed));
  }
  return *model;
}

void expect_trained(Corpus corpus, const Trial& t) {
  const LanguageModel& model = trained(corpus, t);
  if (model.options.layers < 2 || model.options.heads < 2)
    fail_check(
        "too-small",
        fmt::format(
            "Your model has {} layers of {} heads; with fewer than 2 of 2 there is nothing to compare.",
            model.options.layers, model.options.heads));
  const Tensor ids = held_out(corpus).ids;
  const double loss = judge::mean(judge::losses(judge::logits(model, ids), ids)), floor = entropy_of(corpus);
  const Entropies e = entropies_of(corpus, ids);
  const std::string measured =
      fmt::format("Your model loses {:.3f} nats per prediction of the held-out sentences. ", loss);
  const std::pair<double, const char*> marks[] = {
      {e.uniform, "knows nothing, and finds all words equally likely"},
      {e.unigram, "only knows how frequent each word is"},
      {e.bigram, "only knows which word follows which"}};
  for (const auto& [mark, what] : marks)
    if (!(loss < mark))
      fail_check("not-trained", fmt::format("{}A model that {} loses {:.3f}.", measured, what, mark));
  if (!(loss <= floor + judge::room_to_learn))
    fail_check(
        "not-trained-enough",
        fmt::format(
            "{}The text's own entropy is {:.3f}, and {} more is allowed. Is there enough training, and a "
            "path from every word to those that decide about it?",
            measured, floor, judge::room_to_learn));
  const double said = held_out_loss(model, ids);
  if (!(std::abs(said - loss) <= 1e-3))
    fail_check("held-out-loss", fmt::format("{}Your held_out_loss says {}.", measured, show(said)));
}

}  // namespace

void trained_on_sounds(Trial& t) { expect_trained(Corpus::sounds, t); }
void trained_on_roles(Trial& t) { expect_trained(Corpus::roles, t); }

void trained_heads(Trial& t) {
  const LanguageModel& model = trained(Corpus::roles, t);
  const Sentences sentences = held_out(Corpus::roles);
  judge::expect_extraction(model, sentences.ids);
  judge::expect_analysis(model, sentences);
}

void conclusion(Trial& t) {
  for (const Corpus corpus : {Corpus::roles, Corpus::sounds}) {
    const LanguageModel& model = trained(corpus, t);
    const Tensor ids = held_out(corpus).ids.slice(0, 0, 56);
    const Array apart = judge::expect_divergences(model, ids);
    Array lost = judge::damage(model, ids);
    lost.shape = {apart.size(0), lost.size(2)};
    const Tensor maps = extract(model, ids), mine = damage(model, ids);
    const bool said = heads_differ(divergences(maps), mine.reshape({apart.size(0), lost.size(1)}));
    double largest = 0;
    for (const double x : apart.values) largest = std::max(largest, x);
    if (said != judge::heads_differ(apart, lost) && std::abs(largest - lab::least_divergence) > 1e-4)
      fail_check(
          "conclusion",
          fmt::format(
              "The two heads that differ most are {} apart. By the rule your answer \"{}\" is not what these "
              "numbers say.",
              show(largest), said ? "they differ" : "they do not differ"));
  }
}

}  // namespace gradus::exercises
