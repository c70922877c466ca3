// A language model and its training loop on one page: a transformer of one block learns the built-in tales.
#include <gradus/gradus.h>

#include <cstdio>

using namespace gradus;

struct TinyLm {
  nn::Embedding tokens;
  nn::LearnedPositions positions;
  nn::TransformerBlock block;
  nn::Linear head;

  TinyLm(std::int64_t vocab, std::int64_t context, std::int64_t width)
      : tokens(vocab, width),
        positions(context, width),
        block(width, 4, {.causal = true}),
        head(width, vocab) {}

  Tensor operator()(const Tensor& ids) const {   // [B, T]
    return head(block(positions(tokens(ids))));  // [B, T, V]
  }

  Fields fields() const {
    return {{"tokens", tokens}, {"positions", positions}, {"block", block}, {"head", head}};
  }
};

int main() {
  manual_seed(1);
  const Tales tales = make_tales(1, 2000);
  const Tokenizer tokenizer = Tokenizer::train(TokenKind::word, tales.text);
  const Tokens tokens(tokenizer.encode(tales.text));

  const TinyLm model(tokenizer.vocab_size(), 32, 64);
  AdamW adam(parameters(model), {.lr = 3e-3});
  double last = 0;
  for (int step = 0; step <= 300; ++step) {
    const Batch batch = make_batch(tokens, random_windows(tokens, 32, 16, 1, step), 32);
    const Tensor loss = cross_entropy(model(batch.x), batch.y);
    adam.zero_grad();
    loss.backward();
    adam.step();
    last = loss.item();
    if (step % 50 == 0) std::printf("step %3d   loss %.3f\n", step, last);
  }
  std::printf("no model can do better than %.3f\n", tales_entropy().per_token);
  return last < 2 ? 0 : 1;
}
