#include "gradus/data/tales.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "gradus/base/error.h"
#include "gradus/base/random.h"
#include "gradus/data/grammar.h"

namespace gradus {
namespace {

using namespace tales;

/// Draws each word; draw n of a story is counter n of the story's own random stream.
class Writer final : public Voice {
 public:
  Writer(Philox random, Tales& tales) : random_(random), tales_(tales) {}

  int turn(const Choice& choice) override {
    double left = random_.uniform(drawn_++) * choice.total;
    int i = 0;
    while (i + 1 < choice.size && left >= choice.options[static_cast<std::size_t>(i)].weight)
      left -= choice.options[static_cast<std::size_t>(i++)].weight;
    say(choice.word(i));
    return i;
  }
  int name(const Choice& choice) override { return turn(choice); }
  void say(const char* word) override {
    if (!tales_.text.empty() && tales_.text.back() != '\n') tales_.text += ' ';
    tales_.text += word;
    ++tales_.tokens;
  }

 private:
  Philox random_;
  std::uint64_t drawn_ = 0;
  Tales& tales_;
};

/// Thrown by a Reader to leave the grammar: at the end of the text, or at a word that cannot come here.
struct Leave {};

/// Recognises the words of a text, and so the choices.
class Reader final : public Voice {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  int turn(const Choice& choice) override {
    const std::string_view word = next();
    if (word.empty()) {
      for (int i = 0; i < choice.size; ++i) expected.push_back({choice.word(i), choice.chance(i)});
      throw Leave{};
    }
    for (int i = 0; i < choice.size; ++i)
      if (word == choice.word(i)) {
        cost.log_probability += std::log(choice.chance(i));
        return i;
      }
    refuse();
  }
  int name(const Choice& choice) override { return turn(choice); }
  void say(const char* word) override {
    Choice certain;
    certain.add(word, 1);
    turn(certain);
  }
  bool at_end() { return rest_.find_first_not_of(" \n\t\r") == std::string_view::npos; }

  TalesCost cost;
  std::vector<WordChance> expected;  ///< what could follow, once the text has ended

 private:
  std::string_view next() {
    const std::size_t begin = rest_.find_first_not_of(" \n\t\r");
    if (begin == std::string_view::npos) return {};
    const std::size_t end = std::min(rest_.find_first_of(" \n\t\r", begin), rest_.size());
    const std::string_view word = rest_.substr(begin, end - begin);
    rest_.remove_prefix(end);
    ++cost.tokens;
    return word;
  }
  [[noreturn]] void refuse() {
    cost.log_probability = -std::numeric_limits<double>::infinity();
    throw Leave{};
  }
  std::string_view rest_;
};

void tell_story(Voice& voice) {
  Cast cast;
  voice.say(story_start);
  for (int number = 0; !tell_sentence(voice, cast, number);) ++number;
}

/// Goes through every way one sentence can be told. Names stay unresolved: whichever is said, what follows
/// has the same choices, so the first one stands for all and counts with the entropy of the choice.
class Weigher final : public Voice {
 public:
  int turn(const Choice& choice) override {
    if (depth_ == path_.size()) path_.push_back({0, choice.size});
    const int i = path_[depth_++].taken;
    probability *= choice.chance(i);
    entropy -= std::log(choice.chance(i));
    ++tokens;
    return i;
  }
  int name(const Choice& choice) override {
    for (int i = 0; i < choice.size; ++i) entropy -= choice.chance(i) * std::log(choice.chance(i));
    ++tokens;
    return 0;
  }
  void say(const char*) override { ++tokens; }

  /// Makes ready for the next way; false when all have been told.
  bool again() {
    while (!path_.empty() && path_.back().taken + 1 == path_.back().of) path_.pop_back();
    if (path_.empty()) return false;
    ++path_.back().taken;
    depth_ = 0;
    probability = 1;
    entropy = tokens = 0;
    return true;
  }

  double probability = 1, entropy = 0, tokens = 0;

 private:
  struct Step {
    int taken, of;
  };
  std::vector<Step> path_;
  std::size_t depth_ = 0;
};

}  // namespace

Tales make_tales(std::uint64_t seed, std::int64_t stories) {
  if (stories < 0) fail(fmt::format("make_tales: the number of stories cannot be negative: {}", stories));
  Tales tales;
  for (; tales.stories < stories; ++tales.stories) {
    Writer writer({seed, static_cast<std::uint64_t>(tales.stories)}, tales);
    tell_story(writer);
    tales.text += '\n';
  }
  return tales;
}

TalesCost tales_cost(std::string_view text) {
  Reader reader(text);
  try {
    while (!reader.at_end()) tell_story(reader);
  } catch (const Leave&) {  // an unfinished story is no story
    reader.cost.log_probability = -std::numeric_limits<double>::infinity();
  }
  return reader.cost;
}

std::vector<WordChance> next_words(std::string_view text) {
  Reader reader(text);
  try {
    for (;;) tell_story(reader);
  } catch (const Leave&) {}
  return reader.expected;
}

TalesEntropy tales_entropy() {
  TalesEntropy sum{0, 0, 1};  // the start word costs nothing and counts as a token
  std::map<Cast, double> reached{{Cast{}, 1.0}};
  for (int number = 0; !reached.empty(); ++number) {
    std::map<Cast, double> next;
    for (const auto& [cast, chance] : reached) {
      Weigher weigher;
      do {
        Cast after = cast;
        const bool ended = tell_sentence(weigher, after, number);
        const double p = chance * weigher.probability;
        sum.per_story += p * weigher.entropy;
        sum.tokens_per_story += p * weigher.tokens;
        if (!ended) next[after] += p;
      } while (weigher.again());
    }
    reached = std::move(next);
  }
  sum.per_token = sum.per_story / sum.tokens_per_story;
  return sum;
}

}  // namespace gradus
