// The smallest language model: a table of logits that says which letter follows which. Counting letter pairs
// gives the best such table there is; gradient descent, which never counts, must find the same one.
#include <gradus/gradus.h>

#include <cmath>
#include <cstdio>
#include <map>
#include <string>

using namespace gradus;

const std::string text =  // Lewis Carroll, 1871
    "'Twas brillig, and the slithy toves\nDid gyre and gimble in the wabe:\n"
    "All mimsy were the borogoves,\nAnd the mome raths outgrabe.\n\n"
    "\"Beware the Jabberwock, my son!\nThe jaws that bite, the claws that catch!\n"
    "Beware the Jubjub bird, and shun\nThe frumious Bandersnatch!\"\n\n"
    "He took his vorpal sword in hand:\nLong time the manxome foe he sought-\n"
    "So rested he by the Tumtum tree\nAnd stood awhile in thought.\n";

/// The entropy of the next token given the one before, in nats, by counting pairs.
double counted_entropy(const std::vector<std::int64_t>& ids) {
  std::map<std::int64_t, double> first;
  std::map<std::pair<std::int64_t, std::int64_t>, double> pairs;
  for (std::size_t i = 0; i + 1 < ids.size(); ++i) ++first[ids[i]], ++pairs[{ids[i], ids[i + 1]}];
  double entropy = 0;
  for (const auto& [pair, n] : pairs) entropy -= n * std::log(n / first[pair.first]);
  return entropy / static_cast<double>(ids.size() - 1);
}

int main() {
  manual_seed(1);
  const Tokenizer tokenizer = Tokenizer::train(TokenKind::character, text);
  const std::vector<std::int64_t> ids = tokenizer.encode(text);
  const std::int64_t N = static_cast<std::int64_t>(ids.size()), V = tokenizer.vocab_size();
  const Tensor all = tensor(ids, {N}), letters = all.slice(0, 0, N - 1), next = all.slice(0, 1, N);

  const nn::Embedding table(V, V, nn::Init::zeros());  // row a: the logits of what follows letter a
  AdamW optimizer(parameters(table), {.lr = 0.5, .weight_decay = 0});
  double loss = 0;
  for (int step = 0; step <= 100; ++step) {
    const Tensor nats = cross_entropy(table(letters), next);  // [N - 1, V] against [N - 1]
    loss = nats.item();
    if (step % 20 == 0) std::printf("step %3d   loss %.4f nats a letter\n", step, loss);
    optimizer.zero_grad();
    nats.backward();
    optimizer.step();
  }
  const double best = counted_entropy(ids);
  std::printf("counted    loss %.4f: descent is %.5f short of it\n\n", best, loss - best);

  std::vector<std::int64_t> written{tokenizer.id("T")};
  for (int i = 0; i < 160; ++i) {  // the largest of logits with Gumbel noise is a sample from their softmax
    const Tensor noise = -log(-log(rand({V})));
    written.push_back(argmax(table.weight[written.back()].detach() + noise).item<std::int64_t>());
  }
  std::printf("%s\n", tokenizer.decode(written).c_str());
  return std::fabs(loss - best) <= 1e-3 ? 0 : 1;
}
