#include "exercises/readable.h"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <vector>

#include "gradus/base/os.h"

namespace gradus::tools::exercises {
namespace {

/// What is broken anew as a whole, or one line that is not.
struct Piece {
  std::string text;
  bool running = false;
  std::size_t hang = 0;  ///< blanks before all lines but the first
};

/// Characters, not bytes.
std::size_t width_of(const std::string& text, std::size_t begin, std::size_t end) {
  return static_cast<std::size_t>(std::count_if(
      text.begin() + static_cast<std::ptrdiff_t>(begin), text.begin() + static_cast<std::ptrdiff_t>(end),
      [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// The columns of "- " or "12. " when the line is an item of a list, else 0. Within running text, only a "1. "
/// begins a list: any other number ends a sentence whose line was full.
std::size_t bullet(const std::string& line, bool within_text) {
  if (line.starts_with("- ")) return 2;
  std::size_t at = 0;
  while (at < line.size() && std::isdigit(static_cast<unsigned char>(line[at]))) ++at;
  if (at == 0 || line.compare(at, 2, ". ") != 0) return 0;
  return within_text && line.substr(0, at) != "1" ? 0 : at + 2;
}

std::vector<Piece> pieces_of(const std::string& text) {
  std::vector<Piece> pieces;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    line.erase(line.find_last_not_of(" \r") + 1);
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    Piece* const open = !pieces.empty() && pieces.back().running ? &pieces.back() : nullptr;
    const bool alone = line.starts_with("#") || line.starts_with("|");  // a heading, a row of a table
    const bool item = open && open->hang > 0;
    const std::size_t hang = bullet(line, open && !item);
    if (indent == line.size())
      pieces.push_back({});
    else if (open && !alone && hang == 0 && (indent > 0) == item)
      open->text += " " + line.substr(indent);
    else
      pieces.push_back({line, indent == 0 && !alone, hang});
  }
  return pieces;
}

/// Broken at blanks; a word that is longer than the width stays whole.
std::string broken(const Piece& piece, std::size_t width) {
  const std::string& text = piece.text;
  std::string result;
  std::size_t column = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t word = std::min(text.find_first_not_of(' ', at), text.size());
    const std::size_t end = std::min(text.find(' ', word), text.size());
    const std::size_t length = width_of(text, word, end), gap = word - at;
    if (column > piece.hang && column + gap + length > width) {
      result += "\n" + std::string(piece.hang, ' ');
      column = piece.hang + length;
    } else {
      result.append(gap, ' ');
      column += gap + length;
    }
    result += text.substr(word, end - word);
    at = end;
  }
  return result;
}

}  // namespace

std::size_t columns() {
  const int there = os::terminal_columns(1);
  return there > 0 ? static_cast<std::size_t>(std::clamp(there, 40, 90)) : 90;
}

std::string readable(const std::string& text, std::size_t width) {
  std::string result;
  bool gap = false;
  for (const Piece& piece : pieces_of(text)) {
    if (piece.text.empty()) {
      gap = !result.empty();
      continue;
    }
    result += result.empty() ? "" : gap ? "\n\n" : "\n";
    result += piece.running ? broken(piece, width) : piece.text;
    gap = false;
  }
  return result;
}

std::string with_margin(const std::string& text, const std::string& left) {
  std::string result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    result += (result.empty() ? "" : "\n") + (line.empty() ? "" : left + line);
  return result;
}

}  // namespace gradus::tools::exercises
