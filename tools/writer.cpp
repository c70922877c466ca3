#include "writer.h"

#include <algorithm>

namespace gradus::tools {
namespace {
constexpr std::uint64_t stream = std::uint64_t{1} << 40;  // training draws from streams numbered by its steps
}

Writer::Writer(const models::Gpt& model, const Tokenizer& tokenizer, const std::string& prompt, Sampling how,
               std::uint64_t seed)
    : model_(model), tokenizer_(tokenizer), how_(how), seed_(seed), ids_(tokenizer.encode(prompt)) {
  if (ids_.empty())
    ids_.push_back(tokenizer.start() >= 0 ? tokenizer.start()
                                          : std::max<std::int64_t>(tokenizer.id("\n"), 0));
}

std::vector<std::int64_t> Writer::window() const {
  const std::int64_t n = static_cast<std::int64_t>(ids_.size());
  auto begin = ids_.begin() + std::max<std::int64_t>(n - model_.config.context, 0);
  if (tokenizer_.start() >= 0)
    if (const auto story = std::find(begin, ids_.end(), tokenizer_.start()); story != ids_.end())
      begin = story;
  return {begin, ids_.end()};
}

std::string Writer::next() {
  const NoGrad off;
  const Eval eval;
  const std::vector<std::int64_t> seen = window();
  const std::int64_t length = static_cast<std::int64_t>(seen.size());
  const Tensor logits = model_(tensor(seen, {1, length}));  // [1, length, V]
  const double u = Philox{seed_, stream}.uniform(drawn_++);
  ids_.push_back(choose_token(logits[0][length - 1].to_vector<float>(), how_, u));
  // How a token is written depends on the one before it (spaces, line breaks), and on no other.
  const std::vector<std::int64_t> pair(ids_.end() - 2, ids_.end());
  return tokenizer_.decode(pair).substr(tokenizer_.decode({pair[0]}).size());
}

std::string sample(const models::Gpt& model, const Tokenizer& tokenizer, std::uint64_t seed) {
  constexpr std::int64_t words = 80, characters = 200;
  Writer writer(model, tokenizer, "", {.temperature = 1}, seed);
  std::string text = writer.text();
  const std::int64_t most = tokenizer.kind() == TokenKind::word ? words : characters;
  for (std::int64_t i = 0; i < most; ++i) {
    const std::string more = writer.next();
    if (writer.last() == tokenizer.start()) break;
    text += more;
  }
  return text;
}

}  // namespace gradus::tools
