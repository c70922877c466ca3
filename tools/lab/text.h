#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gradus::lab {

/// Tokens are whatever bytes a tokenizer makes; these show them without breaking the line, the page or the terminal.

/// `text` on one line, with all of it visible: spaces at its ends ␣, line breaks ↵, tabs ⇥, other controls and bytes that
/// are not UTF-8 as \x1b, what is invisible or turns the direction of writing as \u{202e}. With `ascii` in ASCII alone:
/// _ \n \t \x1b \u{e9}.
std::string printable(std::string_view text, bool ascii = false);

/// A character and the marks upon it, and the columns it takes on a terminal: 2 for East Asian letters and emoji.
struct Glyph {
  std::string_view bytes;
  std::int64_t columns;
};
std::vector<Glyph> glyphs(std::string_view printable_text);  ///< they point into the text
std::int64_t columns(std::string_view printable_text);

/// The first characters of `printable_text` and `cut` (one column) where more than `most` columns are wanted.
std::string shortened(const std::string& printable_text, std::int64_t most, std::string_view cut = "…");

/// `text` as it stands between tags or in a quoted attribute, in XML as in HTML. What neither can hold (controls, bytes
/// that are not UTF-8) becomes U+FFFD.
std::string escaped(std::string_view text);

}  // namespace gradus::lab
