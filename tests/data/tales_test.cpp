#include "gradus/data/tales.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "gradus/base/error.h"

using namespace gradus;

namespace {

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts{""};
  for (char c : text)
    if (c != at)
      parts.back() += c;
    else
      parts.push_back("");
  if (parts.back().empty()) parts.pop_back();
  return parts;
}

double chance(const std::string& text, const std::string& word) {
  double sum = 0;
  for (const WordChance& w : next_words(text))
    if (w.word == word) sum += w.probability;
  return sum;
}

}  // namespace

TEST_CASE("every tale is read back into the choices that told it, word by word") {
  const Tales tales = make_tales(11, 400);
  CHECK(tales.stories == 400);
  double told = 0;
  std::int64_t tokens = 0;
  for (const std::string& story : split(tales.text, '\n')) {
    const TalesCost cost = tales_cost(story);
    // The probability of the story again, from the chances of each next word given those before.
    double by_words = 0;
    std::string prefix;
    for (const std::string& word : split(story, ' ')) {
      const auto next = next_words(prefix);
      double sum = 0;
      std::set<std::string> distinct;
      for (const WordChance& w : next) {
        sum += w.probability;
        distinct.insert(w.word);
      }
      CHECK(std::abs(sum - 1) <= 1e-12);
      CHECK(distinct.size() == next.size());  // unambiguous: the word tells the choice
      by_words += std::log(chance(prefix, word));
      prefix += prefix.empty() ? word : " " + word;
      ++tokens;
    }
    CHECK(std::abs(by_words - cost.log_probability) <= 1e-9);
    told += cost.log_probability;
  }
  CHECK(tokens == tales.tokens);
  const TalesCost whole = tales_cost(tales.text);
  CHECK(whole.tokens == tales.tokens);
  CHECK(std::abs(whole.log_probability - told) <= 1e-7);
  CHECK(std::abs(whole.floor() + told / static_cast<double>(tokens - 1)) <= 1e-9);
}

TEST_CASE("the exact entropy is what a large corpus costs") {
  const TalesEntropy exact = tales_entropy();
  const Tales tales = make_tales(5, 20000);
  double mean = 0, square = 0, length = 0;
  for (const std::string& story : split(tales.text, '\n')) {
    const TalesCost cost = tales_cost(story);
    mean -= cost.log_probability / 20000;
    square += cost.log_probability * cost.log_probability / 20000;
    length += static_cast<double>(cost.tokens) / 20000;
  }
  const double error = std::sqrt((square - mean * mean) / 20000);
  MESSAGE("entropy ", exact.per_token, " nats per token, stories of ", exact.tokens_per_story, " tokens; ",
          mean, " +- ", error, " nats per story in a sample, ", exact.per_story, " exactly");
  CHECK(std::abs(mean - exact.per_story) <= 4 * error);
  CHECK(error < 0.1);
  CHECK(std::abs(length - exact.tokens_per_story) <= 0.5);
  CHECK(std::abs(exact.per_token - exact.per_story / exact.tokens_per_story) <= 1e-12);
  CHECK(std::abs(tales_cost(tales.text).floor() - exact.per_token) <= 0.01);
}

TEST_CASE("the verb and the connective decide of whom \"it was\" speaks") {
  const std::string tell = "<story> ";
  const auto most_likely = [&](const std::string& text) {
    std::string best;
    double most = 0;
    for (const WordChance& w : next_words(tell + text))
      if (w.probability > most) {
        most = w.probability;
        best = w.word;
      }
    return best;
  };
  CHECK(most_likely("the cat sat on the mat because it was") == "tired");
  CHECK(most_likely("the dog sat on the mat because it was") == "hungry");
  CHECK(most_likely("the cat sat on the mat but it was") == "thin");
  CHECK(most_likely("the cat liked the mat because it was") == "soft");
  CHECK(most_likely("the cat left the mat because it was") == "thin");
  CHECK(most_likely("the fox chased the hen because it was") == "clever");
  CHECK(most_likely("the fox chased the hen but it was") == "busy");
  CHECK(most_likely("the fox feared the hen because it was") == "busy");
  CHECK(most_likely("the fox feared the hen but it was") == "clever");
  // The property of whoever "it" of the sentence before stands for.
  CHECK(most_likely("one day a cat met a dog . the dog said") == "woof");
  CHECK(most_likely("one day a cat met a dog . it said") == "meow");
  CHECK(most_likely("the cat found a red ball . the cat showed the") == "red");
  CHECK(std::abs(chance(tell + "the cat sat on the mat because it was", "tired") - 0.75) <= 1e-12);
  CHECK(chance(tell + "the cat sat on the mat because it was", "soft") == 0);
}

TEST_CASE("what the grammar cannot tell has probability zero") {
  const std::string good = "<story> once there was a cat . it said meow . so the cat went home .";
  CHECK(std::isfinite(tales_cost(good).log_probability));
  CHECK(std::isfinite(
      tales_cost("<story> once there was a cat . the cat chased the mouse because it was tired . "
                 "so the mouse went home .")
          .log_probability));
  CHECK(std::isfinite(tales_cost(good + "\n" + good + "\n").log_probability));
  for (const std::string& bad : {
           std::string("once there was a cat ."),
           good.substr(8),
           good + " .",
           good.substr(0, good.size() - 1),
           std::string("<story>"),
           std::string("<story> once there was a cat . it said woof . so the cat went home ."),
           std::string("<story> one day a cat met a cat . it said meow . so the cat went home ."),
           std::string("<story> once there was a cat . so the cat went home ."),
           std::string("<story> once there was a cat . it sat on the mat . it sat on the rug . so the cat "
                       "went home ."),
       }) {
    INFO(bad);
    CHECK(tales_cost(bad).log_probability == -std::numeric_limits<double>::infinity());
  }
  CHECK(next_words("<story> the whale").empty());
  CHECK(tales_cost("").log_probability == 0);
  CHECK(tales_cost("").tokens == 0);
  CHECK(tales_cost("").floor() == 0);
}

TEST_CASE("tales depend on the seed, and longer corpora begin with the shorter") {
  const Tales a = make_tales(1, 50), b = make_tales(1, 80), c = make_tales(2, 50);
  CHECK(b.text.substr(0, a.text.size()) == a.text);
  CHECK(a.text != c.text);
  CHECK(make_tales(1, 0).text.empty());
  CHECK_THROWS_AS(make_tales(1, -1), Error);
}

TEST_CASE("tales are varied and short: the vocabulary, the lengths, few stories twice") {
  const Tales tales = make_tales(3, 5000);
  std::set<std::string> words, stories;
  std::map<std::int64_t, int> sentences;
  int longer_than_context = 0;
  for (const std::string& story : split(tales.text, '\n')) {
    const auto tokens = split(story, ' ');
    words.insert(tokens.begin(), tokens.end());
    stories.insert(story);
    CHECK(tokens.front() == story_start);
    ++sentences[std::count(tokens.begin(), tokens.end(), ".")];
    longer_than_context += tokens.size() > 64;
  }
  CHECK(words.size() >= 100);
  CHECK(words.size() <= 150);
  CHECK(sentences.begin()->first == 3);
  CHECK(sentences.rbegin()->first == 6);
  CHECK(longer_than_context <= 50);
  CHECK(stories.size() >= 4990);
}
