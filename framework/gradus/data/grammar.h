#pragma once
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>

/// The grammar behind the tales, internal to data/. A sentence is told to a Voice, which may write it
/// (drawing the words), read it (recognising them) or weigh it (going through every way it can continue).
/// Every choice is made by the very word that is said next, and the words of one choice differ: so the words
/// tell the choices, the grammar is unambiguous, and the entropy of its choices is the entropy of the text.
namespace gradus::tales {

/// One of the words a choice offers, and its share.
struct Option {
  const char* word = nullptr;
  double weight = 0;  ///< relative to the other options of the choice
};

/// What a choice offers.
struct Choice {
  static constexpr int most = 24;
  std::array<Option, most> options{};
  int size = 0;
  double total = 0;
  void add(const char* word, double weight) {
    options[static_cast<std::size_t>(size++)] = {word, weight};
    total += weight;
  }
  const char* word(int i) const { return options[static_cast<std::size_t>(i)].word; }
  double chance(int i) const { return options[static_cast<std::size_t>(i)].weight / total; }
};

/// Who tells, or listens.
class Voice {
 public:
  virtual ~Voice() = default;
  /// The next word decides how the story goes on: returns the option said.
  virtual int turn(const Choice& choice) = 0;
  /// The next word is one of several that leave the rest of the story the same but for the word itself.
  virtual int name(const Choice& choice) = 0;
  /// The next word is certain.
  virtual void say(const char* word) = 0;
};

/// What a story has mentioned so far, as indices into the word lists; -1 is "not yet".
struct Cast {
  int hero = -1, other = -1, place = -1, thing = -1, colour = -1;
  int subject = -1;  ///< the animal that a sentence beginning with "it" speaks of
  auto operator<=>(const Cast&) const = default;
};

inline constexpr int longest_story = 6;   ///< sentences
inline constexpr int shortest_story = 3;  ///< sentences

/// Tells sentence `number` (0, 1, ...) of a story; true when the story ends with it.
bool tell_sentence(Voice& voice, Cast& cast, int number);

}  // namespace gradus::tales
