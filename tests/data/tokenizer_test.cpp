#include "gradus/data/tokenizer.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "gradus/base/error.h"
#include "gradus/base/random.h"
#include "gradus/data/tales.h"
#include "real_data.h"
#include "reference/expect.h"

using namespace gradus;
using Ids = std::vector<std::int64_t>;

namespace {

/// The message of the error that f throws, which must be of this kind.
template <class F> std::string message(Kind kind, const F& f) {
  try {
    f();
  } catch (const Error& e) {
    CHECK(e.kind() == kind);
    return e.what();
  }
  FAIL("no error");
  return "";
}

}  // namespace

TEST_CASE("characters are numbered in the order of their code points") {
  const Tokenizer t = Tokenizer::train(TokenKind::character, "hé llo\n🤗é");
  CHECK(t.vocab_size() == 7);
  CHECK(t.token(0) == "\n");
  CHECK(t.token(1) == " ");
  CHECK(t.token(5) == "é");
  CHECK(t.token(6) == "🤗");
  CHECK(t.encode("🤗 hé") == Ids{6, 1, 2, 5});
  CHECK(t.decode({6, 1, 2, 5}) == "🤗 hé");
  CHECK(t.encode("").empty());
  CHECK(t.start() == -1);
  CHECK(t.unknown() == -1);
  CHECK(t.id("l") == 3);
  CHECK(t.id("z") == -1);
}

TEST_CASE("an unknown character is named with its place and a way out") {
  const Tokenizer t = Tokenizer::train(TokenKind::character, "abc");
  const std::string what = message(Kind::input, [&] { t.encode("abçz"); });
  CHECK(has(what, "'ç' (U+00E7), number 3"));
  CHECK(has(what, "--tokenizer byte"));
  CHECK(has(message(Kind::input, [&] { t.encode("a\tb"); }), "U+0009"));
  CHECK(has(message(Kind::input, [&] { t.encode("ab\xFFz"); }), "0xff at offset 2"));
  CHECK(has(message(Kind::input, [&] { Tokenizer::train(TokenKind::word, "\xC3"); }), "0xc3 at offset 0"));
  CHECK(
      has(message(Kind::input, [&] { Tokenizer::train(TokenKind::character, "abcdef", 5); }), "6 distinct"));
}

TEST_CASE("byte tokens take any data") {
  const Tokenizer t = Tokenizer::train(TokenKind::byte, "");
  CHECK(t.vocab_size() == 256);
  std::string all;
  for (int i = 0; i < 1024; ++i) all += static_cast<char>(i * 7);
  CHECK(t.decode(t.encode(all)) == all);
  CHECK(t.encode("A\xFF") == Ids{65, 255});
}

TEST_CASE("words and punctuation are split, apostrophes stay inside") {
  const Tokenizer t = Tokenizer::train(TokenKind::word, "Don't stop, \"naïve\" cat_2!\n\nIt's o'er — 'tis.");
  const auto pieces = [&](const std::string& text) {
    std::vector<std::string> words;
    for (std::int64_t id : t.encode(text)) words.push_back(t.token(id));
    return words;
  };
  using Words = std::vector<std::string>;
  CHECK(pieces("Don't stop, \"naïve\" cat_2!") ==
        Words{"Don't", "stop", ",", "\"", "naïve", "\"", "cat_2", "!"});
  CHECK(pieces("\n\nIt's  o'er\t— 'tis.\r\n") ==
        Words{"\n", "\n", "It's", "o'er", "—", "'", "tis", ".", "\n"});
  CHECK(pieces("stop whale") == Words{"stop", "<unk>"});
  CHECK(pieces("stop <unk>") == Words{"stop", "<unk>"});
  CHECK(t.decode(t.encode("stop, cat_2!\n\nIt's")) == "stop , cat_2 !\n\nIt's");
  CHECK(t.token(0) == "<unk>");
  CHECK(t.unknown() == 0);
  CHECK(t.start() == -1);
}

TEST_CASE("in a corpus of stories the start token begins a line") {
  const Tales tales = make_tales(4, 300);
  const Tokenizer t = Tokenizer::train(TokenKind::word, tales.text);
  CHECK(t.vocab_size() >= 100);
  CHECK(t.vocab_size() <= 151);
  CHECK(t.start() == t.id("<story>"));
  CHECK(t.id("\n") == -1);
  const Ids ids = t.encode(tales.text);
  CHECK(static_cast<std::int64_t>(ids.size()) == tales.tokens);
  CHECK(t.decode(ids) + "\n" == tales.text);
  CHECK(t.encode("the cat sat on the mat\nbecause it was tired.").size() == 11);
  CHECK(t.decode(t.encode("<story>the cat sat.")) == "<story> the cat sat .");
}

TEST_CASE("ids survive decoding and encoding again") {
  for (const char* text : {"one two, three\n(four) don't 'tis\n", "<story> a b.\n<story> c <unk>!"}) {
    const Tokenizer t = Tokenizer::train(TokenKind::word, text);
    const Philox random{7};
    for (std::uint64_t trial = 0; trial < 200; ++trial) {
      Ids ids;
      for (std::uint64_t i = 0; i < trial % 20; ++i)
        ids.push_back(static_cast<std::int64_t>(
            random.below(trial * 32 + i, static_cast<std::uint64_t>(t.vocab_size()))));
      CHECK(t.encode(t.decode(ids)) == ids);
    }
  }
}

TEST_CASE("the rarest words make room when the vocabulary is limited") {
  const Tokenizer t = Tokenizer::train(TokenKind::word, "b b b a a d d c", 3);
  CHECK(t.vocab_size() == 3);
  CHECK(t.token(1) == "a");
  CHECK(t.token(2) == "b");
  CHECK(t.decode(t.encode("a b c d")) == "a b <unk> <unk>");
}

TEST_CASE("ids outside the vocabulary are errors") {
  const Tokenizer t = Tokenizer::train(TokenKind::character, "abc");
  CHECK(has(message(Kind::usage,
                    [&] {
                      t.decode({0, 3});
                    }),
            "id 3 is outside the vocabulary: ids run from 0 to 2"));
  CHECK_THROWS_AS(t.token(-1), Error);
  CHECK(has(message(Kind::usage, [&] { token_kind("bpe"); }), "word, char or byte"));
}

TEST_CASE("a tokenizer survives JSON") {
  const std::string text = "naïve \"quotes\" \\ \x01 🤗\n<unk> don't\t";
  for (TokenKind kind : {TokenKind::word, TokenKind::character, TokenKind::byte}) {
    const Tokenizer a = Tokenizer::train(kind, text), b = Tokenizer::from_json(a.to_json());
    CHECK(b.kind() == kind);
    CHECK(token_kind(name(kind)) == kind);
    REQUIRE(b.vocab_size() == a.vocab_size());
    for (std::int64_t i = 0; i < a.vocab_size(); ++i) CHECK(a.token(i) == b.token(i));
    CHECK(a.encode(text) == b.encode(text));
    CHECK(a.start() == b.start());
    CHECK(a.to_json() == b.to_json());
  }
  // Ids in an order of the file's own.
  const Tokenizer t = Tokenizer::from_json(R"({"tokens": ["b", "a"], "kind": "char"})");
  CHECK(t.encode("ab") == Ids{1, 0});
}

TEST_CASE("broken tokenizer files are refused with the reason") {
  const std::pair<const char*, const char*> cases[] = {
      {"", "not a JSON object"},
      {"[]", "not a JSON object"},
      {"{\"kind\": \"char\"", "not a JSON object"},
      {"{\"kind\": \"\xFF\"}", "not a JSON object"},
      {"{}", "\"kind\" must be"},
      {R"({"kind": 3})", "\"kind\" must be"},
      {R"({"kind": "bpe", "tokens": []})", "not \"bpe\""},
      {R"({"kind": "char"})", "\"tokens\" must be"},
      {R"({"kind": "char", "tokens": {"a": 1}})", "\"tokens\" must be"},
      {R"({"kind": "char", "tokens": ["a", 5]})", "token 1 is not a string"},
      {R"({"kind": "char", "tokens": ["ab"]})", "token 0 is not one char"},
      {R"({"kind": "char", "tokens": [""]})", "token 0 is not one char"},
      {R"({"kind": "char", "tokens": ["a", "b", "a"]})", "\"a\" appears twice"},
      {R"({"kind": "word", "tokens": ["a"]})", "\"<unk>\" is missing"},
      {R"({"kind": "word", "tokens": ["<unk>", "a b"]})", "token 1 is not one word"},
      {R"({"kind": "word", "tokens": ["<unk>", " a"]})", "token 1 is not one word"},
      {R"({"kind": "word", "tokens": ["<unk>", ""]})", "token 1 is not one word"},
      {R"({"kind": "word", "tokens": ["<unk>", "<story>", "\n"]})", "a line break is no token"},
  };
  for (const auto& [text, reason] : cases) {
    const auto& json = text;  // a lambda cannot capture a structured binding
    INFO(json);
    CHECK(has(message(Kind::input, [&] { Tokenizer::from_json(json); }), reason));
  }
  const std::string deep(200000, '[');
  CHECK(has(message(Kind::input, [&] { Tokenizer::from_json(deep); }), "not a JSON object"));
}

TEST_CASE("tinyshakespeare has 65 characters and 1 115 394 tokens") {
  const std::string path = real_data("tinyshakespeare.txt");
  if (path.empty()) return;
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const Tokenizer t = Tokenizer::train(TokenKind::character, text);
  const Ids ids = t.encode(text);
  CHECK(t.vocab_size() == 65);
  CHECK(ids.size() == 1115394);
  CHECK(Ids(ids.begin(), ids.begin() + 5) == Ids{18, 47, 56, 57, 58});  // "First"
  CHECK(t.decode(ids) == text);

  const Tokenizer words = Tokenizer::train(TokenKind::word, text);
  const std::string spaced = words.decode(words.encode(text));
  CHECK(words.decode(words.encode(spaced)) == spaced);
  CHECK(spaced.substr(0, 53) == "First Citizen :\nBefore we proceed any further , hear ");
}
