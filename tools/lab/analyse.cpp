#include "tools/lab/analyse.h"

#include <algorithm>
#include <limits>
#include <map>

#include "gradus/autograd/modes.h"
#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "tools/lab/codes.h"
#include "tools/lab/evidence.h"
#include "tools/lab/measures.h"
#include "tools/lab/metrics.h"
#include "tools/lab/patterns.h"
#include "tools/lab/rollout.h"
#include "tools/lab/similarity.h"

namespace gradus::lab {
namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// The interval of x [N, ...] at one head.
Interval at(const Tensor& x, std::int64_t layer, std::int64_t head) {
  return mean_interval(x.select(1, layer).select(1, head)).front();
}
double mean_at(const Tensor& x, std::int64_t layer, std::int64_t head) {
  return x.select(1, layer).select(1, head).mean().item();
}

/// Which tokens windows are made of most: those that are at least one in fifty, the 16 most frequent.
std::vector<std::int64_t> common_tokens(const Tensor& windows) {
  std::map<std::int64_t, std::int64_t> counts;
  for (const std::int64_t id : windows.contiguous().to_vector<std::int64_t>()) ++counts[id];
  std::vector<std::int64_t> ids;
  for (const auto& [id, count] : counts)
    if (50 * count >= windows.numel()) ids.push_back(id);
  std::stable_sort(ids.begin(), ids.end(),
                   [&](std::int64_t a, std::int64_t b) { return counts[a] > counts[b]; });
  if (ids.size() > 16) ids.resize(16);
  return ids;
}

/// Everything that is measured of one model.
struct Reading {
  Measures natural;
  std::vector<RepeatMeasures> repeats;
};

/// Of several block lengths the one at which the head scores least: what depends on one distance scores at one of them.
const RepeatMeasures& weakest(const std::vector<RepeatMeasures>& repeats, Tensor RepeatMeasures::*score,
                              std::int64_t l, std::int64_t h) {
  return *std::min_element(repeats.begin(), repeats.end(),
                           [&](const RepeatMeasures& a, const RepeatMeasures& b) {
                             return mean_at(a.*score, l, h) < mean_at(b.*score, l, h);
                           });
}

/// What an even spread over the visible keys scores; NaN where it has no meaning.
double uniform(const std::string& key, const HeadAnalysis& head, std::int64_t T) {
  if (key == "previous" || key == "current" || key == "first" || key == "sharpness")
    return uniform_causal_score(T);
  if (key == "stripe") return uniform_offset_score(T, head.stripe);
  if (key == "column") return uniform_column_score(T, head.column);
  if (key == "local" && T > 16) return uniform_local_mass(T);
  if (key == "far" && T > 8) return uniform_far_mass(T);
  if (key == "argmax") return 0;
  if (key == "broad" || key == "distance" || key == "class_lift") return 1;
  return unknown;
}

/// Which of the many stripes, columns and classes of tokens are a head's strongest.
struct Choice {
  std::int64_t stripe = 2, column = 1, token_class = 0;
};
Choice strongest(const Measures& m, std::int64_t l, std::int64_t h, std::int64_t T) {
  const auto best = [&](const Tensor& x, std::int64_t first, std::int64_t last) {  // x [N, L, H, K]
    const Tensor mean = x.select(1, l).select(1, h).mean({0}).slice(0, first, last);
    return first + argmax(mean).item<std::int64_t>();
  };
  Choice c;
  c.stripe = best(m.offsets, 2, m.offsets.size(3));
  c.column = best(m.columns, 1, std::max<std::int64_t>(2, T / 2));  // later ones are means of few rows
  // Of the classes the one with the largest lift, first of all among those that get enough weight to matter.
  const Tensor mass = m.classes.select(1, l).select(1, h).mean({0}), share = m.class_share.mean({0});  // [C]
  double most = -1;
  for (std::int64_t i = 0; i < mass.size(0); ++i) {
    const double lift = mass[i].item() / share[i].item() * (mass[i].item() >= 0.3 ? 1 : 1e-3);
    if (lift > most) most = lift, c.token_class = i;
  }
  return c;
}

/// The scores of a head from the model and its twin, in which its own strongest stripe, column and class are what chance makes
/// of so many.
void score_head(HeadAnalysis& head, const Choice& choice, const Reading& model, const Reading* twin,
                const std::vector<TokenClass>& classes, std::int64_t T) {
  const std::int64_t l = head.layer, h = head.head;
  const Choice by_chance = twin ? strongest(twin->natural, l, h, T) : Choice{};
  head.scores.assign(score_table().size(), {{unknown, unknown, unknown}, unknown, unknown});
  head.stripe = choice.stripe, head.column = choice.column;
  const auto put = [&](const char* key, const Interval& trained, double even, double untrained) {
    head.scores[score_row(key)] = {trained, even, untrained};
  };
  for (const auto& [key, x] : model.natural.scores)
    put(key.c_str(), at(x, l, h), uniform(key, head, T),
        twin ? mean_at(twin->natural.scores.at(key), l, h) : unknown);

  const auto put_choice = [&](const char* key, Tensor Measures::*field, std::int64_t here,
                              std::int64_t there) {
    put(key, at((model.natural.*field).select(3, here), l, h), uniform(key, head, T),
        twin ? mean_at((twin->natural.*field).select(3, there), l, h) : unknown);
  };
  put_choice("stripe", &Measures::offsets, choice.stripe, by_chance.stripe);
  put_choice("column", &Measures::columns, choice.column, by_chance.column);
  if (!classes.empty()) {
    head.token_class = classes[static_cast<std::size_t>(choice.token_class)].name;
    put_choice("class", &Measures::classes, choice.token_class, by_chance.token_class);
    const Tensor share = model.natural.class_share.select(1, choice.token_class);  // [N]
    head.scores[score_row("class")].uniform = share.mean().item();
    put("class_lift",
        ratio_interval(model.natural.classes.select(3, choice.token_class).select(1, l).select(1, h), share)
            .front(),
        1, unknown);
  }

  if (model.repeats.empty()) return;
  const auto repeated = [&](const char* key, Tensor RepeatMeasures::*score, Tensor RepeatMeasures::*by) {
    const RepeatMeasures& r = weakest(model.repeats, by, l, h);
    const auto which = static_cast<std::size_t>(&r - model.repeats.data());
    put(key, at(r.*score, l, h), uniform_repeat_score(r.repeats),
        twin ? mean_at(twin->repeats[which].*score, l, h) : unknown);
  };
  repeated("induction", &RepeatMeasures::induction, &RepeatMeasures::induction);
  repeated("induction_control", &RepeatMeasures::control, &RepeatMeasures::induction);
  repeated("duplicate", &RepeatMeasures::duplicate, &RepeatMeasures::duplicate);
}

/// How far apart the profiles of the two most different heads are, and which these are.
double furthest(const Tensor& profiles, std::int64_t* a, std::int64_t* b) {  // [L, H, T]
  const Tensor apart = pairwise_divergence(profiles.flatten(0, 1));
  const std::int64_t pair = argmax(apart.flatten()).item<std::int64_t>(), n = apart.size(0);
  *a = pair / n, *b = pair % n;
  return apart.flatten()[pair].item();
}

/// The heads at a moment of training, on fewer windows: enough to see them come about. Stripes, columns and classes are those
/// that each head ends with.
Checkpoint checkpoint(const Material& m, const Moment& moment, const std::vector<TokenClass>& classes,
                      const std::vector<Choice>& choices) {
  constexpr std::int64_t windows = 8, side = 48;
  const Subject then = moment.model();
  const Tensor ids = m.windows.slice(0, 0, std::min(windows, m.windows.size(0)));
  const Reading reading{measure(then, ids, classes), measure_repeats(then, m.start, m.seed)};
  Checkpoint c{moment.step, reading.natural.loss, {}, {}};
  for (std::int64_t l = 0; l < reading.natural.profile.size(0); ++l)
    for (std::int64_t h = 0; h < reading.natural.profile.size(1); ++h) {
      HeadAnalysis head;
      head.layer = l, head.head = h;
      score_head(head, choices[c.scores.size()], reading, nullptr, classes, ids.size(1));
      std::vector<double> values;
      for (const Score& s : head.scores) values.push_back(s.trained.value);
      c.scores.push_back(std::move(values));
    }
  if (!m.texts.empty()) {
    const std::vector<std::int64_t>& text = m.texts.front();
    c.maps = pooled(extract(then, tensor(text, {1, std::ssize(text)})).maps[0], side);
  }
  return c;
}

}  // namespace

ShownText shown(const Material& m, const std::vector<std::int64_t>& ids) {
  const Extraction seen = extract(m.subject, tensor(ids, {1, std::ssize(ids)}));
  ShownText text;
  for (const std::int64_t id : ids) text.tokens.push_back(m.vocabulary[static_cast<std::size_t>(id)]);
  text.maps = seen.maps[0].contiguous();
  text.rollout = rollout(text.maps);
  const Tensor chances = softmax(seen.logits[0].to(Dtype::float64), -1);  // [T, V]
  for (std::size_t t = 0; t < ids.size(); ++t) {
    const Tensor row = chances[static_cast<std::int64_t>(t)];
    text.expected.push_back(m.vocabulary[static_cast<std::size_t>(argmax(row).item<std::int64_t>())]);
    text.probability.push_back(t + 1 < ids.size() ? row[ids[t + 1]].item() : unknown);
  }
  return text;
}

Analysis analyse(const Material& m, const std::function<void(const std::string&)>& tell) {
  const auto say = [&](const char* what) {
    if (tell) tell(what);
  };
  const std::int64_t T = m.windows.size(1);
  if (T < 4) fail("an analysis needs windows of at least 4 tokens");
  const std::vector<TokenClass> classes = token_classes(m.vocabulary, common_tokens(m.windows));
  const auto read = [&](const Subject& subject) {
    return Reading{measure(subject, m.windows, classes), measure_repeats(subject, m.start, m.seed)};
  };
  say("reading what heads look at");
  const Reading model = read(m.subject);
  std::optional<Reading> twin;
  if (m.untrained) {
    say("reading an untrained model");
    twin = read(*m.untrained);
  }

  Analysis a;
  a.model = m.subject.name, a.seed = m.seed, a.vocab = m.subject.vocab;
  a.layers = model.natural.profile.size(0), a.heads = model.natural.profile.size(1);
  a.windows = m.windows.size(0), a.length = T;
  a.loss = model.natural.loss, a.integrity = model.natural.integrity;
  for (const RepeatMeasures& r : model.repeats) a.copying_gain = r.gain.mean().item();
  std::vector<Choice> choices;
  for (std::int64_t l = 0; l < a.layers; ++l)
    for (std::int64_t h = 0; h < a.heads; ++h) {
      HeadAnalysis head;
      head.layer = l, head.head = h;
      choices.push_back(strongest(model.natural, l, h, T));
      score_head(head, choices.back(), model, twin ? &*twin : nullptr, classes, T);
      a.head.push_back(std::move(head));
    }

  a.divergence = model.natural.divergence;
  const Tensor distances = sqrt(a.divergence), places = multidimensional_scaling(distances);
  const Clusters clusters = average_linkage(distances);
  a.silhouette = clusters.silhouette;
  a.apart = furthest(model.natural.profile, &a.apart_a, &a.apart_b);
  std::int64_t ignored = 0;
  a.apart_untrained = twin ? furthest(twin->natural.profile, &ignored, &ignored) : unknown;
  for (std::size_t i = 0; i < a.head.size(); ++i) {
    a.head[i].cluster = clusters.of[i];
    a.head[i].x = places[static_cast<std::int64_t>(i)][0].item();
    a.head[i].y = places[static_cast<std::int64_t>(i)][1].item();
  }

  if (m.evidence) {
    say("removing heads");
    add_evidence(a, m, model.natural);
  }
  for (HeadAnalysis& head : a.head) {
    head.labels = labels_of(a, head);
    head.tags = tags_of(a, head);
  }
  if (m.evidence) {
    say("putting ideal patterns in place of heads");
    add_faithfulness(a, m, model.natural, model.repeats, classes);
  }
  for (const auto& text : m.texts) a.texts.push_back(shown(m, text));
  if (m.evidence && m.study && !m.texts.empty()) {
    say("cutting connections");
    a.studies = edge_studies(m, a, model.natural.layers);
  }
  if (!m.moments.empty()) say("looking back at its training");
  for (const Moment& moment : m.moments) a.checkpoints.push_back(checkpoint(m, moment, classes, choices));
  return a;
}

}  // namespace gradus::lab
