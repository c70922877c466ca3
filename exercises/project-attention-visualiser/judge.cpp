#include "judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gradus/nn/module.h"

namespace gradus::exercises::judge {

LanguageModel model() {
  LanguageModel m({.vocab = V, .length = T + 2, .layers = L, .heads = H, .width = 24, .dropout = 0.3});
  for (const NamedTensor& p : named_parameters(m))  // larger queries and keys: sharper rows
    if (p.name.find("qkv.weight") != std::string::npos) p.tensor.detach().mul_(3);
  return m;
}

Sentences sentences(const Trial& t, std::int64_t n, std::int64_t length) {
  Sentences s;
  s.ids = randint(0, V, {n, length});
  for (std::int64_t i = 0; i < n; ++i) {
    s.answer.push_back(t.randint(std::min<std::int64_t>(3, length - 1), length));
    s.referent.push_back(t.randint(0, s.answer.back()));
    s.distractor.push_back(t.randint(0, s.answer.back()));
  }
  return s;
}

Tensor floats(const Tensor& x) {
  return x.defined() && x.dtype() == Dtype::float64 ? x.to(Dtype::float32) : x;
}

Array logits(const LanguageModel& model, const Tensor& ids) {
  const NoGrad no_tape;
  const Eval no_dropout;
  return Array(model(ids));
}

Array losses(const Array& logits, const Tensor& ids, std::int64_t ahead) {
  const std::int64_t n = logits.size(0), t = logits.size(1);
  const std::vector<std::int64_t> token = ids.to_vector<std::int64_t>();
  return generate<2>({n, t - ahead}, [&](auto i, auto row) {
    return loss_of(logits.row(i * t + row), token[static_cast<std::size_t>(i * t + row + ahead)]);
  });
}

double mean(const Array& x) {
  double sum = 0;
  for (const double v : x.values) sum += v;
  return sum / static_cast<double>(x.values.size());
}

Array maps(const LanguageModel& model, const Tensor& ids) {
  const NoGrad no_tape;
  const Eval no_dropout;
  const Capture seen;
  model(ids);
  const std::int64_t n = ids.size(0), t = ids.size(1), heads = model.options.heads;
  Array all({n, model.options.layers, heads, t, t});
  for (std::int64_t l = 0; l < model.options.layers; ++l) {
    const Array layer(seen.weights(fmt::format("blocks.{}.attention", l)));
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t h = 0; h < heads; ++h)
        for (std::int64_t q = 0; q < t; ++q)
          for (std::int64_t k = 0; k < t; ++k) all(i, l, h, q, k) = layer(i, h, q, k);
  }
  return all;
}

Array side_by_side(Array m) {
  m.shape = {m.size(0), m.size(1) * m.size(2), m.size(3), m.size(4)};
  return m;
}

Array losses_with(const LanguageModel& model, const Tensor& ids, const Array& gates) {
  std::vector<Intervention> changes;
  for (std::int64_t l = 0; l < gates.size(0); ++l) {
    Array layer({gates.size(1)});
    for (std::int64_t h = 0; h < gates.size(1); ++h) layer(h) = gates(l, h);
    changes.push_back(gate_heads(fmt::format("blocks.{}.attention", l), layer.tensor()));
  }
  const Intervene change(changes);
  const Array all = losses(logits(model, ids), ids);
  Array result({all.size(1)});
  for (std::int64_t i = 0; i < all.size(0); ++i)
    for (std::int64_t t = 0; t < all.size(1); ++t) result(t) += all(i, t) / static_cast<double>(all.size(0));
  return result;
}

Array damage(const LanguageModel& model, const Tensor& ids) {
  const std::int64_t layers = model.options.layers, heads = model.options.heads;
  Array gates({layers, heads}, 1);
  const Array whole = losses_with(model, ids, gates);
  Array result({layers, heads, whole.size(0)});
  for (std::int64_t l = 0; l < layers; ++l)
    for (std::int64_t h = 0; h < heads; ++h) {
      gates(l, h) = 0;
      const Array without = losses_with(model, ids, gates);
      for (std::int64_t t = 0; t < whole.size(0); ++t) result(l, h, t) = without(t) - whole(t);
      gates(l, h) = 1;
    }
  return result;
}

std::vector<Head> analyse(const LanguageModel& model, const Sentences& s) {
  const Array all = maps(model, s.ids), m = side_by_side(all), lost = judge::damage(model, s.ids);
  const Array entropy = mean_entropy(m), previous = mean_weight(m, previous_token),
              first = mean_weight(m, first_token), current = mean_weight(m, current_token);
  std::vector<Head> heads;
  for (std::int64_t l = 0; l < model.options.layers; ++l)
    for (std::int64_t h = 0; h < model.options.heads; ++h) {
      const std::int64_t at = std::ssize(heads);
      Head head{.layer = l, .head = h, .entropy = entropy(at), .previous = previous(at), .first = first(at)};
      head.current = current(at);
      for (std::int64_t n = 0; n < s.size(); ++n) {
        const auto i = static_cast<std::size_t>(n);
        head.referent += all(n, l, h, s.answer[i] - 1, s.referent[i]) / static_cast<double>(s.size());
      }
      for (std::int64_t t = 0; t < lost.size(2); ++t)
        head.damage += lost(l, h, t) / static_cast<double>(lost.size(2));
      head.role = judge::role_of(head);
      heads.push_back(head);
    }
  return heads;
}

const char* role_of(const Head& head) {
  const double most = std::max({head.previous, head.first, head.current, head.referent});
  if (most < lab::least_score || head.damage < lab::least_damage) return "none";
  return most == head.previous  ? "previous"
         : most == head.first   ? "first"
         : most == head.current ? "current"
                                : "referent";
}

bool heads_differ(const Array& divergences, const Array& damage) {
  return lab::heads_differ(tensor(divergences.values, divergences.shape),
                           tensor(damage.values, damage.shape));
}

}  // namespace gradus::exercises::judge
