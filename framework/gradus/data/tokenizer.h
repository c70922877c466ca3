#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gradus {

/// What one token stands for.
enum class TokenKind : std::uint8_t {
  word,       ///< a word or a punctuation mark; words that were not in the training text become "<unk>"
  character,  ///< a Unicode code point
  byte,       ///< one of 256 bytes: takes any data
};
const char* name(TokenKind kind);             ///< "word", "char", "byte"
TokenKind token_kind(std::string_view name);  ///< the reverse; error (usage) for any other name

/// Text to token ids and back. A value: train it on a text, keep it with the model as JSON.
///
/// **char**: ids are the sorted distinct code points of the training text; decode(encode(x)) == x.
/// **byte**: ids are the bytes; decode(encode(x)) == x for any bytes.
/// **word**: a word is a run of letters, digits, "_" and non-ASCII characters, with apostrophes inside
/// ("don't"); any other visible character is a token of its own; "<unk>" and "<story>" are read as one token.
/// A line break is the token "\n", unless the training text has stories: then "<story>" begins a line and
/// other line breaks are only layout. decode joins with single spaces (none beside a line break), so
/// decode(encode(x)) == x for text that is spaced like that, tales included, and encode(decode(ids)) == ids
/// always.
class Tokenizer {
 public:
  /// Learns the symbols of a text. Words beyond the `max_vocabulary` most frequent are left to "<unk>"; a
  /// text with more distinct characters than that is an error, as is one that is not UTF-8 (word, char).
  static Tokenizer train(TokenKind kind, std::string_view text, std::int64_t max_vocabulary = 65536);

  /// Error (input) for a character that the training text did not have, and for text that is not UTF-8 (word,
  /// char).
  std::vector<std::int64_t> encode(std::string_view text) const;
  /// Error for an id outside [0, vocab_size()).
  std::string decode(const std::vector<std::int64_t>& ids) const;

  TokenKind kind() const { return kind_; }
  std::int64_t vocab_size() const { return static_cast<std::int64_t>(tokens_.size()); }
  /// The symbol itself; error for an id outside the vocabulary.
  const std::string& token(std::int64_t id) const;
  std::int64_t id(std::string_view token) const;  ///< -1 when there is no such token
  /// The id of "<story>", with which samples begin; -1 without stories.
  std::int64_t start() const { return start_; }
  /// The id of "<unk>", which stands for every word that is not in the vocabulary; -1 unless tokens are words.
  std::int64_t unknown() const { return unknown_; }

  std::string to_json() const;
  /// Error (input) with the reason for anything that to_json() could not have written.
  static Tokenizer from_json(std::string_view json);

 private:
  Tokenizer(TokenKind kind, std::vector<std::string> tokens);

  TokenKind kind_ = TokenKind::byte;
  std::vector<std::string> tokens_;         // by id
  std::vector<std::int64_t> by_name_;       // ids in the order of their tokens
  std::array<std::int64_t, 256> single_{};  // ids of one-byte tokens, -1 for none
  std::int64_t start_ = -1, unknown_ = -1;
};

}  // namespace gradus
