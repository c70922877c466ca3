// A larger model; heads removed by patterns of zeros, scores read off the offset profile and by masks.
#include "exercise.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "gradus/ops/masking.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/softmax.h"

namespace gradus::exercises {

Tensor token_losses(const LanguageModel& model, const Tensor& ids) {
  const std::int64_t N = ids.size(0), T = ids.size(1);
  const Tensor next =
      cat({ids.slice(1, 1, T), full({N, 1}, -100, Dtype::int64)}, 1);  // the last row predicts nothing
  return cross_entropy(model(ids), next, {.reduction = Reduction::none}).slice(1, 0, T - 1);
}

double held_out_loss(const LanguageModel& model, const Tensor& ids) {
  const Eval no_dropout;
  const Tensor losses = token_losses(model, ids).detach();
  return losses.sum().item() / static_cast<double>(losses.numel());
}

LanguageModel train_model(Corpus corpus, std::uint64_t seed) {
  LanguageModelOptions options;
  options.vocab = std::ssize(vocabulary(corpus));
  options.length = make_sentences(corpus, 1, 1).length();
  options.layers = 3;
  options.dropout = 0.01;
  LanguageModel model(options);
  train(model, corpus, 400, seed, [](const LanguageModel& m, const Tensor& ids) {
    const std::int64_t T = ids.size(1);
    return cross_entropy(m(ids).slice(1, 0, T - 1), ids.slice(1, 1, T));
  });
  return model;
}

void save_model(const std::string& path, const LanguageModel& model) {
  // Five of the options are the shapes of the parameters; only heads and dropout are not.
  std::vector<NamedTensor> all = named_parameters(model);
  all.push_back({"heads", tensor({model.options.heads}, Dtype::int64)});
  all.push_back({"dropout", tensor({model.options.dropout}, Dtype::float64)});
  save_safetensors(path, all);
}

LanguageModel load_model(const std::string& path) {
  std::map<std::string, Tensor> file;
  for (const NamedTensor& t : load_safetensors(path)) file[t.name] = t.tensor;
  LanguageModelOptions o;
  o.vocab = file.at("tokens.weight").size(0);
  o.width = file.at("tokens.weight").size(1);
  o.length = file.at("positions.weight").size(0);
  for (o.layers = 0; file.count(fmt::format("blocks.{}.norm_1.weight", o.layers));) ++o.layers;
  o.heads = file.at("heads").item<std::int64_t>();
  o.dropout = file.at("dropout").item();
  LanguageModel model(o);
  const NoGrad no_tape;
  for (const NamedTensor& p : named_parameters(model)) p.tensor.detach().copy_(file.at(p.name));
  return model;
}

Tensor extract(const LanguageModel& model, const Tensor& ids) {
  const NoGrad no_tape;
  const Eval no_dropout;
  const Capture seen;
  model(ids);
  std::vector<Tensor> layers;
  for (const Capture::Entry& e : seen.entries()) layers.push_back(e.weights.unsqueeze(1));
  return cat(layers, 1);
}

Tensor damage(const LanguageModel& model, const Tensor& ids) {
  const NoGrad no_tape;
  const Eval no_dropout;
  std::vector<Tensor> layers;
  for (std::int64_t l = 0; l < model.options.layers; ++l) {
    std::vector<Tensor> heads;
    for (std::int64_t h = 0; h < model.options.heads; ++h) {
      const Intervene blind(
          {replace_pattern("blocks." + std::to_string(l) + ".attention", h, zeros({1, 1, 1}))});
      heads.push_back(token_losses(model, ids));
    }
    layers.push_back(stack(heads));
  }
  const Tensor without = stack(layers);  // [L, H, N, T - 1]
  return (without - token_losses(model, ids)).mean({2});
}

std::vector<Head> analyse(const LanguageModel& model, const Sentences& s) {
  const Tensor maps = extract(model, s.ids);
  const std::int64_t L = maps.size(1), H = maps.size(2), T = maps.size(3);
  const Tensor rows = maps.slice(3, 2, T);                                // rows 2 ... T - 1
  const Tensor safe = where(eq(rows, 0), ones_like(rows), rows);          // 1 ln 1 = 0
  const Tensor entropy = (safe * log(safe)).sum({-1}).mean({0, 3}) * -1;  // [L, H]
  const Tensor first = rows.select(-1, 0).mean({0, 3});
  const auto back = [&](std::int64_t d) {  // the mean weight d places back
    const Tensor band = tril(triu(ones({T, T}), -d), -d).slice(0, 2, T);
    return (rows * band).sum({3, 4}).mean({0}) / static_cast<double>(T - 2);
  };
  const Tensor previous = back(1), current = back(0);
  std::vector<Tensor> looks;
  for (std::size_t n = 0; n < s.answer.size(); ++n)
    looks.push_back(maps[static_cast<std::int64_t>(n)].select(2, s.answer[n] - 1).select(2, s.referent[n]));
  const Tensor referent = stack(looks).mean({0}), lost = damage(model, s.ids);
  std::vector<Head> heads;
  for (std::int64_t at = 0; at < L * H; ++at) {
    const auto of = [&](const Tensor& x) { return x[at / H][at % H].mean().item(); };
    heads.push_back(
        {at / H, at % H, of(entropy), of(previous), of(first), of(current), of(referent), of(lost), ""});
    heads.back().role = role_of(heads.back());
  }
  return heads;
}

std::string role_of(const Head& h) {
  const std::map<double, std::string> by_score = {
      {h.previous, "previous"}, {h.first, "first"}, {h.current, "current"}, {h.referent, "referent"}};
  const auto& [score, name] = *by_score.rbegin();
  return score < 0.5 || h.damage < 0.05 ? "none" : name;
}

std::string attention_page(const Tensor& maps, const std::vector<std::string>& tokens,
                           const std::vector<Head>& heads) {
  lab::Page page("Attention of one sentence");
  lab::Page::Table table{
      "The heads", {"layer", "head", "H", "prev", "first", "self", "ref", "damage", "role"}, {}};
  std::vector<lab::Page::Picture> pictures;
  for (const Head& head : heads) {
    pictures.push_back(
        {lab::svg_heatmap({.values = maps[head.layer][head.head], .labels = tokens, .darkest = 0.95}),
         fmt::format("Layer {}, head {} ({})", head.layer, head.head, head.role)});
    std::vector<std::string> row{fmt::format("{}", head.layer), fmt::format("{}", head.head)};
    for (const auto field :
         {&Head::entropy, &Head::previous, &Head::first, &Head::current, &Head::referent, &Head::damage})
      row.push_back(fmt::format("{:.3f}", head.*field));
    row.push_back(head.role);
    table.rows.push_back(row);
  }
  page.table(table);
  page.pictures(pictures);
  return page.html();
}

Tensor divergences(const Tensor& maps) {
  const Tensor profiles = lab::offset_profile(maps).mean({0}).flatten(0, 1);  // [L H, T]
  const std::int64_t n = profiles.size(0);
  std::vector<Tensor> rows;
  for (std::int64_t i = 0; i < n; ++i)
    rows.push_back(lab::jensen_shannon_divergence(profiles.slice(0, i, i + 1).expand({n, -1}), profiles));
  return stack(rows);
}

bool heads_differ(const Tensor& divergences, const Tensor& damage) {
  const Tensor furthest = argmax(max(divergences, 1), -1);
  const std::int64_t a = furthest.item<std::int64_t>(), b = argmax(divergences[a]).item<std::int64_t>();
  if (divergences[a][b].item() < 0.3) return false;
  if (max(damage[a]).item() < 0.05 || max(damage[b]).item() < 0.05) return false;
  return ne(argmax(damage[a]).to(Dtype::float32), argmax(damage[b]).to(Dtype::float32)).item() != 0;
}

}  // namespace gradus::exercises
