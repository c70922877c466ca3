#include "gradus/data/entropy.h"

#include <fmt/core.h>

#include <cmath>
#include <unordered_map>

#include "gradus/base/error.h"

namespace gradus {
namespace {

void check(const Tokens& tokens, std::int64_t vocab_size, const char* which) {
  if (tokens.size() < 2)
    fail(Kind::input,
         fmt::format("the {} text is too short: {} tokens, at least 2 are needed", which, tokens.size()));
  if (tokens.max() >= vocab_size)
    fail(Kind::input, fmt::format("the {} text has token id {}, outside the vocabulary of {}", which,
                                  tokens.max(), vocab_size));
}

}  // namespace

Baselines baselines(const Tokens& train, const Tokens& validation, std::int64_t vocab_size) {
  check(train, vocab_size, "training");
  check(validation, vocab_size, "validation");

  const auto vocab = static_cast<std::size_t>(vocab_size);
  std::vector<double> count(vocab), as_context(vocab), followers(vocab);
  std::unordered_map<std::int64_t, double> pairs;  // by previous * vocab_size + next
  for (std::int64_t i = 0; i < train.size(); ++i) {
    const auto next = static_cast<std::size_t>(train[i]);
    ++count[next];
    if (i == 0) continue;
    const auto previous = static_cast<std::size_t>(train[i - 1]);
    ++as_context[previous];
    double& seen = pairs[train[i - 1] * vocab_size + train[i]];
    if (seen == 0) ++followers[previous];
    ++seen;
  }

  Baselines sum;
  const double total = static_cast<double>(train.size()) + 0.5 * static_cast<double>(vocab_size);
  for (std::int64_t i = 1; i < validation.size(); ++i) {
    const std::int64_t previous = validation[i - 1], next = validation[i];
    const double unigram = (count[static_cast<std::size_t>(next)] + 0.5) / total;
    const auto pair = pairs.find(previous * vocab_size + next);
    const double together = pair == pairs.end() ? 0 : pair->second;
    // A context with many different followers keeps more of its mass for followers not yet seen.
    const double distinct = followers[static_cast<std::size_t>(previous)];
    const double times = as_context[static_cast<std::size_t>(previous)];
    const double bigram = times == 0 ? unigram : (together + distinct * unigram) / (times + distinct);
    sum.unigram -= std::log(unigram);
    sum.bigram -= std::log(bigram);
  }
  const double predicted = static_cast<double>(validation.size() - 1);
  return {std::log(static_cast<double>(vocab_size)), sum.unigram / predicted, sum.bigram / predicted};
}

}  // namespace gradus
