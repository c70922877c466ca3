#pragma once
#include <cstddef>
#include <string>

namespace gradus::tools::exercises {

/// Columns for running text: those of the terminal, at most 90 and at least 40; without a terminal 90.
std::size_t columns();

/// Text for a reader: running text and items of a list ("- ", "1. ") are broken at words, wherever their lines
/// ended. An item goes on in the lines below it that begin with a blank; all others of those stand as they are,
/// so that tables and code survive; so do empty ones, of several one, and none at the ends.
std::string readable(const std::string& text, std::size_t width);

/// `left` before every line that says something.
std::string with_margin(const std::string& text, const std::string& left);

}  // namespace gradus::tools::exercises
