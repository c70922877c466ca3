// Losses, measures and every tag of the page written out.
#include "exercise.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gradus/ops/pointwise.h"
#include "gradus/ops/softmax.h"
#include "tools/lab/text.h"

namespace gradus::exercises {
namespace {

std::string layer_name(std::int64_t l) { return "blocks." + std::to_string(l) + ".attention"; }

/// [N, T, V] of ones and zeros.
Tensor one_hot(const Tensor& ids, std::int64_t vocab) {
  const Tensor words = arange(vocab).reshape({1, 1, vocab}).expand({ids.size(0), ids.size(1), vocab});
  return eq(words.to(Dtype::float32), ids.to(Dtype::float32).unsqueeze(2)).to(Dtype::float32);
}

}  // namespace

Tensor token_losses(const LanguageModel& model, const Tensor& ids) {
  const std::int64_t T = ids.size(1);
  const Tensor logits = model(ids.slice(1, 0, T - 1));
  return logsumexp(logits, -1) - (logits * one_hot(ids.slice(1, 1, T), logits.size(2))).sum({2});
}

double held_out_loss(const LanguageModel& model, const Tensor& ids) {
  const NoGrad no_tape;
  const Eval no_dropout;
  double sum = 0;
  for (std::int64_t n = 0; n < ids.size(0); ++n)
    sum += token_losses(model, ids.slice(0, n, n + 1)).to(Dtype::float64).mean().item();
  return sum / static_cast<double>(ids.size(0));
}

LanguageModel train_model(Corpus corpus, std::uint64_t seed) {
  LanguageModel model({.vocab = std::ssize(vocabulary(corpus)),
                       .length = held_out(corpus).length() + 1,
                       .layers = 2,
                       .heads = 3,
                       .width = 36});
  train(model, corpus, 350, seed + 1, token_losses, 24);
  return model;
}

void save_model(const std::string& path, const LanguageModel& model) {
  const LanguageModelOptions& o = model.options;
  std::string all;
  for (const std::int64_t x : {o.vocab, o.length, o.layers, o.heads, o.width}) all += std::to_string(x) + " ";
  save(path, model, {{"options", all + fmt::format("{}", o.dropout)}});
}

LanguageModel load_model(const std::string& path) {
  std::string all;
  const Safetensors file(path);
  for (const auto& entry : file.metadata())
    if (entry.first == "options") all = entry.second;
  std::vector<double> o;
  while (!all.empty()) {
    std::size_t used = 0;
    o.push_back(std::stod(all, &used));
    all.erase(0, used);
  }
  const auto size = [&](std::size_t i) { return static_cast<std::int64_t>(o.at(i)); };
  LanguageModel model({size(0), size(1), size(2), size(3), size(4), o.at(5)});
  load(path, model);
  return model;
}

Tensor extract(const LanguageModel& model, const Tensor& ids) {
  const NoGrad no_tape;
  const Eval no_dropout;
  std::vector<Tensor> sentences;
  for (std::int64_t n = 0; n < ids.size(0); ++n) {
    const Capture seen;
    model(ids.slice(0, n, n + 1));
    std::vector<Tensor> layers;
    for (const Capture::Entry& e : seen.entries()) layers.push_back(e.weights);  // [1, H, T, T]
    sentences.push_back(cat(layers));
  }
  return stack(sentences);
}

Tensor damage(const LanguageModel& model, const Tensor& ids) {
  const NoGrad no_tape;
  const Eval no_dropout;
  const std::int64_t L = model.options.layers, H = model.options.heads, T = ids.size(1);
  const Tensor result = zeros({L, H, T - 1});
  for (std::int64_t l = 0; l < L; ++l)
    for (std::int64_t h = 0; h < H; ++h) {
      Tensor without;
      {
        const Intervene removed({replace_output(layer_name(l), h, zeros({1, 1, 1}))});
        without = token_losses(model, ids);
      }
      result[l][h].copy_((without - token_losses(model, ids)).mean({0}));
    }
  return result;
}

std::vector<Head> analyse(const LanguageModel& model, const Sentences& s) {
  const std::vector<float> weights = extract(model, s.ids).to_vector<float>();
  const std::int64_t N = s.size(), L = model.options.layers, H = model.options.heads, T = s.length();
  const Tensor lost = damage(model, s.ids);
  std::vector<Head> heads;
  for (std::int64_t l = 0; l < L; ++l)
    for (std::int64_t h = 0; h < H; ++h) {
      Head head;
      head.layer = l, head.head = h;
      for (std::int64_t n = 0; n < N; ++n) {
        const float* a = weights.data() + ((n * L + l) * H + h) * T * T;
        const double share = 1 / static_cast<double>(N * (T - 2));
        for (std::int64_t i = 2; i < T; ++i) {
          head.previous += share * static_cast<double>(a[i * T + i - 1]);
          head.first += share * static_cast<double>(a[i * T]);
          head.current += share * static_cast<double>(a[i * T + i]);
          for (std::int64_t j = 0; j <= i; ++j) {
            const double w = static_cast<double>(a[i * T + j]);
            if (w > 0) head.entropy -= share * w * std::log(w);
          }
        }
        const std::size_t at = static_cast<std::size_t>(n);
        head.referent +=
            static_cast<double>(a[(s.answer[at] - 1) * T + s.referent[at]]) / static_cast<double>(N);
      }
      head.damage = lost[l][h].mean().item();
      head.role = role_of(head);
      heads.push_back(head);
    }
  return heads;
}

std::string role_of(const Head& h) {
  if (h.damage < 0.05) return "none";
  std::string role = "none";
  double most = 0.5;
  const auto try_role = [&](double score, const char* name) {
    if (score >= most) most = score, role = name;
  };
  try_role(h.previous, "previous");
  try_role(h.first, "first");
  try_role(h.current, "current");
  try_role(h.referent, "referent");
  return role;
}

std::string attention_page(const Tensor& maps, const std::vector<std::string>& tokens,
                           const std::vector<Head>& heads) {
  const std::int64_t L = maps.size(0), H = maps.size(1), T = maps.size(2);
  const std::vector<float> weights = maps.to_vector<float>();
  std::string html =
      "<!DOCTYPE html>\n<html><head><meta charset=utf-8><title>Heads</title>\n"
      "<style>svg { margin: 1em } .cell { fill: navy }</style></head><body>\n<!-- no scripts -->\n";
  std::size_t at = 0;
  for (std::int64_t p = 0; p < L * H; ++p) {
    html += fmt::format("<svg viewBox='0 0 {0} {0}' width={1}>\n<title>Layer {2}, head {3}</title>\n",
                        20 * T + 90, 20 * T + 90, p / H, p % H);
    for (std::int64_t i = 0; i < T; ++i) {
      const std::string label = lab::escaped(tokens[static_cast<std::size_t>(i)]);
      html += fmt::format(
          "<text x='0' y='{0}'>{1}</text><text transform='translate({0} 55) rotate(-60)'>{1}</text>\n",
          75 + 20 * i, label);
      for (std::int64_t j = 0; j < T; ++j)
        html += fmt::format("<rect class='cell' x='{}' y='{}' width='20' height='20' fill-opacity='{:.3f}'/>",
                            65 + 20 * j, 60 + 20 * i, 0.9 * static_cast<double>(weights[at++]));
    }
    html += "</svg>\n";
  }
  html += "<table>\n<tr><th>layer</th><th>head</th><th>and their numbers</th></tr>\n";
  for (const Head& h : heads)
    html += fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{:.3f}</td><td>{:.3f}</td><td>{:.3f}</td><td>{:.3f}</td><td>{:.3f}</"
        "td><td>{:.3f}"
        "</td><td>{}</td></tr>\n",
        h.layer, h.head, h.entropy, h.previous, h.first, h.current, h.referent, h.damage, h.role);
  return html + "</table></body></html>\n";
}

Tensor divergences(const Tensor& maps) {
  const std::int64_t n = maps.size(1) * maps.size(2), T = maps.size(3);
  const Tensor mean = maps.mean({0}).reshape({n, T, T});
  const std::vector<double> profile = lab::offset_profile(mean).to_vector<double>();  // [n, T]
  const Tensor result = zeros({n, n});
  const Elements d(result);
  const auto total = [&](std::int64_t row) {
    double sum = 0;
    for (std::int64_t k = 0; k < T; ++k) sum += profile[static_cast<std::size_t>(row * T + k)];
    return sum;
  };
  for (std::int64_t a = 0; a < n; ++a)
    for (std::int64_t b = 0; b < a; ++b) {
      double sum = 0;
      for (std::int64_t k = 0; k < T; ++k) {
        const double p = profile[static_cast<std::size_t>(a * T + k)] / total(a);
        const double q = profile[static_cast<std::size_t>(b * T + k)] / total(b);
        if (p > 0) sum += p * std::log(2 * p / (p + q)) / 2;
        if (q > 0) sum += q * std::log(2 * q / (p + q)) / 2;
      }
      d(a, b) = d(b, a) = static_cast<float>(sum);
    }
  return result;
}

bool heads_differ(const Tensor& divergences, const Tensor& damage) {
  const std::int64_t n = divergences.size(0);
  const Elements d(divergences);
  std::int64_t a = 0, b = 0;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = i + 1; j < n; ++j)
      if (d(i, j) > d(a, b)) a = i, b = j;
  if (d(a, b) < 0.3f) return false;
  const Elements lost(damage);
  const auto suffers = [&](std::int64_t head) {
    std::int64_t most = 0;
    for (std::int64_t t = 0; t < damage.size(1); ++t)
      if (lost(head, t) > lost(head, most)) most = t;
    return lost(head, most) < 0.05f ? -1 - head : most;
  };
  return suffers(a) >= 0 && suffers(b) >= 0 && suffers(a) != suffers(b);
}

}  // namespace gradus::exercises
