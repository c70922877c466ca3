#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace gradus::lab {

/// A class of tokens that a head may prefer.
struct TokenClass {
  std::string name;       ///< "punctuation"
  std::vector<bool> has;  ///< by id
  bool after_blank =
      false;  ///< tokens that follow one of `has`, instead of those themselves: the starts of words
};
/// The classes that a vocabulary of these tokens (their bytes, by id) can be told apart by: line breaks, blanks,
/// punctuation, digits, vowels, capitals, starts of words where tokens are characters, and each of the `common` ids alone.
/// A class without a token is left out.
std::vector<TokenClass> token_classes(const std::vector<std::string>& vocabulary,
                                      const std::vector<std::int64_t>& common);
/// Which tokens of a text are of a class.
std::vector<bool> members(const TokenClass& of, const std::vector<std::int64_t>& ids);

}  // namespace gradus::lab
