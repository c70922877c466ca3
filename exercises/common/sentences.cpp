#include "exercises/common/sentences.h"

#include <algorithm>

#include "gradus/base/random.h"
#include "gradus/tensor/creation.h"

namespace gradus::exercises {
namespace {

using Words = std::vector<std::string>;

const Words animals = {"cat", "dog", "cow", "horse", "sheep", "duck", "mouse", "pig"};
const Words sounds = {"purred", "barked", "mooed", "neighed", "bleated", "quacked", "squeaked", "grunted"};
const Words properties = {"bored", "playful", "hungry", "wild", "angry", "cross", "brave", "late"};
const Words places = {"mat", "hill", "roof", "wall", "path", "log"};
const Words fillers = {"then", "again", "today", "quietly"};
constexpr std::int64_t most_fillers = 4;

Words joined(std::initializer_list<Words> parts) {
  Words all;
  for (const Words& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

/// Writes sentences word by word.
class Writer {
 public:
  explicit Writer(Corpus corpus) : words_(vocabulary(corpus)) {}

  /// Adds a word to the sentence at hand and tells where it stands.
  std::int64_t say(const std::string& word) {
    const auto found = std::find(words_.begin(), words_.end(), word);
    ids_.push_back(found - words_.begin());
    return static_cast<std::int64_t>(ids_.size()) - begin_ - 1;
  }
  void say(std::initializer_list<const char*> words) {
    for (const char* word : words) say(word);
  }
  void end(std::int64_t referent, std::int64_t distractor, std::int64_t answer) {
    begin_ = static_cast<std::int64_t>(ids_.size());
    made_.referent.push_back(referent);
    made_.distractor.push_back(distractor);
    made_.answer.push_back(answer);
  }
  std::int64_t length() const { return static_cast<std::int64_t>(ids_.size()) - begin_; }
  Sentences done() {
    const std::int64_t n = static_cast<std::int64_t>(made_.answer.size());
    made_.ids = tensor(ids_, {n, n == 0 ? 0 : begin_ / n});
    return made_;
  }

 private:
  const Words& words_;
  std::vector<std::int64_t> ids_;
  std::int64_t begin_ = 0;
  Sentences made_;
};

template <class Draw> void write_sounds(Writer& w, const Draw& draw) {
  const auto fill = [&](std::int64_t most) {
    const std::int64_t n = draw(most + 1);
    for (std::int64_t i = 0; i < n; ++i) w.say(fillers[static_cast<std::size_t>(draw(4))]);
    return n;
  };
  const std::size_t animal = static_cast<std::size_t>(draw(nouns)), place = static_cast<std::size_t>(draw(6));
  const std::int64_t before = fill(most_fillers);
  w.say("the");
  const std::int64_t referent = w.say(animals[animal]);
  w.say({"sat", "on", "the"});
  const std::int64_t distractor = w.say(places[place]);
  fill(most_fillers - before);
  w.say({"because", "it"});
  const std::int64_t answer = w.say(sounds[animal]);
  while (w.length() < most_fillers + 9) w.say(".");
  w.end(referent, distractor, answer);
}

void write_roles(Writer& w, std::size_t subject, std::size_t object) {
  w.say("the");
  const std::int64_t referent = w.say(animals[subject]);
  w.say({"chased", "the"});
  const std::int64_t distractor = w.say(animals[object]);
  w.say({"because", "it", "was"});
  w.end(referent, distractor, w.say(properties[subject]));
}

}  // namespace

const Words& vocabulary(Corpus corpus) {
  static const Words of_sounds =
      joined({animals, sounds, places, fillers, {"the", "sat", "on", "because", "it", "."}});
  static const Words of_roles = joined({animals, properties, {"the", "chased", "because", "it", "was"}});
  return corpus == Corpus::sounds ? of_sounds : of_roles;
}

Sentences make_sentences(Corpus corpus, std::int64_t count, std::uint64_t seed) {
  const Philox random{seed, 0};
  std::uint64_t drawn = 0;
  const auto draw = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random.below(drawn++, static_cast<std::uint64_t>(n)));
  };
  Writer w(corpus);
  for (std::int64_t i = 0; i < count; ++i) {
    if (corpus == Corpus::sounds) {
      write_sounds(w, draw);
    } else {
      const std::int64_t subject = draw(nouns), other = draw(nouns - 1);
      write_roles(w, static_cast<std::size_t>(subject),
                  static_cast<std::size_t>(other < subject ? other : other + 1));
    }
  }
  return w.done();
}

Sentences all_roles() {
  Writer w(Corpus::roles);
  for (std::size_t subject = 0; subject < nouns; ++subject)
    for (std::size_t object = 0; object < nouns; ++object)
      if (object != subject) write_roles(w, subject, object);
  return w.done();
}

Sentences only(const Sentences& s, std::size_t i) {
  const std::int64_t row = static_cast<std::int64_t>(i);
  return {s.ids.slice(0, row, row + 1), {s.referent.at(i)}, {s.distractor.at(i)}, {s.answer.at(i)}};
}

namespace {

template <class Asked> Examples examples_of(const Sentences& s, const Asked& asked) {
  const std::vector<std::int64_t> ids = s.ids.to_vector<std::int64_t>();
  const std::int64_t n = s.size(), t = s.length();
  std::vector<std::int64_t> targets(ids.size(), -100);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t row = 0; row + 1 < t; ++row)
      if (asked(i, row)) {
        const std::size_t at = static_cast<std::size_t>(i * t + row);
        targets[at] = ids[at + 1];
      }
  return {s.ids, tensor(targets, {n, t, 1})};
}

}  // namespace

Examples asking_answer(const Sentences& s) {
  return examples_of(
      s, [&](std::int64_t i, std::int64_t row) { return row + 1 == s.answer[static_cast<std::size_t>(i)]; });
}

Examples asking_all(const Sentences& s) {
  return examples_of(s, [](std::int64_t, std::int64_t) { return true; });
}

std::string text_of(Corpus corpus, const Sentences& s, std::int64_t i) {
  const std::vector<std::int64_t> ids = s.ids.select(0, i).to_vector<std::int64_t>();
  std::string text;
  for (const std::int64_t id : ids)
    text += (text.empty() ? "" : " ") + vocabulary(corpus)[static_cast<std::size_t>(id)];
  return text;
}

}  // namespace gradus::exercises
