#include "gradus/data/grammar.h"

#include <initializer_list>
#include <iterator>

namespace gradus::tales {
namespace {

struct Animal {
  const char *word, *trait, *rare_trait, *sound;
};
constexpr Animal animals[] = {
    {"cat", "tired", "lazy", "meow"},         {"dog", "hungry", "loyal", "woof"},
    {"fox", "clever", "sneaky", "yip"},       {"mouse", "shy", "tiny", "squeak"},
    {"bear", "strong", "grumpy", "growl"},    {"frog", "green", "jumpy", "croak"},
    {"hen", "busy", "worried", "cluck"},      {"pig", "muddy", "round", "oink"},
    {"goat", "stubborn", "curious", "bleat"}, {"duck", "noisy", "silly", "quack"},
};

struct Place {
  const char *word, *charm, *flaw;
};
constexpr Place places[] = {
    {"mat", "soft", "thin"},      {"rug", "pretty", "dusty"}, {"log", "smooth", "hollow"},
    {"wall", "sunny", "cracked"}, {"bed", "warm", "narrow"},  {"bridge", "wide", "shaky"},
    {"tree", "tall", "crooked"},  {"roof", "flat", "leaky"},
};

constexpr const char* things[] = {"ball", "shell", "hat", "drum", "kite", "cake"};
constexpr const char* colours[] = {"red", "blue", "yellow", "white", "black"};
constexpr const char* where[] = {"on", "under", "by"};

/// What a verb is about; with the connective it decides whom "it" means (see reason).
enum class Verb { rest, act, feel, like, leave, say, find, show };
struct VerbWord {
  const char* word;
  Verb verb;
  double weight;
};
constexpr VerbWord verbs[] = {
    {"sat", Verb::rest, 3},     {"slept", Verb::rest, 2},  {"hid", Verb::rest, 2},
    {"waited", Verb::rest, 2},  {"chased", Verb::act, 3},  {"followed", Verb::act, 2},
    {"called", Verb::act, 2},   {"visited", Verb::act, 2}, {"feared", Verb::feel, 2},
    {"trusted", Verb::feel, 2}, {"helped", Verb::feel, 2}, {"liked", Verb::like, 3},
    {"left", Verb::leave, 2},   {"said", Verb::say, 3},    {"found", Verb::find, 3},
    {"showed", Verb::show, 3},
};

const Animal& animal(int i) { return animals[i]; }

/// "the cat" again, or a first mention. Repeats cost no choice; `not_this` keeps the two animals apart.
void say_animal(Voice& voice, int& who, int not_this) {
  if (who >= 0) return voice.say(animal(who).word);
  Choice choice;
  std::array<int, Choice::most> index{};
  for (int i = 0; i < static_cast<int>(std::size(animals)); ++i)
    if (i != not_this) {
      index[static_cast<std::size_t>(choice.size)] = i;
      choice.add(animal(i).word, 1);
    }
  who = index[static_cast<std::size_t>(voice.name(choice))];
}

/// One word of a list, all alike.
template <class List> int say_one_of(Voice& voice, const List& list) {
  Choice choice;
  for (const char* word : list) choice.add(word, 1);
  return voice.name(choice);
}

void say_place(Voice& voice, Cast& cast) {
  if (cast.place >= 0) return voice.say(places[cast.place].word);
  Choice choice;
  for (const Place& place : places) choice.add(place.word, 1);
  cast.place = voice.name(choice);
}

void say_trait(Voice& voice, const Animal& who) {
  Choice choice;
  choice.add(who.trait, 3);
  choice.add(who.rare_trait, 1);
  voice.name(choice);
}

/// ". " or "because" or "but": 0, 1, 2.
int connective(Voice& voice, bool with_but) {
  Choice choice;
  choice.add(".", 1);
  choice.add("because", 2);
  if (with_but) choice.add("but", 1);
  return voice.turn(choice);
}

void it_was(Voice& voice) {
  voice.say("it");
  voice.say("was");
}

/// The animal a sentence is about, after "the": one of those known.
int say_subject(Voice& voice, Cast& cast) {
  if (cast.other < 0) {
    say_animal(voice, cast.hero, -1);
    return cast.hero;
  }
  Choice choice;
  choice.add(animal(cast.hero).word, 1);
  choice.add(animal(cast.other).word, 1);
  return voice.name(choice) == 0 ? cast.hero : cast.other;
}

/// The animal that is not the subject, after "the"; met for the first time if need be.
int say_object(Voice& voice, Cast& cast) {
  if (cast.subject == cast.other)
    voice.say(animal(cast.hero).word);
  else
    say_animal(voice, cast.other, cast.hero);
  return cast.subject == cast.other ? cast.hero : cast.other;
}

/// "sat on the mat because it was tired": `because` speaks of the animal, `but` of the place.
void tell_rest(Voice& voice, Cast& cast) {
  say_one_of(voice, where);
  voice.say("the");
  say_place(voice, cast);
  const int link = connective(voice, true);
  if (link == 0) return;
  it_was(voice);
  if (link == 1)
    say_trait(voice, animal(cast.subject));
  else
    voice.say(places[cast.place].flaw);
  voice.say(".");
}

/// "chased the hen because it was hungry": whoever acts has the reason, so `because` speaks of the subject
/// and `but` of the object. "feared the bear because it was strong": the reason lies in whom one feels for,
/// and it is the other way round.
void tell_pair(Voice& voice, Cast& cast, Verb verb) {
  voice.say("the");
  const int subject = cast.subject, object = say_object(voice, cast);
  const int link = connective(voice, true);
  if (link == 0) return;
  it_was(voice);
  say_trait(voice, animal((link == 1) == (verb == Verb::act) ? subject : object));
  voice.say(".");
}

/// "liked the mat because it was soft", "left the mat because it was thin".
void tell_opinion(Voice& voice, Cast& cast, Verb verb) {
  voice.say("the");
  say_place(voice, cast);
  if (connective(voice, false) == 0) return;
  it_was(voice);
  voice.say(verb == Verb::like ? places[cast.place].charm : places[cast.place].flaw);
  voice.say(".");
}

/// "said meow." or "said meow to the dog."
void tell_speech(Voice& voice, Cast& cast) {
  voice.say(animal(cast.subject).sound);
  Choice choice;
  choice.add(".", 1);
  choice.add("to", 1);
  if (voice.turn(choice) == 0) return;
  voice.say("the");
  say_object(voice, cast);
  voice.say(".");
}

/// "found a red ball." and, once there is one, "showed the red ball to the dog."
void tell_thing(Voice& voice, Cast& cast, Verb verb) {
  if (verb == Verb::find) {
    voice.say("a");
    cast.colour = say_one_of(voice, colours);
    cast.thing = say_one_of(voice, things);
  } else {
    voice.say("the");
    voice.say(colours[cast.colour]);
    voice.say(things[cast.thing]);
    voice.say("to");
    voice.say("the");
    say_object(voice, cast);
  }
  voice.say(".");
}

/// From the verb to the full stop.
void tell_event(Voice& voice, Cast& cast) {
  Choice choice;
  std::array<Verb, Choice::most> verb_of{};
  for (const VerbWord& v : verbs) {
    if (v.verb == (cast.thing < 0 ? Verb::show : Verb::find)) continue;
    verb_of[static_cast<std::size_t>(choice.size)] = v.verb;
    choice.add(v.word, v.weight);
  }
  const Verb verb = verb_of[static_cast<std::size_t>(voice.turn(choice))];
  switch (verb) {
    case Verb::rest: return tell_rest(voice, cast);
    case Verb::act:
    case Verb::feel: return tell_pair(voice, cast, verb);
    case Verb::like:
    case Verb::leave: return tell_opinion(voice, cast, verb);
    case Verb::say: return tell_speech(voice, cast);
    case Verb::find:
    case Verb::show: return tell_thing(voice, cast, verb);
  }
}

void say_all(Voice& voice, std::initializer_list<const char*> words) {
  for (const char* word : words) voice.say(word);
}

/// "once there was a cat.", "one day a cat met a dog.", "a cat and a dog lived by the bridge.", or straight
/// into an event.
void tell_opening(Voice& voice, Cast& cast) {
  Choice choice;
  for (const char* word : {"the", "once", "one", "a"}) choice.add(word, 1);
  const int form = voice.turn(choice);
  if (form == 1) say_all(voice, {"there", "was", "a"});
  if (form == 2) say_all(voice, {"day", "a"});
  say_animal(voice, cast.hero, -1);
  cast.subject = cast.hero;
  if (form == 0) return tell_event(voice, cast);
  if (form >= 2) {
    say_all(voice, {form == 2 ? "met" : "and", "a"});
    say_animal(voice, cast.other, cast.hero);
  }
  if (form == 3) {
    say_all(voice, {"lived", "by", "the"});
    say_place(voice, cast);
  }
  voice.say(".");
}

/// "so the cat went home.", "at last the cat fell asleep.", "in the end the cat and the dog were friends."
void tell_closing(Voice& voice, Cast& cast, int form) {
  if (form == 1) voice.say("last");
  if (form == 2) say_all(voice, {"the", "end"});
  voice.say("the");
  if (form < 2) {
    say_subject(voice, cast);
    form == 0 ? say_all(voice, {"went", "home"}) : say_all(voice, {"fell", "asleep"});
  } else {
    say_animal(voice, cast.hero, -1);
    say_all(voice, {"and", "the"});
    say_animal(voice, cast.other, cast.hero);
    say_all(voice, {"were", "friends"});
  }
  voice.say(".");
}

}  // namespace

bool tell_sentence(Voice& voice, Cast& cast, int number) {
  if (number == 0) {
    tell_opening(voice, cast);
    return false;
  }
  const bool may_end = number + 1 >= shortest_story, must_end = number + 1 == longest_story;
  Choice choice;
  if (may_end)  // a third of the stories that may end do
    for (const char* word : {"so", "at", "in"}) choice.add(word, 1);
  const int endings = choice.size;
  if (!must_end) {
    choice.add("the", 2.5);
    choice.add("it", 1);
    for (const char* word : {"then", "soon", "later"}) choice.add(word, 1);
  }
  const int form = voice.turn(choice);
  if (form < endings) {
    tell_closing(voice, cast, form);
    return true;
  }
  const bool pronoun = form == endings + 1;
  if (!pronoun) {
    if (form > endings) voice.say("the");
    cast.subject = say_subject(voice, cast);
  }
  tell_event(voice, cast);
  return false;
}

}  // namespace gradus::tales
