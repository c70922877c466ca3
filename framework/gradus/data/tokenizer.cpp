#include "gradus/data/tokenizer.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "gradus/base/error.h"
#include "gradus/data/tales.h"
#include "gradus/data/utf8.h"

namespace gradus {
namespace {

constexpr std::string_view unknown_word = "<unk>";
constexpr std::string_view line_break = "\n";

void check_utf8(std::string_view text, TokenKind kind) {
  const std::size_t good = valid_utf8(text);
  if (good == text.size()) return;
  fail(Kind::input,
       fmt::format(
           "{} tokens need UTF-8 text, but byte {:#04x} at offset {} is not part of any character.\n"
           "  Convert the text to UTF-8, or use the byte tokenizer (--tokenizer byte), which takes any data.",
           name(kind), static_cast<unsigned char>(text[good]), good));
}

bool is_space(std::uint32_t c) { return c == ' ' || (c >= 9 && c <= 13) || c == 0xA0 || c == 0x3000; }

/// Letters, digits, "_" and what lies beyond ASCII, but for the general punctuation block (dashes, quotes,
/// ellipsis).
bool is_word(std::uint32_t c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
  return !is_space(c) && !(c >= 0x2000 && c <= 0x206F);
}

/// Calls f(token, offset) for every word, mark and line break of valid UTF-8.
template <class F> void split_words(std::string_view text, const F& f) {
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    CodePoint c = code_point(text, at);
    std::size_t end = at + c.bytes;
    if (rest.starts_with(story_start)) {
      end = at + std::string_view(story_start).size();
    } else if (rest.starts_with(unknown_word)) {
      end = at + unknown_word.size();
    } else if (is_word(c.value)) {
      while (end < text.size()) {
        c = code_point(text, end);
        const bool inside =
            c.value == '\'' && end + 1 < text.size() && is_word(code_point(text, end + 1).value);
        if (!inside && !is_word(c.value)) break;
        end += c.bytes;
      }
    } else if (is_space(c.value) && c.value != '\n') {
      at = end;
      continue;
    }
    f(text.substr(at, end - at));
    at = end;
  }
}

std::vector<std::string> words_of(std::string_view text, std::int64_t most) {
  std::map<std::string_view, std::int64_t> count;
  split_words(text, [&](std::string_view word) { ++count[word]; });
  if (count.contains(story_start)) count.erase(line_break);
  count.erase(unknown_word);
  std::vector<std::string_view> words;
  for (const auto& [word, times] : count) words.push_back(word);
  const auto room = static_cast<std::size_t>(std::max<std::int64_t>(most - 1, 0));
  if (words.size() > room) {  // keep the frequent ones; stable, so equals stay in alphabetical order
    std::stable_sort(words.begin(), words.end(), [&](auto a, auto b) { return count[a] > count[b]; });
    words.resize(room);
    std::sort(words.begin(), words.end());
  }
  std::vector<std::string> tokens{std::string(unknown_word)};
  tokens.insert(tokens.end(), words.begin(), words.end());
  return tokens;
}

std::vector<std::string> characters_of(std::string_view text, std::int64_t most) {
  std::set<std::string_view> seen;  // UTF-8 sorts like the code points
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t bytes = code_point(text, at).bytes;
    seen.insert(text.substr(at, bytes));
    at += bytes;
  }
  if (static_cast<std::int64_t>(seen.size()) > most)
    fail(Kind::input,
         fmt::format("the text has {} distinct characters, more than the {} that fit the vocabulary.\n"
                     "  Use the byte tokenizer (--tokenizer byte).",
                     seen.size(), most));
  return {seen.begin(), seen.end()};
}

std::vector<std::string> all_bytes() {
  std::vector<std::string> tokens(256);
  for (std::size_t b = 0; b < 256; ++b) tokens[b] = std::string(1, static_cast<char>(b));
  return tokens;
}

}  // namespace

const char* name(TokenKind kind) {
  return kind == TokenKind::word ? "word" : kind == TokenKind::character ? "char" : "byte";
}

TokenKind token_kind(std::string_view text) {
  for (TokenKind kind : {TokenKind::word, TokenKind::character, TokenKind::byte})
    if (text == name(kind)) return kind;
  fail(fmt::format("there is no tokenizer \"{}\": choose word, char or byte", text));
}

Tokenizer::Tokenizer(TokenKind kind, std::vector<std::string> tokens)
    : kind_(kind), tokens_(std::move(tokens)) {
  by_name_.resize(tokens_.size());
  std::iota(by_name_.begin(), by_name_.end(), 0);
  std::sort(by_name_.begin(), by_name_.end(), [&](auto a, auto b) { return token(a) < token(b); });
  single_.fill(-1);
  for (std::size_t i = 0; i < tokens_.size(); ++i)
    if (tokens_[i].size() == 1)
      single_[static_cast<unsigned char>(tokens_[i][0])] = static_cast<std::int64_t>(i);
  if (kind == TokenKind::word) {
    start_ = id(story_start);
    unknown_ = id(unknown_word);
  }
}

Tokenizer Tokenizer::train(TokenKind kind, std::string_view text, std::int64_t max_vocabulary) {
  if (kind == TokenKind::byte) return {kind, all_bytes()};
  check_utf8(text, kind);
  return {kind,
          kind == TokenKind::word ? words_of(text, max_vocabulary) : characters_of(text, max_vocabulary)};
}

std::int64_t Tokenizer::id(std::string_view token) const {
  const auto at = std::lower_bound(
      by_name_.begin(), by_name_.end(), token,
      [&](std::int64_t i, std::string_view t) { return tokens_[static_cast<std::size_t>(i)] < t; });
  return at != by_name_.end() && tokens_[static_cast<std::size_t>(*at)] == token ? *at : -1;
}

const std::string& Tokenizer::token(std::int64_t id) const {
  if (id < 0 || id >= vocab_size())
    fail(fmt::format("token id {} is outside the vocabulary: ids run from 0 to {}", id, vocab_size() - 1));
  return tokens_[static_cast<std::size_t>(id)];
}

std::vector<std::int64_t> Tokenizer::encode(std::string_view text) const {
  std::vector<std::int64_t> ids;
  if (kind_ != TokenKind::byte) check_utf8(text, kind_);
  if (kind_ == TokenKind::word) {
    split_words(text, [&](std::string_view word) {
      if (word == line_break && start_ >= 0) return;
      const std::int64_t known = id(word);
      ids.push_back(known >= 0 ? known : unknown_);
    });
    return ids;
  }
  ids.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t bytes = kind_ == TokenKind::byte || first < 0x80 ? 1 : code_point(text, at).bytes;
    const std::int64_t known = bytes == 1 ? single_[first] : id(text.substr(at, bytes));
    if (known < 0)
      fail(
          Kind::input,
          fmt::format(
              "the tokenizer does not know the character {} (U+{:04X}), number {} of the text: it was not in "
              "the text the tokenizer was made from.\n  Leave it out, or train with the byte tokenizer "
              "(--tokenizer byte), which takes any data.",
              first < 0x20 ? "with this code" : fmt::format("'{}'", text.substr(at, bytes)),
              code_point(text, at).value, ids.size() + 1));
    ids.push_back(known);
    at += bytes;
  }
  return ids;
}

std::string Tokenizer::decode(const std::vector<std::int64_t>& ids) const {
  std::string text;
  for (std::int64_t id : ids) {
    const std::string& symbol = token(id);
    if (kind_ == TokenKind::word && !text.empty()) {
      if (id == start_)
        text += '\n';
      else if (text.back() != '\n' && symbol != line_break)
        text += ' ';
    }
    text += symbol;
  }
  return text;
}

std::string Tokenizer::to_json() const {
  nlohmann::ordered_json json{{"kind", name(kind_)}};
  if (kind_ != TokenKind::byte) json["tokens"] = tokens_;
  return json.dump(1) + "\n";
}

Tokenizer Tokenizer::from_json(std::string_view text) {
  const auto refuse = [](const std::string& why) {
    fail(Kind::input, "not a tokenizer (tokenizer.json): " + why);
  };
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) refuse("it is not a JSON object");
  if (!json.contains("kind") || !json["kind"].is_string())
    refuse("\"kind\" must be \"word\", \"char\" or \"byte\"");
  const std::string kind_name = json["kind"];
  if (kind_name != "word" && kind_name != "char" && kind_name != "byte")
    refuse(fmt::format("\"kind\" must be \"word\", \"char\" or \"byte\", not \"{}\"", kind_name));
  const TokenKind kind = token_kind(kind_name);
  if (kind == TokenKind::byte) return {kind, all_bytes()};

  if (!json.contains("tokens") || !json["tokens"].is_array()) refuse("\"tokens\" must be a list of strings");
  std::vector<std::string> tokens;
  for (const auto& entry : json["tokens"]) {
    if (!entry.is_string()) refuse(fmt::format("token {} is not a string", tokens.size()));
    std::string token = entry;
    // What encode() could never produce would be a token without a meaning.
    std::int64_t symbols = 0;
    if (kind == TokenKind::character)
      symbols = !token.empty() && code_point(token, 0).bytes == token.size();
    else
      split_words(token, [&](std::string_view word) { symbols += word == token ? 1 : 2; });
    if (symbols != 1) refuse(fmt::format("token {} is not one {}: \"{}\"", tokens.size(), kind_name, token));
    tokens.push_back(std::move(token));
  }
  Tokenizer tokenizer(kind, std::move(tokens));
  for (std::size_t i = 1; i < tokenizer.by_name_.size(); ++i)
    if (tokenizer.token(tokenizer.by_name_[i]) == tokenizer.token(tokenizer.by_name_[i - 1]))
      refuse(fmt::format("the token \"{}\" appears twice", tokenizer.token(tokenizer.by_name_[i])));
  if (kind == TokenKind::word && tokenizer.unknown_ < 0) refuse("the token \"<unk>\" is missing");
  if (tokenizer.start_ >= 0 && tokenizer.id(line_break) >= 0)
    refuse("with stories, a line break is no token");
  return tokenizer;
}

}  // namespace gradus
