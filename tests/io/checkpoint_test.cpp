#include "gradus/io/checkpoint.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "folder.h"
#include "gradus/base/error.h"
#include "gradus/base/random.h"
#include "gradus/nn/layers.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/dropout.h"
#include "gradus/ops/loss.h"
#include "gradus/tensor/creation.h"

using namespace gradus;

namespace {

struct Model {
  nn::Linear first, second;
  explicit Model(std::int64_t width = 5) : first(3, width), second(width, 2, /*with_bias=*/false) {}
  Tensor operator()(const Tensor& x) const { return second(dropout(first(x), 0.3)); }
  Fields fields() const { return {{"first", first}, {"second", second}}; }
};

std::vector<float> numbers(const Model& model) {
  std::vector<float> all;
  for (const Tensor& p : parameters(model))
    for (const float x : p.to_vector<float>()) all.push_back(x);
  return all;
}

/// Steps whose batches and dropout come from the thread's generator.
void train(const Model& model, AdamW& optimizer, int steps) {
  for (int i = 0; i < steps; ++i) {
    const Tensor x = randn({4, 3}), y = randn({4, 2});
    mse_loss(model(x), y).backward();
    optimizer.step();
    optimizer.zero_grad();
  }
}

std::string refusal(const std::string& path, const Model& model) {
  try {
    load(path, model);
  } catch (const Error& e) {
    CHECK(e.kind() == Kind::input);
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("weights come back as they were saved") {
  const Folder folder;
  manual_seed(1);
  const Model saved, loaded;
  CHECK(numbers(saved) != numbers(loaded));
  save(folder / "model.safetensors", saved);
  load(folder / "model.safetensors", loaded);
  CHECK(numbers(saved) == numbers(loaded));
  for (const Tensor& p : parameters(loaded)) CHECK(p.requires_grad());
}

TEST_CASE("a run that is saved and loaded goes on bit for bit") {
  const Folder folder;
  manual_seed(2);
  const Model whole;
  AdamW optimizer(parameters(whole));
  train(whole, optimizer, 5);
  save_training(folder / "training.safetensors", whole, optimizer, {{"note", "kept"}});
  train(whole, optimizer, 5);

  manual_seed(99);
  const Model resumed;
  AdamW other(parameters(resumed));
  const Metadata notes = load_training(folder / "training.safetensors", resumed, other);
  CHECK(other.steps() == 5);
  const Metadata given = {{"note", "kept"}};
  const bool same_notes = notes == given;
  CHECK(same_notes);
  train(resumed, other, 5);
  CHECK(numbers(resumed) == numbers(whole));
}

TEST_CASE("weights of another model are refused before anything changes, and the differences listed") {
  const Folder folder;
  const Model narrow(5), wide(6);
  save(folder / "narrow", narrow);
  const std::vector<float> before = numbers(wide);
  const std::string message = refusal(folder / "narrow", wide);
  CHECK(message.find("first.weight is [5, 3] in the file and [6, 3] in the model") != std::string::npos);
  CHECK(message.find("second.weight is [2, 5] in the file") != std::string::npos);
  CHECK(numbers(wide) == before);

  save_safetensors(folder / "other", {{"first.weight", zeros({5, 3})}, {"extra", zeros({1})}});
  const std::string other = refusal(folder / "other", narrow);
  CHECK(other.find("first.bias is not in the file") != std::string::npos);
  CHECK(other.find("extra is not in the model") != std::string::npos);

  std::vector<NamedTensor> wrong_type;
  for (const NamedTensor& p : named_parameters(narrow))
    wrong_type.push_back({p.name, p.tensor.detach().to(Dtype::float64)});
  save_safetensors(folder / "double", wrong_type);
  CHECK(refusal(folder / "double", narrow).find("float64 in the file and float32 in the model") !=
        std::string::npos);
  CHECK(refusal(folder / "missing", narrow).find("missing") != std::string::npos);
}

TEST_CASE(
    "weights alone are no training state, and an optimizer of other parameters cannot be saved with a "
    "model") {
  const Folder folder;
  const Model model;
  AdamW optimizer(parameters(model));
  save(folder / "model", model);
  CHECK_THROWS_AS(load_training(folder / "model", model, optimizer), Error);
  const AdamW part({model.first.weight});
  CHECK_THROWS_AS(save_training(folder / "training", model, part), Error);
}

TEST_CASE("a step count that no run can reach is refused before anything changes") {
  const Folder folder;
  const Model model;
  AdamW optimizer(parameters(model));
  optimizer.set_steps((std::int64_t{1} << 53) + 1);
  save_training(folder / "training", model, optimizer, {});
  const Model other;
  const std::vector<float> before = numbers(other);
  AdamW fresh(parameters(other));
  CHECK_THROWS_AS(load_training(folder / "training", other, fresh), Error);
  CHECK(fresh.steps() == 0);
  CHECK(numbers(other) == before);
}
