#include "exercise.h"

#include <fmt/format.h>

#include <algorithm>

namespace gradus::exercises {

Tensor token_losses(const LanguageModel& model, const Tensor& ids) {
  // <answer> the loss of token t + 1 in row t
  const std::int64_t T = ids.size(1);
  const Tensor logits = model(ids).slice(1, 0, T - 1), next = ids.slice(1, 1, T);
  return cross_entropy(logits, next, {.reduction = Reduction::none});
  // </answer>
}

double held_out_loss(const LanguageModel& model, const Tensor& ids) {
  // <answer> the mean, without dropout and tape
  const NoGrad no_tape;
  const Eval no_dropout;
  return token_losses(model, ids).mean().item();
  // </answer>
}

LanguageModel train_model(Corpus corpus, std::uint64_t seed) {
  // <answer> a model of the right size, trained long enough
  LanguageModel model({.vocab = std::ssize(vocabulary(corpus)), .length = held_out(corpus).length()});
  train(model, corpus, 400, seed, token_losses);
  return model;
  // </answer>
}

void save_model(const std::string& path, const LanguageModel& model) {
  // <answer> parameters, and the options that they belong to
  const LanguageModelOptions& o = model.options;
  save(path, model,
       {{"vocab", std::to_string(o.vocab)},
        {"length", std::to_string(o.length)},
        {"layers", std::to_string(o.layers)},
        {"heads", std::to_string(o.heads)},
        {"width", std::to_string(o.width)},
        {"dropout", fmt::format("{}", o.dropout)}});
  // </answer>
}

LanguageModel load_model(const std::string& path) {
  // <answer> a model of the options in the file, then its parameters
  const Safetensors file(path);
  const auto option = [&](const std::string& name) -> std::string {
    for (const auto& [key, value] : file.metadata())
      if (key == name) return value;
    fail(Kind::input, path + " does not say " + name);
  };
  LanguageModel model({.vocab = std::stoll(option("vocab")),
                       .length = std::stoll(option("length")),
                       .layers = std::stoll(option("layers")),
                       .heads = std::stoll(option("heads")),
                       .width = std::stoll(option("width")),
                       .dropout = std::stod(option("dropout"))});
  load(path, model);
  return model;
  // </answer>
}

Tensor extract(const LanguageModel& model, const Tensor& ids) {
  // <answer> run the model under Capture, and stack what its layers show
  const NoGrad no_tape;
  const Eval no_dropout;
  const Capture seen;
  model(ids);
  std::vector<Tensor> layers;
  for (std::int64_t l = 0; l < model.options.layers; ++l)
    layers.push_back(seen.weights(fmt::format("blocks.{}.attention", l)));  // [N, H, T, T]
  return stack(layers, 1);
  // </answer>
}

Tensor damage(const LanguageModel& model, const Tensor& ids) {
  // <answer> the losses without each head, less those with it
  const NoGrad no_tape;
  const Eval no_dropout;
  const std::int64_t L = model.options.layers, H = model.options.heads;
  const Tensor whole = token_losses(model, ids).mean({0});  // [T - 1]
  std::vector<Tensor> without;
  for (std::int64_t l = 0; l < L; ++l)
    for (std::int64_t h = 0; h < H; ++h) {
      const Tensor gates = ones({H});
      gates.slice(0, h, h + 1).fill_(0);
      const Intervene removed({gate_heads(fmt::format("blocks.{}.attention", l), gates)});
      without.push_back(token_losses(model, ids).mean({0}) - whole);
    }
  return stack(without).reshape({L, H, ids.size(1) - 1});
  // </answer>
}

std::vector<Head> analyse(const LanguageModel& model, const Sentences& sentences) {
  // <answer> extract, measure, remove
  const Tensor maps = extract(model, sentences.ids);
  const Tensor entropy = lab::mean_entropy(maps).mean({0});  // [L, H], as the following
  const Tensor previous = lab::previous_token_score(maps).mean({0});
  const Tensor first = lab::first_token_score(maps).mean({0});
  const Tensor current = lab::current_token_score(maps).mean({0});
  const Tensor lost = damage(model, sentences.ids).mean({2});
  const Elements weight(maps);

  std::vector<Head> heads;
  for (std::int64_t l = 0; l < model.options.layers; ++l)
    for (std::int64_t h = 0; h < model.options.heads; ++h) {
      Head head{.layer = l,
                .head = h,
                .entropy = entropy[l][h].item(),
                .previous = previous[l][h].item(),
                .first = first[l][h].item(),
                .current = current[l][h].item(),
                .damage = lost[l][h].item()};
      for (std::int64_t n = 0; n < sentences.size(); ++n) {
        const auto s = static_cast<std::size_t>(n);
        head.referent += weight(n, l, h, sentences.answer[s] - 1, sentences.referent[s]);
      }
      head.referent /= static_cast<double>(sentences.size());
      head.role = role_of(head);
      heads.push_back(head);
    }
  return heads;
  // </answer>
}

std::string role_of(const Head& head) {
  // <answer> the largest score, if the head is needed
  const std::pair<double, const char*> scores[] = {{head.previous, "previous"},
                                                   {head.first, "first"},
                                                   {head.current, "current"},
                                                   {head.referent, "referent"}};
  const auto& [largest, role] = *std::max_element(std::begin(scores), std::end(scores));
  return largest >= 0.5 && head.damage >= 0.05 ? role : "none";
  // </answer>
}

std::string attention_page(const Tensor& maps, const std::vector<std::string>& tokens,
                           const std::vector<Head>& heads) {
  // <answer> a heatmap of every head, and the table
  lab::Page page("What the heads look at");
  for (std::int64_t l = 0; l < maps.size(0); ++l) {
    page.section(fmt::format("Layer {}", l));
    std::vector<lab::Page::Picture> pictures;
    for (std::int64_t h = 0; h < maps.size(1); ++h) {
      const std::string name = fmt::format("layer {}, head {}", l, h);
      pictures.push_back({lab::svg_heatmap({.values = maps[l][h], .labels = tokens, .title = name})});
    }
    page.pictures(pictures);
  }
  page.section("The heads in numbers");
  lab::Page::Table table{
      "Means over all sentences; damage is what the model loses without the head, in nats per prediction",
      {"layer", "head", "entropy", "previous", "first", "current", "referent", "damage", "role"},
      {}};
  for (const Head& head : heads) {
    std::vector<std::string> row = {std::to_string(head.layer), std::to_string(head.head)};
    for (const double x : {head.entropy, head.previous, head.first, head.current, head.referent, head.damage})
      row.push_back(fmt::format("{:.3f}", x));
    row.push_back(head.role);
    table.rows.push_back(row);
  }
  page.table(table);
  return page.html();
  // </answer>
}

Tensor divergences(const Tensor& maps) {
  // <answer> profiles, then each two of them
  const std::int64_t heads = maps.size(1) * maps.size(2), T = maps.size(3);
  return lab::pairwise_divergence(lab::offset_profile(maps).mean({0}).reshape({heads, T}));
  // </answer>
}

bool heads_differ(const Tensor& divergences, const Tensor& damage) {
  // <answer> the two that are furthest apart, and what each of them hurts
  const std::int64_t heads = divergences.size(0), pair = argmax(divergences.flatten()).item<std::int64_t>();
  const Tensor a = damage[pair / heads], b = damage[pair % heads];  // [T - 1]
  const bool apart = divergences.flatten()[pair].item() >= 0.3;
  const bool both_hurt = max(a).item() >= 0.05 && max(b).item() >= 0.05;
  return apart && both_hurt && argmax(a).item<std::int64_t>() != argmax(b).item<std::int64_t>();
  // </answer>
}

}  // namespace gradus::exercises
