#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "exercises/common/experiment_part.h"
#include "gradus/base/random.h"
#include "judge.h"
#include "parts.h"

namespace gradus::exercises {
namespace {

/// The numbers of a corpus's heads as JSON, for other programs.
std::string json_of(const std::vector<Head>& heads, double loss, bool differ) {
  std::string rows;
  for (const Head& h : heads)
    rows += fmt::format(
        "{}\n    {{\"layer\": {}, \"head\": {}, \"entropy\": {:.6f}, \"previous\": {:.6f}, \"first\": "
        "{:.6f}, "
        "\"current\": {:.6f}, \"referent\": {:.6f}, \"damage\": {:.6f}, \"role\": \"{}\"}}",
        rows.empty() ? "" : ",", h.layer, h.head, h.entropy, h.previous, h.first, h.current, h.referent,
        h.damage, h.role);
  return fmt::format("{{\n  \"loss\": {:.6f},\n  \"heads_differ\": {},\n  \"heads\": [{}\n  ]\n}}\n", loss,
                     differ, rows);
}

double largest(const Tensor& x) {
  double most = 0;
  for (const double value : Array(x).values) most = std::max(most, value);
  return most;
}

/// The page with the corpus's name before its title.
std::string titled(std::string page, const std::string& name) {
  const std::string begin = "<title>";
  if (const std::size_t at = page.find(begin); at != std::string::npos)
    page.insert(at + begin.size(), name + ": ");
  return page;
}

void show(Corpus corpus, const char* name, std::uint64_t seed) {
  const Sentences sentences = held_out(corpus);
  const LanguageModel model = train_model(corpus, seed), untrained(model.options);
  const double loss = held_out_loss(model, sentences.ids);
  fmt::print("{}: {:.3f} nats per prediction, where no model can lose less than {:.3f}\n", name, loss,
             entropy_of(corpus));

  const std::vector<Head> heads = analyse(model, sentences);
  fmt::print("  layer  head  entropy  previous  first  current  referent  damage  role\n");
  for (const Head& h : heads)
    fmt::print("  {:5}  {:4}  {:7.3f}  {:8.3f}  {:5.3f}  {:7.3f}  {:8.3f}  {:6.3f}  {}\n", h.layer, h.head,
               h.entropy, h.previous, h.first, h.current, h.referent, h.damage, h.role);

  const Tensor maps = extract(model, sentences.ids), lost = damage(model, sentences.ids);
  const Tensor apart = divergences(maps), before = divergences(extract(untrained, sentences.ids));
  const bool differ = heads_differ(apart, lost.reshape({std::ssize(heads), lost.size(2)}));
  fmt::print("  profiles are at most {:.3f} apart, before training {:.3f}: by the rule the heads {}\n",
             largest(apart), largest(before), differ ? "differ" : "do not differ");

  const std::int64_t drawn = sentences.size() / 2;  // any one
  std::vector<std::string> tokens;
  for (const std::int64_t id : sentences.ids.select(0, drawn).to_vector<std::int64_t>())
    tokens.push_back(vocabulary(corpus)[static_cast<std::size_t>(id)]);
  std::ofstream(fmt::format("{}.html", name))
      << titled(attention_page(maps.select(0, drawn), tokens, heads), name);
  std::ofstream(fmt::format("{}.json", name)) << json_of(heads, loss, differ);
  save_model(fmt::format("{}.safetensors", name), model);
  fmt::print("  written: {0}.html, {0}.json, {0}.safetensors\n", name);
}

}  // namespace

void experiment(Trial& t) {
  experiment_part([&] { show(Corpus::sounds, "sounds", t.seed); });
  experiment_part([&] { show(Corpus::roles, "roles", t.seed); });
}

void numbers() {
  for (const double x : {lab::least_divergence, lab::least_score, lab::least_damage, judge::room_to_learn,
                         entropy_of(Corpus::roles), entropy_of(Corpus::sounds)})
    fmt::print("{:.1f}\n{:.2f}\n{:.3f}\n", x, x, x);
}

}  // namespace gradus::exercises
