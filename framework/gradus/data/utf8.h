#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gradus {

/// A code point read from UTF-8 and the bytes it took; `bytes` is 0 where the text is not UTF-8.
struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 0;
};

/// The code point that begins at text[at] (at < text.size()). Strict: no overlong forms, surrogates or values
/// past U+10FFFF.
CodePoint code_point(std::string_view text, std::size_t at);

/// Where a text stops being UTF-8: its size when it never does.
std::size_t valid_utf8(std::string_view text);

}  // namespace gradus
