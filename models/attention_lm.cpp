// A language model of one attention layer, on a text that cannot be predicted without looking back: eight
// random letters, then the same letters backwards. Watch where it learns to look.
#include <gradus/gradus.h>

#include <cmath>
#include <cstdio>

using namespace gradus;

constexpr int letters = 8, half = 8;          // a word of `half` letters
constexpr int V = letters + 1, T = 2 * half;  // the last token is "|"; T tokens are read

struct AttentionLm {
  nn::Embedding tokens{V, 32};
  nn::LearnedPositions positions{T, 32, nn::Init::normal(1)};  // as loud as the tokens
  nn::MultiHeadAttention attention{32, 1, {.causal = true}};
  nn::Linear head{32, V};

  AttentionLm() { name_layers(*this); }
  /// ids [B, T]  ->  logits [B, T, V]: row t predicts token t + 1
  Tensor operator()(const Tensor& ids) const {
    const Tensor x = positions(tokens(ids));  // [B, T, C]
    return head(x + attention(x));
  }
  Fields fields() const {
    return {{"tokens", tokens}, {"positions", positions}, {"attention", attention}, {"head", head}};
  }
};

struct Palindromes {
  Tensor ids, targets;  // [B, T]
};
/// "badc|cda" and what comes next. The first half cannot be guessed and does not count.
Palindromes palindromes(std::int64_t B) {
  const Tensor word = randint(0, letters, {B, half}), bar = full({B, 1}, letters, Dtype::int64);
  std::vector<Tensor> mirror;
  for (int t = half; t-- > 0;) mirror.push_back(word.select(1, t));
  const Tensor back = stack(mirror, 1), nothing = full({B, half}, no_target, Dtype::int64);  // [B, half]
  return {cat({word, bar, back.slice(1, 0, half - 1)}, 1), cat({nothing, back}, 1)};
}

int main() {
  manual_seed(1);
  const AttentionLm model;
  AdamW optimizer(parameters(model), {.lr = 5e-3});
  std::printf("no model gets below ln %d = %.4f without looking back\n", letters, std::log(letters));
  for (int step = 0; step <= 300; ++step) {
    const Palindromes batch = palindromes(64);
    const Tensor loss = cross_entropy(model(batch.ids), batch.targets);
    if (step % 50 == 0) std::printf("step %3d   loss %.4f\n", step, loss.item());
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
  }

  const NoGrad off;
  const Capture seen;
  const Palindromes fresh = palindromes(500);
  const Tensor right = eq(argmax(model(fresh.ids)), fresh.targets).to(Dtype::float32);  // [B, T]
  const double accuracy = right.slice(1, half, T).mean().item();
  const Tensor map = seen.weights("attention").select(1, 0);  // [B, T, T] of the only head
  const auto letter = [&](int t) { return "abcdefgh|"[fresh.ids[0][t].item<int>()]; };

  std::printf("\nWhat each letter looks at to write the next, in %% of its attention:\n\n  ");
  for (int t = 0; t < T; ++t) std::printf("   %c", letter(t));
  double wanted = 0;  // attention on the one letter that tells
  for (int q = half; q < T; ++q) {
    wanted += map.select(1, q).select(1, T - 1 - q).mean().item() / half;
    std::printf("\n %c", letter(q));
    for (int k = 0; k <= q; ++k) {
      const double percent = 100 * map[0][q][k].item();
      percent < 0.5 ? std::printf("   .") : std::printf("%4.0f", percent);
    }
  }
  std::printf("\n\n%.2f %% of the letters of 500 fresh words come back right\n", 100 * accuracy);
  std::printf("%.2f %% of the attention lies on the letter that is wanted\n", 100 * wanted);
  return accuracy > 0.99 && wanted > 0.9 ? 0 : 1;
}
