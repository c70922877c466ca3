#include "tools/lab/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "gradus/data/utf8.h"

namespace gradus::lab {
namespace {

struct Range {
  std::uint32_t first, last;
};

// Unicode's combining marks of the scripts that one meets, and variation selectors.
constexpr Range marks[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x05BF, 0x05BF},  {0x05C1, 0x05C2},
    {0x05C4, 0x05C5}, {0x0610, 0x061A}, {0x064B, 0x065F}, {0x0670, 0x0670},  {0x06D6, 0x06DC},
    {0x06DF, 0x06E4}, {0x06E7, 0x06E8}, {0x06EA, 0x06ED}, {0x0900, 0x0902},  {0x093A, 0x093A},
    {0x093C, 0x093C}, {0x0941, 0x0948}, {0x094D, 0x094D}, {0x0E31, 0x0E31},  {0x0E34, 0x0E3A},
    {0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF},  {0x302A, 0x302D},
    {0x3099, 0x309A}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xE0100, 0xE01EF}};

// Unicode's East Asian wide and fullwidth, to whole blocks.
constexpr Range wide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x23E9, 0x23EC},   {0x2614, 0x2615},   {0x26A1, 0x26A1},
    {0x2705, 0x2705},   {0x270A, 0x270B},   {0x2728, 0x2728},   {0x274C, 0x274C},   {0x2753, 0x2755},
    {0x2B50, 0x2B50},   {0x2E80, 0x303E},   {0x3041, 0x4DBF},   {0x4E00, 0xA4CF},   {0xA960, 0xA97F},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF01, 0xFF60},   {0xFFE0, 0xFFE6},
    {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F7E0, 0x1F7EB}, {0x1F900, 0x1FAFF}, {0x20000, 0x3FFFD}};

// Joiners, marks of direction, line and paragraph separators, fillers, private use and what is no character.
constexpr Range hidden[] = {{0x80, 0x9F},       {0xAD, 0xAD},       {0x034F, 0x034F}, {0x061C, 0x061C},
                            {0x115F, 0x1160},   {0x180B, 0x180F},   {0x200B, 0x200F}, {0x2028, 0x202E},
                            {0x2060, 0x206F},   {0x3164, 0x3164},   {0xE000, 0xF8FF}, {0xFDD0, 0xFDEF},
                            {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB}, {0xFFFE, 0xFFFF},
                            {0xE0000, 0xE00FF}, {0xE01F0, 0x10FFFF}};

template <std::size_t N> bool in(const Range (&table)[N], std::uint32_t c) {
  return std::any_of(std::begin(table), std::end(table),
                     [&](Range r) { return r.first <= c && c <= r.last; });
}

// Pictures that fonts have; of other controls they mostly do not.
std::string symbol(std::uint32_t control, bool ascii) {
  switch (control) {
    case ' ': return ascii ? "_" : "␣";
    case '\n': return ascii ? "\\n" : "↵";
    case '\t': return ascii ? "\\t" : "⇥";
    case '\r': return "\\r";
    default: return fmt::format("\\x{:02x}", control);
  }
}

}  // namespace

std::string printable(std::string_view text, bool ascii) {
  // One space at either end is told from none; spaces inside are seen anyway.
  const std::size_t first = std::min(text.find_first_not_of(' '), text.size()),
                    last = text.find_last_not_of(' ');
  std::string line;
  for (std::size_t at = 0; at < text.size();) {
    const auto [c, bytes] = code_point(text, at);
    const std::string_view here = text.substr(at, std::max<std::size_t>(bytes, 1));
    if (bytes == 0)
      line += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[at]));
    else if (c < ' ' || c == 0x7F || (c == ' ' && (at < first || at > last)))
      line += symbol(c, ascii);
    else if (in(hidden, c) || (ascii && c >= 0x80))
      line += fmt::format("\\u{{{:x}}}", c);
    else
      line.append(line.empty() && in(marks, c) ? "◌" : "").append(here);  // a mark wants a letter to sit on
    at += here.size();
  }
  return line;
}

std::vector<Glyph> glyphs(std::string_view text) {
  std::vector<Glyph> all;
  for (std::size_t at = 0, begin = 0; at < text.size();) {
    const auto [c, bytes] = code_point(text, at);
    const std::size_t size = std::max<std::size_t>(bytes, 1);
    if (all.empty() || !in(marks, c)) {
      begin = at;
      all.push_back({{}, in(wide, c) ? 2 : 1});
    }
    at += size;
    all.back().bytes = text.substr(begin, at - begin);
  }
  return all;
}

std::int64_t columns(std::string_view text) {
  std::int64_t sum = 0;
  for (const Glyph& g : glyphs(text)) sum += g.columns;
  return sum;
}

std::string shortened(const std::string& text, std::int64_t most, std::string_view cut) {
  if (columns(text) <= most) return text;
  std::string kept;
  std::int64_t room = most - 1;
  for (const Glyph& g : glyphs(text)) {
    if ((room -= g.columns) < 0) break;
    kept += g.bytes;
  }
  return kept.append(cut);
}

std::string escaped(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const auto [c, bytes] = code_point(text, at);
    const std::size_t size = std::max<std::size_t>(bytes, 1);
    const bool forbidden = bytes == 0 || (c < ' ' && c != '\n' && c != '\t' && c != '\r') ||
                           (c >= 0x7F && c < 0xA0) || (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
    if (forbidden) {
      result += "\uFFFD";
    } else {
      switch (c) {
        case '<': result += "&lt;"; break;
        case '>': result += "&gt;"; break;
        case '&': result += "&amp;"; break;
        case '"': result += "&quot;"; break;
        case '\'': result += "&#39;"; break;
        default: result += text.substr(at, size);
      }
    }
    at += size;
  }
  return result;
}

}  // namespace gradus::lab
