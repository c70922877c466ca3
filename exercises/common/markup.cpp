#include "exercises/common/markup.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <stdexcept>

namespace gradus::exercises {
namespace {

constexpr std::array<std::string_view, 13> never_closed = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"};

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }
bool letter(char c) { return std::isalpha(static_cast<unsigned char>(c)); }
bool digit(char c) { return std::isdigit(static_cast<unsigned char>(c)); }
bool space(char c) { return std::isspace(static_cast<unsigned char>(c)); }

/// The character with a number such as "233" or "xe9", in UTF-8; nothing where there is none.
std::string character(std::string_view number) {
  const bool hex = !number.empty() && lower(number[0]) == 'x';
  if (hex) number.remove_prefix(1);
  std::uint32_t code = 0;
  const char* const end = number.data() + number.size();
  const auto [read, error] = std::from_chars(number.data(), end, code, hex ? 16 : 10);
  const bool surrogate = code >= 0xD800 && code < 0xE000;
  if (error != std::errc() || read != end || code == 0 || surrogate || code > 0x10FFFF) return "";
  const auto first = [&](unsigned mark, int shift) { return static_cast<char>(mark | code >> shift); };
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) return {first(0, 0)};
  if (code < 0x800) return {first(0xC0, 6), tail(0)};
  if (code < 0x10000) return {first(0xE0, 12), tail(6), tail(0)};
  return {first(0xF0, 18), tail(12), tail(6), tail(0)};
}

/// What the entity &name; stands for: itself where it is one that we do not know, nothing where it is none.
std::string resolved(std::string_view name) {
  static const std::map<std::string_view, std::string> known = {
      {"lt", "<"}, {"gt", ">"}, {"amp", "&"}, {"quot", "\""}, {"apos", "'"}};
  if (name.starts_with('#')) return character(name.substr(1));
  if (const auto found = known.find(name); found != known.end()) return found->second;
  const bool named =
      !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return letter(c) || digit(c); });
  return named ? fmt::format("&{};", name) : "";
}

class Reader {
 public:
  explicit Reader(std::string_view html) : html_(html) {}

  std::vector<Element> run() {
    while (at_ < html_.size()) {
      if (html_[at_] != '<')
        characters();
      else if (ahead("<!--"))
        skip_past("-->");
      else if (ahead("<!"))
        skip_past(">");
      else if (ahead("</"))
        end_tag();
      else
        start_tag();
    }
    if (!open_.empty()) stop(fmt::format("<{}> is never closed", now().name));
    return std::move(all_);
  }

 private:
  [[noreturn]] void stop(const std::string& why) const {
    const std::size_t begin = at_ < 20 ? 0 : at_ - 20;
    throw std::runtime_error(
        fmt::format("{}, near byte {}: {}", why, at_,
                    html_.substr(begin, std::min<std::size_t>(60, html_.size() - begin))));
  }
  Element& now() { return all_[static_cast<std::size_t>(open_.back())]; }
  char peek() const { return at_ < html_.size() ? html_[at_] : '\0'; }
  bool ahead(std::string_view text) const { return html_.substr(at_).starts_with(text); }
  void skip_past(std::string_view text) {
    const std::size_t found = html_.find(text, at_);
    if (found == std::string_view::npos) stop(fmt::format("{} is missing", text));
    at_ = found + text.size();
  }
  void skip_spaces() {
    while (space(peek())) ++at_;
  }
  std::string name() {
    std::string word;
    while (letter(peek()) || digit(peek()) || peek() == '-' || peek() == ':' || peek() == '_')
      word += lower(html_[at_++]);
    if (word.empty()) stop("a name is missing (a raw < is written &lt;)");
    return word;
  }

  /// Text up to one of the characters `ends`, entities resolved.
  std::string text_until(std::string_view ends) {
    std::string text;
    while (at_ < html_.size() && ends.find(html_[at_]) == std::string_view::npos) {
      if (html_[at_] != '&') {
        text += html_[at_++];
        continue;
      }
      const std::size_t end = html_.find(';', at_);
      const std::string meant =
          end == std::string_view::npos ? "" : resolved(html_.substr(at_ + 1, end - at_ - 1));
      if (meant.empty()) stop("a raw & (it is written &amp;)");
      text += meant;
      at_ = end + 1;
    }
    return text;
  }

  void characters() {
    const std::string text = text_until("<");
    if (!open_.empty()) now().text += text;
  }

  void start_tag() {
    ++at_;
    Element e{name(), {}, {}, open_.empty() ? -1 : open_.back()};
    for (skip_spaces(); peek() != '>' && peek() != '/'; skip_spaces()) {
      if (at_ >= html_.size()) stop("a tag does not end");
      const std::string key = name();
      skip_spaces();
      std::string value;
      if (peek() == '=') {
        ++at_;
        skip_spaces();
        const char quote = peek();
        if (quote == '"' || quote == '\'') {
          ++at_;
          value = text_until(std::string_view(&quote, 1));
          if (peek() != quote) stop("a quote is not closed");
          ++at_;
        } else {
          value = text_until(" \t\r\n\f>");
        }
      }
      e.attributes.emplace(key, value);  // the first of a name counts
    }
    const bool closed = peek() == '/';
    if (closed) ++at_;
    if (peek() != '>') stop("a tag does not end");
    ++at_;
    const bool raw = e.name == "style" || e.name == "script";
    const bool stays_open =
        !closed && std::find(never_closed.begin(), never_closed.end(), e.name) == never_closed.end();
    const std::string end = "</" + e.name;
    all_.push_back(std::move(e));
    if (!stays_open) return;
    open_.push_back(static_cast<int>(all_.size()) - 1);
    if (!raw) return;
    const std::string_view rest = html_.substr(at_);
    const auto found = std::search(rest.begin(), rest.end(), end.begin(), end.end(),
                                   [](char a, char b) { return lower(a) == b; });
    if (found == rest.end()) stop(end + "> is missing");
    now().text = std::string(rest.begin(), found);
    at_ += now().text.size();
  }

  void end_tag() {
    at_ += 2;
    const std::string closes = name();
    skip_spaces();
    if (peek() != '>') stop("an end tag does not end");
    ++at_;
    if (open_.empty() || now().name != closes)
      stop(fmt::format("</{}> closes {}", closes,
                       open_.empty() ? "nothing" : "while <" + now().name + "> is open"));
    open_.pop_back();
  }

  std::string_view html_;
  std::size_t at_ = 0;
  std::vector<Element> all_;
  std::vector<int> open_;
};

}  // namespace

std::vector<Element> read_markup(std::string_view html) { return Reader(html).run(); }

bool is_inside(const std::vector<Element>& all, int i, int outer) {
  for (int at = all[static_cast<std::size_t>(i)].parent; at >= 0;
       at = all[static_cast<std::size_t>(at)].parent)
    if (at == outer) return true;
  return false;
}

std::string text_inside(const std::vector<Element>& all, int i) {
  std::string text = all[static_cast<std::size_t>(i)].text;
  for (int at = i + 1; at < static_cast<int>(all.size()) && is_inside(all, at, i); ++at)
    text += " " + all[static_cast<std::size_t>(at)].text;
  return text;
}

}  // namespace gradus::exercises
