#include "tools/lab/measures.h"

#include <algorithm>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/join.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "tools/lab/metrics.h"
#include "tools/lab/patterns.h"
#include "tools/lab/similarity.h"

namespace gradus::lab {
namespace {

/// What a head scores on one text, maps [L, H, T, T] -> [L, H], and from how many tokens on.
struct ScoreOfMaps {
  const char* key;
  std::int64_t least;
  Tensor (*score)(const Tensor& maps);
};
constexpr ScoreOfMaps scores_of_maps[] = {
    {"previous", 3, [](const Tensor& a) { return previous_token_score(a); }},
    {"current", 3, [](const Tensor& a) { return current_token_score(a); }},
    {"first", 3, [](const Tensor& a) { return first_token_score(a); }},
    {"local", 17, [](const Tensor& a) { return local_mass(a); }},
    {"far", 9, [](const Tensor& a) { return far_mass(a); }},
    {"broad", 3, [](const Tensor& a) { return normalised_entropy(a); }},
    {"sharpness", 3, [](const Tensor& a) { return sharpness(a); }},
    {"argmax", 3, [](const Tensor& a) { return argmax_share(a); }},
    {"distance", 3, [](const Tensor& a) { return relative_distance(a); }}};

}  // namespace

Measures measure(const Subject& subject, const Tensor& windows, const std::vector<TokenClass>& classes) {
  const std::int64_t N = windows.size(0), T = windows.size(1);
  Measures m;
  std::map<std::string, std::vector<Tensor>> scores;
  std::vector<Tensor> offsets, columns, by_class, shares;
  Tensor mean, profile, divergence;
  const auto add = [](Tensor& sum, const Tensor& x) { sum = sum.defined() ? sum + x : x; };
  for (std::int64_t n = 0; n < N; ++n) {
    const Tensor ids = windows.slice(0, n, n + 1);
    const Extraction seen = extract(subject, ids);
    const Tensor maps = seen.maps[0];  // [L, H, T, T]
    m.layers = seen.layers;
    m.integrity += integrity(maps);
    m.loss += token_losses(seen.logits, ids).mean().item() / static_cast<double>(N);
    for (const ScoreOfMaps& s : scores_of_maps)
      if (T >= s.least) scores[s.key].push_back(s.score(maps));
    offsets.push_back(offset_scores(maps, std::max<std::int64_t>(2, T / 2)));
    columns.push_back(column_scores(maps));
    std::vector<Tensor> mass;
    std::vector<double> share;
    for (const TokenClass& of : classes) {
      const std::vector<bool> in_class = members(of, ids[0].to_vector<std::int64_t>());
      mass.push_back(class_mass(maps, in_class));
      share.push_back(uniform_class_mass(in_class));
    }
    by_class.push_back(mass.empty() ? zeros({maps.size(0), maps.size(1), 0}, Dtype::float64)
                                    : stack(mass, -1));
    shares.push_back(tensor(share, {std::ssize(share)}));
    add(mean, maps);
    add(profile, offset_profile(maps));
    add(divergence, pattern_divergence(maps.reshape({1, maps.size(0) * maps.size(1), T, T}),
                                       8,  // rows, others in each text
                                       static_cast<std::uint64_t>(n)));
  }
  const auto count = static_cast<double>(N);
  mean = mean / count;
  for (std::int64_t n = 0; n < N;
       ++n)  // maps are read again rather than kept: they may be larger than memory
    scores["variability"].push_back(variability(extract(subject, windows.slice(0, n, n + 1)).maps, mean)[0]);
  for (const auto& [key, parts] : scores) m.scores[key] = stack(parts);
  m.offsets = stack(offsets), m.columns = stack(columns);
  m.classes = stack(by_class), m.class_share = stack(shares);
  m.profile = profile / count, m.divergence = divergence / count;
  return m;
}

std::vector<RepeatMeasures> measure_repeats(const Subject& subject, std::int64_t start, std::uint64_t seed) {
  constexpr std::int64_t items = 16;
  const std::int64_t first = start >= 0 ? 1 : 0,
                     longest = std::min((subject.context - first) / 2, subject.vocab - 1);
  std::vector<std::int64_t> blocks;
  for (const std::int64_t block : {17, 25, 31})
    if (block <= longest) blocks.push_back(block);
  if (blocks.size() < 2) blocks = {longest / 2, 3 * longest / 4, longest};
  std::vector<RepeatMeasures> all;
  if (blocks.front() < 4) return all;  // too short to tell one place from another
  for (const std::int64_t block : blocks) {
    RepeatMeasures r{repeated_blocks(subject.vocab, block, 2, items, seed, start), {}, {}, {}, {}};
    const Repeats control = control_blocks(subject.vocab, block, 2, items, seed, start);
    std::vector<Tensor> induction, not_repeated, duplicate, lost;
    for (std::int64_t n = 0; n < items; ++n) {
      const Tensor ids = r.repeats.ids.slice(0, n, n + 1);
      const Extraction seen = extract(subject, ids);
      induction.push_back(induction_score(seen.maps, r.repeats)[0]);
      duplicate.push_back(duplicate_score(seen.maps, r.repeats)[0]);
      lost.push_back(token_losses(seen.logits, ids)[0]);
      not_repeated.push_back(
          induction_score(extract(subject, control.ids.slice(0, n, n + 1)).maps, control)[0]);
    }
    r.induction = stack(induction), r.control = stack(not_repeated), r.duplicate = stack(duplicate);
    r.gain = copying_gain(stack(lost), r.repeats);
    all.push_back(std::move(r));
  }
  return all;
}

}  // namespace gradus::lab
