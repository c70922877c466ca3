// Whole accuracy for all sentences at once; those whose edge is the same one are cut together.
#include <map>

#include "exercise.h"
#include "gradus/ops/join.h"

namespace gradus::exercises {

double attention_mass(const Tensor& map, std::int64_t query, const std::vector<std::int64_t>& keys) {
  const Elements weight(map);
  double mass = 1;
  for (std::int64_t key = 0; key < map.size(1); ++key) {
    bool asked = false;
    for (const std::int64_t k : keys) asked = asked || k == key;
    if (!asked) mass -= weight(query, key);
  }
  return mass;
}

Accuracies ablate(const Tiny& model, const Sentences& sentences, const std::vector<std::int64_t>& words) {
  const Examples all = asking_answer(sentences);
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<std::int64_t>> groups;
  for (std::size_t i = 0; i < words.size(); ++i)
    groups[{sentences.answer[i] - 1, words[i]}].push_back(static_cast<std::int64_t>(i));
  double right = 0;
  for (const auto& [edge, members] : groups) {
    std::vector<Tensor> ids, targets;
    for (const std::int64_t i : members) {
      ids.push_back(all.ids[i]);
      targets.push_back(all.targets[i]);
    }
    const Intervene change({cut_edge("attention", 0, edge.first, edge.second)});
    right += score(model, {stack(ids), stack(targets)}).accuracy * static_cast<double>(members.size());
  }
  return {score(model, all).accuracy, right / static_cast<double>(words.size())};
}

}  // namespace gradus::exercises
