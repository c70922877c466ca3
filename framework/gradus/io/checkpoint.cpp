#include "gradus/io/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "gradus/autograd/modes.h"
#include "gradus/base/error.h"
#include "gradus/base/random.h"

namespace gradus {
namespace {

/// Copies a file's tensors into `places`, which must be all of them, of the same shapes and types.
void fill(const Safetensors& file, const std::string& path, const std::vector<NamedTensor>& places) {
  std::vector<std::string> wrong;
  for (const NamedTensor& p : places) {
    if (!file.contains(p.name)) {
      wrong.push_back(p.name + " is not in the file");
    } else if (!(file.shape(p.name) == p.tensor.shape())) {
      wrong.push_back(fmt::format("{} is {} in the file and {} in the model", p.name,
                                  to_string(file.shape(p.name)), to_string(p.tensor.shape())));
    }
  }
  for (const Safetensors::Entry& entry : file.entries())
    if (std::none_of(places.begin(), places.end(),
                     [&](const NamedTensor& p) { return p.name == entry.name; }))
      wrong.push_back(entry.name + " is not in the model");
  std::vector<Tensor> values;
  if (wrong.empty())
    for (const NamedTensor& p : places) {
      values.push_back(file.load(p.name));
      if (values.back().dtype() != p.tensor.dtype())
        wrong.push_back(fmt::format("{} is {} in the file and {} in the model", p.name,
                                    name(values.back().dtype()), name(p.tensor.dtype())));
    }
  if (!wrong.empty()) {
    constexpr std::size_t most = 8;
    if (wrong.size() > most) wrong[most - 1] = fmt::format("and {} more", wrong.size() - most + 1);
    wrong.resize(std::min(wrong.size(), most));
    fail(Kind::input,
         fmt::format("{}: these are not the weights of this model\n  {}", path, fmt::join(wrong, "\n  ")));
  }
  const NoGrad off;
  for (std::size_t i = 0; i < places.size(); ++i) Tensor(places[i].tensor.detach()).copy_(values[i]);
}

/// Parameters and both moments under names that tell them apart.
std::vector<NamedTensor> all_of(const Fields& model, const AdamW& optimizer) {
  const std::vector<NamedTensor> named = named_parameters(model);
  if (optimizer.first_moments().size() != named.size())
    fail(fmt::format(
        "checkpoint: the optimizer has {} parameters and the model {}; make it from parameters(model)",
        optimizer.first_moments().size(), named.size()));
  std::vector<NamedTensor> all;
  for (std::size_t i = 0; i < named.size(); ++i) {
    all.push_back({"model." + named[i].name, named[i].tensor});
    all.push_back({"first_moment." + named[i].name, optimizer.first_moments()[i]});
    all.push_back({"second_moment." + named[i].name, optimizer.second_moments()[i]});
  }
  return all;
}

std::uint64_t number(const Metadata& metadata, const std::string& key, const std::string& path) {
  for (const auto& [k, text] : metadata) {
    if (k != key) continue;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size()) return value;
  }
  fail(Kind::input, fmt::format("{}: not a training state: its metadata has no number \"{}\"", path, key));
}

}  // namespace

void save(const std::string& path, const Fields& model, const Metadata& metadata) {
  save_safetensors(path, named_parameters(model), metadata);
}

void load(const std::string& path, const Fields& model) {
  fill(Safetensors(path), path, named_parameters(model));
}

void save_training(const std::string& path, const Fields& model, const AdamW& optimizer,
                   const Metadata& notes) {
  Metadata metadata = notes;
  const GeneratorState generator = generator_state();
  metadata.emplace_back("step", std::to_string(optimizer.steps()));
  metadata.emplace_back("generator.seed", std::to_string(generator.seed));
  metadata.emplace_back("generator.drawn", std::to_string(generator.drawn));
  save_safetensors(path, all_of(model, optimizer), metadata);
}

Metadata load_training(const std::string& path, const Fields& model, AdamW& optimizer) {
  const Safetensors file(path);
  Metadata notes = file.metadata();
  const std::uint64_t step = number(notes, "step", path);
  if (step > std::uint64_t{1} << 53) fail(Kind::input, path + ": its step count is not one a run can reach");
  const GeneratorState generator{number(notes, "generator.seed", path),
                                 number(notes, "generator.drawn", path)};
  fill(file, path, all_of(model, optimizer));
  optimizer.set_steps(static_cast<std::int64_t>(step));
  set_generator_state(generator);
  std::erase_if(notes, [](const auto& entry) {
    return entry.first == "format" || entry.first == "step" || entry.first.starts_with("generator.");
  });
  return notes;
}

}  // namespace gradus
