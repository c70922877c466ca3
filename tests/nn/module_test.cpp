// Tables of contents: what a module lists, what its parameters are called, and what catches a forgotten one.
#include "gradus/nn/module.h"

#include <doctest/doctest.h>

#include <string>
#include <type_traits>
#include <vector>

#include "gradus/autograd/errors.h"
#include "gradus/nn/transformer.h"
#include "gradus/tensor/creation.h"
#include "models/gpt.h"
#include "models/parameter_slots.h"

using namespace gradus;
using models::Gpt;
using models::GptConfig;

namespace {

std::vector<std::string> names(const Fields& fields) {
  std::vector<std::string> all;
  for (const NamedTensor& p : named_parameters(fields)) all.push_back(p.name);
  return all;
}

struct Forgetful {
  nn::Linear seen{2, 3}, forgotten{3, 2};
  Fields fields() const { return {{"seen", seen}}; }
};

struct TwoLayers {
  std::vector<nn::Linear> layers;
  explicit TwoLayers(std::int64_t width) {
    layers.emplace_back(width, width);
    layers.emplace_back(width, width, false);
  }
  Fields fields() const { return {{"layers", layers}}; }
};

constexpr GptConfig tiny{.vocab = 11, .context = 8, .layers = 3, .heads = 2, .width = 8};

}  // namespace

static_assert(!std::is_copy_constructible_v<Parameter> && !std::is_copy_assignable_v<Parameter>);
static_assert(std::is_nothrow_move_constructible_v<Parameter> &&
              std::is_nothrow_move_assignable_v<Parameter>);
static_assert(!std::is_copy_constructible_v<nn::Linear> && std::is_move_constructible_v<nn::Linear>);
static_assert(!std::is_copy_constructible_v<nn::TransformerBlock> &&
              std::is_move_constructible_v<nn::TransformerBlock>);
static_assert(!std::is_copy_constructible_v<Gpt> && std::is_move_constructible_v<Gpt>);
static_assert(!std::is_constructible_v<Field, std::string, Tensor>, "a plain tensor is no parameter");

TEST_CASE("every module lists every parameter it makes") {
  CHECK(every_parameter_is_listed<nn::Linear>(3, 4));
  CHECK(every_parameter_is_listed<nn::Linear>(3, 4, false));
  CHECK(every_parameter_is_listed<nn::Embedding>(5, 4));
  CHECK(every_parameter_is_listed<nn::LayerNorm>(4));
  CHECK(every_parameter_is_listed<nn::LayerNorm>(4, false));
  CHECK(every_parameter_is_listed<nn::RMSNorm>(4));
  CHECK(parameters(nn::Dropout{0.5}).empty());
  CHECK(every_parameter_is_listed<nn::MultiHeadAttention>(8, 2));
  CHECK(every_parameter_is_listed<nn::MultiHeadAttention>(
      8, 4, nn::MultiHeadAttentionOptions{.kv_heads = 2, .bias = false}));
  CHECK(every_parameter_is_listed<nn::FeedForward>(4, 8));
  CHECK(every_parameter_is_listed<nn::TransformerBlock>(8, 2));
  CHECK(every_parameter_is_listed<nn::LearnedPositions>(5, 4));
  CHECK(every_parameter_is_listed<TwoLayers>(4));
  CHECK(every_parameter_is_listed<Gpt>(tiny));
}

TEST_CASE("the audit catches a forgotten field") { CHECK_FALSE(every_parameter_is_listed<Forgetful>()); }

TEST_CASE("parameters are named by their path, in the order of the tables of contents") {
  const nn::MultiHeadAttention attention(8, 2);
  CHECK(names(attention.fields()) ==
        std::vector<std::string>{"qkv.weight", "qkv.bias", "proj.weight", "proj.bias"});
  const TwoLayers layers(4);
  CHECK(names(layers.fields()) ==
        std::vector<std::string>{"layers.0.weight", "layers.0.bias", "layers.1.weight"});

  const Gpt gpt(tiny);
  std::vector<std::string> expected{"tokens.weight", "positions.weight"};
  for (const char* block : {"blocks.0.", "blocks.1.", "blocks.2."})
    for (const char* name : {"norm_1.weight", "attention.qkv.weight", "attention.proj.weight",
                             "norm_2.weight", "mlp.fc.weight", "mlp.proj.weight"})
      expected.push_back(std::string(block) + name);
  expected.push_back("norm.weight");
  CHECK(names(gpt.fields()) == expected);
}

TEST_CASE("a model knows its layers and parameters by name, in errors too") {
  const Gpt gpt(tiny);
  CHECK(gpt.blocks[2].attention.name.text() == "blocks.2.attention");
  CHECK(describe(gpt.blocks[2].attention.qkv.weight).find("parameter blocks.2.attention.qkv.weight") !=
        std::string::npos);
  try {
    gpt.blocks[1].mlp.fc(zeros({2, 5}));
    FAIL("a wrong width must be an error");
  } catch (const Error& e) {
    CHECK(std::string(e.what()).find("parameter blocks.1.mlp.fc.weight") != std::string::npos);
  }
}

TEST_CASE("names follow a model that is moved") {
  Gpt built(tiny);
  const Gpt gpt(std::move(built));
  CHECK(gpt.blocks[1].attention.name.text() == "blocks.1.attention");
  CHECK(describe(gpt.blocks[1].attention.proj.weight).find("blocks.1.attention.proj.weight") !=
        std::string::npos);
}

TEST_CASE("parameters are the model's own: leaves that share its memory") {
  Gpt gpt(tiny);
  const std::vector<Tensor> listed = parameters(gpt);
  const test::Slots places = test::slots(gpt);
  REQUIRE(listed.size() == places.size());
  std::int64_t count = 0;
  for (std::size_t i = 0; i < listed.size(); ++i) {
    CHECK(listed[i].storage() == places[i]->storage());
    CHECK(listed[i].is_leaf());
    CHECK(listed[i].requires_grad());
    count += listed[i].numel();
    for (std::size_t j = 0; j < i; ++j) CHECK(listed[i].storage() != listed[j].storage());
  }
  // Tied head: V C + T C + L (12 C C + 2 C) + C without biases.
  CHECK(count == 11 * 8 + 8 * 8 + 3 * (12 * 64 + 16) + 8);
  CHECK(parameter_count(gpt) == count);
}

TEST_CASE("describe lists every parameter and the total") {
  const nn::Linear layer(3, 4);
  const std::string text = describe(layer);
  CHECK(text.find("weight") != std::string::npos);
  CHECK(text.find("[4, 3]") != std::string::npos);
  CHECK(text.find("total") != std::string::npos);
  CHECK(text.find("16\n") != std::string::npos);
}
