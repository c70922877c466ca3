// The published tests of the course "llm-first-principles", capstone: 15-23, its model, loss, tokenizer and training.
// A gradient of the right sign and the wrong size lowers a loss too, and the last test asks only that nothing is
// thrown. The strict twins pin logits and gradients, what one step must gain, and what a trained model says.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "course/agree.h"
#include "course/generate.h"
#include "course/models.h"
#include "reference/expect.h"

using namespace gradus;
using course::agrees, course::CapstoneLm, course::continued, course::Ids, course::module_agrees,
    course::Tensors;
using models::Gpt;

namespace {

const Ids sentence{1, 5, 10, 15, 20, 25};
Tensor ids(const Ids& row) { return tensor(row, {1, static_cast<std::int64_t>(row.size())}); }
Tensor inputs() { return ids(sentence).slice(1, 0, 5); }
Tensor targets() { return ids(sentence).slice(1, 1, 6); }

/// Text in tokens, and what follows each.
struct Lesson {
  Tokenizer tokenizer;
  Tensor x, y;
  explicit Lesson(const std::string& text) : tokenizer(Tokenizer::train(TokenKind::character, text)) {
    const Tensor all = ids(tokenizer.encode(text));
    x = all.slice(1, 0, all.size(1) - 1);
    y = all.slice(1, 1, all.size(1));
  }
};

}  // namespace

TEST_CASE("capstone 15: the model gives each token its logits") {
  CHECK(CapstoneLm(50, 32, 4, 2)(inputs()).shape() == Shape{1, 5, 50});
}

TEST_CASE("capstone 15, strict: they are the oracle's, and as many parameters as the capstone counts") {
  CapstoneLm model(11, 6, 2, 2);
  module_agrees(
      model, [](auto& p, const auto& x) { return course::capstone_model(p, x, 2, 2); },
      randint(0, 11, {2, 4}));
  CHECK(parameter_count(CapstoneLm(43, 128, 4, 4)) == 792'576);
}

TEST_CASE("capstone 16: every parameter gets a gradient of its shape") {
  const CapstoneLm model(50, 32, 4, 2);
  cross_entropy(model(inputs()), targets()).backward();
  for (const Tensor& p : parameters(model)) {
    REQUIRE(p.grad().defined());
    CHECK(p.grad().shape() == p.shape());
  }
}

TEST_CASE("capstone 16, strict: the loss's gradient is exact, the embedding's from both of its uses") {
  CapstoneLm model(11, 6, 2, 2);
  const Tensor next = randint(0, 11, {2, 4});
  test::randomise_in_float64(model);
  const test::Slots places = course::slots(model);
  Tensors all = test::values(places);
  all.push_back(randint(0, 11, {2, 4}));
  all.push_back(next);
  agrees(
      [&](const Tensors& in) {
        test::fill(places, in);
        return cross_entropy(model(in[in.size() - 2]), in.back());
      },
      [](const auto& in) {
        return course::mean_loss(course::capstone_model(course::Parameters(in), in[in.size() - 2], 2, 2),
                                 in.back());
      },
      all);
  CHECK(every_parameter_is_listed<CapstoneLm>(11, 6, 2, 2));
}

TEST_CASE("capstone 17: generation gives as many tokens as asked for, all of the vocabulary") {
  const Ids text = continued(Gpt({.vocab = 50, .context = 64, .layers = 2, .heads = 4, .width = 32}),
                             {1, 2, 3}, 10, {.temperature = 1});
  CHECK(text.size() == 13);
  for (const std::int64_t id : text) CHECK((id >= 0 && id < 50));
}

TEST_CASE(
    "capstone 17, strict: the same for the same seed; past its context the model sees the last tokens") {
  manual_seed(17);
  const Gpt model({.vocab = 50, .context = 4, .layers = 2, .heads = 4, .width = 32});
  {
    const NoGrad off;
    for (Tensor p : parameters(model)) p.copy_(normal(p.shape(), 0, 0.3));
  }
  const Ids text = continued(model, {1, 2, 3}, 20, {.temperature = 2}, 5);
  CHECK(continued(model, {1, 2, 3}, 20, {.temperature = 2}, 5) == text);
  CHECK(continued(model, {1, 2, 3}, 20, {.temperature = 2}, 6) != text);
  Ids greedy = continued(model, {1, 2, 3, 4, 5, 6}, 10, {.greedy = true});
  for (auto end = greedy.begin() + 6; end != greedy.end(); ++end)
    CHECK(argmax(model(ids({end - 4, end}))[0][3]).item<std::int64_t>() == *end);
}

TEST_CASE("capstone 18: the loss is a positive number, and the logits get a gradient of their shape") {
  const Tensor logits = randn({2, 5, 10}).requires_grad_();
  const Tensor loss = cross_entropy(logits, arange(10).reshape({2, 5}));
  CHECK(loss.dim() == 0);
  CHECK(loss.item() > 0);
  CHECK(grad(loss, {logits})[0].shape() == logits.shape());
}

TEST_CASE("capstone 18, strict: it is the oracle's, and so is the gradient") {
  agrees([](const Tensors& x) { return cross_entropy(x[0], x[1]); },
         [](const auto& x) { return course::mean_loss(x[0], x[1]); },
         {randn({2, 5, 10}), arange(10).reshape({2, 5})});
}

TEST_CASE("capstone 19: each element of the loss's gradient is a difference quotient's") {
  const Tensor logits = randn({1, 3, 5}, Dtype::float64).requires_grad_(), t = arange(3).reshape({1, 3});
  const Tensor g = grad(cross_entropy(logits, t), {logits})[0];
  const double eps = 1e-5;
  for (std::int64_t i = 0; i < 3; ++i)
    for (std::int64_t j = 0; j < 5; ++j) {
      Tensor step = zeros({1, 3, 5}, Dtype::float64);
      step[0][i][j].fill_(eps);
      const double up = cross_entropy(logits + step, t).item(), down = cross_entropy(logits - step, t).item();
      CHECK(std::fabs(g[0][i][j].item() - (up - down) / (2 * eps)) <= 1e-4);
    }
}

TEST_CASE("capstone 20: a text comes back from its tokens, and there are as many as different characters") {
  const Tokenizer t = Tokenizer::train(TokenKind::character, "hello world");
  CHECK(t.decode(t.encode("hello")) == "hello");
  CHECK(t.vocab_size() == 8);
}

TEST_CASE("capstone 20, strict: characters are numbered in order, one id each; a foreign one is an error") {
  const Tokenizer t = Tokenizer::train(TokenKind::character, "hello world");
  CHECK(t.encode(" dehlorw") == Ids{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(t.decode({3, 2, 4, 4, 5}) == "hello");
  CHECK_THROWS_AS(t.encode("help"), Error);
  CHECK_THROWS_AS(t.decode({8}), Error);
}

TEST_CASE("capstone 21: fifty steps of gradient descent lower the loss") {
  manual_seed(42);
  const CapstoneLm model(10, 16, 2, 1);
  const Tensor x = ids({1, 2, 3, 4, 5}), y = ids({2, 3, 4, 5, 6});
  SGD sgd(parameters(model), {.lr = 0.01});
  const double before = cross_entropy(model(x), y).item();
  for (int i = 0; i < 50; ++i) {
    sgd.zero_grad();
    cross_entropy(model(x), y).backward();
    sgd.step();
  }
  CHECK(cross_entropy(model(x), y).item() < before);
}

TEST_CASE(
    "capstone 21, strict: a step gains its length times the gradient's, and moves by exactly that gradient") {
  manual_seed(42);
  CapstoneLm model(10, 16, 2, 1);
  test::randomise_in_float64(model, 0.1);
  const Tensor x = ids({1, 2, 3, 4, 5}), y = ids({2, 3, 4, 5, 6});
  const double rate = 1e-6;
  SGD sgd(parameters(model), {.lr = rate});
  const Tensor loss = cross_entropy(model(x), y);
  loss.backward();
  Tensors expected;
  double squares = 0;
  for (const Tensor& p : parameters(model)) {
    expected.push_back(p.detach() - p.grad() * rate);
    squares += square(p.grad()).sum().item();
  }
  sgd.step();
  for (std::size_t i = 0; i < expected.size(); ++i)
    CHECK(measure::distance(parameters(model)[i], expected[i]) <= 1e-15);
  CHECK(std::fabs((loss.item() - cross_entropy(model(x), y).item()) / (rate * squares) - 1) <= 1e-3);
}

TEST_CASE("capstone 22: a loss of 0 is a perplexity of 1, and ln 10 one of 10") {
  const Tensor first = zeros({1}, Dtype::int64);
  CHECK(exp(cross_entropy(tensor({{1000, 0, 0}}), first)).item() == 1);
  CHECK(std::fabs(exp(cross_entropy(zeros({1, 10}), first)).item() - 10) <= 1e-5);
}

TEST_CASE("capstone 22, strict: of a text it is one over the geometric mean of what its tokens were given") {
  const Tensor logits = randn({6, 9}, Dtype::float64), t = randint(0, 9, {6});
  double product = 1;
  for (std::int64_t i = 0; i < 6; ++i) product *= softmax(logits)[i][t[i].item<std::int64_t>()].item();
  CHECK(std::fabs(exp(cross_entropy(logits, t)).item() / std::pow(product, -1.0 / 6) - 1) <= 1e-14);
}

TEST_CASE("capstone 23: from a text to tokens, a step of training, and a text again") {
  const Lesson lesson("hello world hello world");
  const Gpt model(
      {.vocab = lesson.tokenizer.vocab_size(), .context = 32, .layers = 2, .heads = 2, .width = 32});
  SGD sgd(parameters(model), {.lr = 0.01});
  model.loss(lesson.x, lesson.y).backward();
  sgd.step();
  tools::Writer writer(model, lesson.tokenizer, "hel", {}, 1);
  for (int i = 0; i < 5; ++i) CHECK(writer.next().size() == 1);
}

TEST_CASE("capstone 23, strict: a trained model has learned the text, and says it") {
  manual_seed(23);
  const Lesson lesson("hello world hello world");
  const Gpt model(
      {.vocab = lesson.tokenizer.vocab_size(), .context = 32, .layers = 2, .heads = 2, .width = 32});
  AdamW adam(parameters(model), {.lr = 1e-2});
  for (int i = 0; i < 60; ++i) {
    const Tensor loss = model.loss(lesson.x, lesson.y);
    adam.zero_grad();
    loss.backward();
    adam.step();
  }
  tools::Writer writer(model, lesson.tokenizer, "hel", {.greedy = true}, 1);
  std::string text = writer.text();
  while (text.size() < 23) text += writer.next();
  CHECK(text == "hello world hello world");
}
