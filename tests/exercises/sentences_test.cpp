// Generated sentences against the grammar that their header promises, spelled out once more.
#include "exercises/common/sentences.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "exercises/common/language_model.h"
#include "gradus/base/random.h"
#include "gradus/tensor/creation.h"

using namespace gradus;
using namespace gradus::exercises;

namespace {

using Words = std::vector<std::string>;
using Ids = std::vector<std::int64_t>;
using Counts = std::map<std::string, double>;

Words words_of(Corpus corpus, const Sentences& s, std::int64_t i) {
  std::istringstream text(text_of(corpus, s, i));
  return {std::istream_iterator<std::string>(text), {}};
}

std::int64_t id(Corpus corpus, const std::string& word) {
  const Words& all = vocabulary(corpus);
  return std::find(all.begin(), all.end(), word) - all.begin();
}

bool is_noun(Corpus corpus, const std::string& word) { return id(corpus, word) < nouns; }

/// Every text of up to `most` fillers, each word with a space behind it.
Words fillings(std::int64_t most) {
  Words all = {""}, last = {""};
  for (; most > 0; --most) {
    Words longer;
    for (const std::string& text : last)
      for (const std::string word : {"then ", "again ", "today ", "quietly "}) longer.push_back(text + word);
    all.insert(all.end(), longer.begin(), longer.end());
    last = longer;
  }
  return all;
}

std::int64_t spaces(const std::string& text) { return std::count(text.begin(), text.end(), ' '); }

/// Each sentence that can be told of sounds, and how likely it is: the numbers of fillers are drawn evenly, those behind
/// from what those before leave of four.
Counts all_sounds() {
  Counts chance;
  const Words& word = vocabulary(Corpus::sounds);
  for (std::size_t animal = 0; animal < 8; ++animal)
    for (const std::string place : {"mat", "hill", "roof", "wall", "path", "log"})
      for (const std::string& before : fillings(4))
        for (const std::string& after : fillings(4 - spaces(before))) {
          std::string text = before + "the " + word[animal] + " sat on the " + place + " " + after +
                             "because it " + word[animal + 8];
          const std::int64_t fillers = spaces(before) + spaces(after);
          for (std::int64_t n = fillers; n < 4; ++n) text += " .";
          chance[text] = std::pow(0.25, fillers) / static_cast<double>(8 * 6 * 5 * (5 - spaces(before)));
        }
  return chance;
}

/// Of what is counted, in nats.
double entropy(const Counts& counts) {
  double sum = 0, total = 0;
  for (const auto& [what, n] : counts) total += n;
  for (const auto& [what, n] : counts) sum -= n / total * std::log(n / total);
  return sum;
}

/// Per word that is predicted: of whole sentences, less that of the first word.
double entropy_per_word(const Counts& sentences) {
  Counts first;
  for (const auto& [text, n] : sentences) first[text.substr(0, text.find(' '))] += n;
  return (entropy(sentences) - entropy(first)) / static_cast<double>(spaces(sentences.begin()->first));
}

}  // namespace

TEST_CASE("what no model can go below is the entropy of all sentences, counted one by one") {
  const Counts sounds = all_sounds();
  CHECK(sounds.size() == 48 * 1593);  // the sum over b of 4^b (1 + 4 + ... + 4^(4 - b)) is 1593
  CHECK(std::abs(entropy_per_word(sounds) - entropy_of(Corpus::sounds)) <= 1e-10);
  Counts roles;
  const Sentences all = all_roles();
  for (std::int64_t i = 0; i < all.size(); ++i) ++roles[text_of(Corpus::roles, all, i)];
  CHECK(roles.size() == 56);
  CHECK(std::abs(entropy_per_word(roles) - entropy_of(Corpus::roles)) <= 1e-10);
}

TEST_CASE("sentences are drawn as often as they are likely") {
  constexpr std::int64_t N = 20000;
  const Counts sounds = all_sounds();
  CHECK(sounds.count("then the horse sat on the roof again because it neighed . .") == 1);
  // Within six standard deviations of a count.
  const auto even = [](double met, double n, double share) {
    return std::abs(met - n * share) <= 6 * std::sqrt(n * share * (1 - share));
  };
  const Sentences s = make_sentences(Corpus::sounds, N, 7);
  Counts pairs, fillers, places;
  double all_fillers = 0;
  for (std::int64_t i = 0; i < N; ++i) {
    const std::size_t at = static_cast<std::size_t>(i);
    REQUIRE(sounds.count(text_of(Corpus::sounds, s, i)) == 1);
    const Words word = words_of(Corpus::sounds, s, i);
    ++pairs[word[static_cast<std::size_t>(s.referent[at])] + " " +
            word[static_cast<std::size_t>(s.distractor[at])]];
    ++places[std::to_string(s.referent[at] - 1) + " " + std::to_string(s.answer[at] - s.distractor[at] - 3)];
    for (const std::string& w : word)
      if (w == "then" || w == "again" || w == "today" || w == "quietly") ++fillers[w], ++all_fillers;
  }
  CHECK(pairs.size() == 48);
  for (const auto& [what, n] : pairs) CHECK(even(n, N, 1.0 / 48));
  CHECK(places.size() == 15);  // so many before, so many after
  for (const auto& [what, n] : places) CHECK(even(n, N, 1.0 / 5 / (5 - std::stod(what))));
  CHECK(fillers.size() == 4);
  for (const auto& [what, n] : fillers) CHECK(even(n, all_fillers, 0.25));

  const Sentences r = make_sentences(Corpus::roles, N, 7);
  Counts roles;
  for (std::int64_t i = 0; i < N; ++i) ++roles[text_of(Corpus::roles, r, i)];
  CHECK(roles.size() == 56);
  for (const auto& [what, n] : roles) CHECK(even(n, N, 1.0 / 56));
}

TEST_CASE("referent, distractor and answer stand where they are said to") {
  for (const Corpus corpus : {Corpus::sounds, Corpus::roles}) {
    const Sentences s = make_sentences(corpus, 300, 3);
    for (std::int64_t i = 0; i < s.size(); ++i) {
      const Words word = words_of(corpus, s, i);
      const auto at = [&](const std::vector<std::int64_t>& places, std::int64_t shift = 0) {
        return word.at(static_cast<std::size_t>(places.at(static_cast<std::size_t>(i)) + shift));
      };
      REQUIRE(std::ssize(word) == s.length());
      CHECK(is_noun(corpus, at(s.referent)));
      CHECK(id(corpus, at(s.answer)) == id(corpus, at(s.referent)) + nouns);
      CHECK(at(s.referent, -1) == "the");
      CHECK(at(s.distractor, -1) == "the");
      CHECK(at(s.answer, -1) == (corpus == Corpus::sounds ? "it" : "was"));
      CHECK(s.referent[static_cast<std::size_t>(i)] < s.distractor[static_cast<std::size_t>(i)]);
      CHECK(is_noun(corpus, at(s.distractor)) == (corpus == Corpus::roles));
      CHECK(at(s.distractor) != at(s.referent));
    }
  }
  CHECK(text_of(Corpus::roles, all_roles(), 0) == "the cat chased the dog because it was bored");
}

TEST_CASE("words are distinct, a seed always makes the same sentences, and one of them can be had alone") {
  for (const Corpus corpus : {Corpus::sounds, Corpus::roles}) {
    const Words& all = vocabulary(corpus);
    CHECK(std::set<std::string>(all.begin(), all.end()).size() == all.size());
    const auto ids = [&](std::uint64_t seed) {
      return make_sentences(corpus, 9, seed).ids.to_vector<std::int64_t>();
    };
    CHECK(ids(1) == ids(1));
    CHECK(ids(1) != ids(2));
    const Sentences s = make_sentences(corpus, 9, 1);
    for (std::size_t i = 0; i < 9; ++i) {
      const Sentences one = only(s, i);
      CHECK(one.size() == 1);
      CHECK(text_of(corpus, one, 0) == text_of(corpus, s, static_cast<std::int64_t>(i)));
      CHECK(one.referent == Ids{s.referent[i]});
      CHECK(one.distractor == Ids{s.distractor[i]});
      CHECK(one.answer == Ids{s.answer[i]});
    }
    CHECK(make_sentences(corpus, 0, 1).size() == 0);
  }
}

TEST_CASE("a model is asked the answer alone, or every word but the first") {
  const Sentences s = make_sentences(Corpus::sounds, 20, 5);
  const std::int64_t T = s.length();
  const Examples answer = asking_answer(s), all = asking_all(s);
  const Ids ids = s.ids.to_vector<std::int64_t>();
  CHECK(answer.ids.to_vector<std::int64_t>() == ids);
  CHECK(all.ids.to_vector<std::int64_t>() == ids);
  REQUIRE(answer.targets.shape() == Shape{20, T, 1});
  REQUIRE(all.targets.shape() == Shape{20, T, 1});
  const Ids one = answer.targets.to_vector<std::int64_t>(), each = all.targets.to_vector<std::int64_t>();
  for (std::int64_t i = 0; i < 20; ++i)
    for (std::int64_t t = 0; t < T; ++t) {
      const std::size_t at = static_cast<std::size_t>(i * T + t);
      const std::int64_t next = t + 1 < T ? ids[at + 1] : -100;
      CHECK(each[at] == next);
      CHECK(one[at] == (t + 1 == s.answer[static_cast<std::size_t>(i)] ? next : -100));
    }
}
