#include "lab/markup.h"

#include <stdexcept>
#include <utility>

#include "gradus/data/utf8.h"

namespace {

const std::map<std::string, std::string> entities = {
    {"lt", "<"}, {"gt", ">"}, {"amp", "&"}, {"quot", "\""}, {"#39", "'"}};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::vector<Element> run() {
    if (gradus::valid_utf8(text_) != text_.size()) error("bytes that are not UTF-8");
    skip_prefix("<!doctype html>\n");
    while (at_ < text_.size()) {
      if (text_[at_] != '<')
        characters();
      else if (skip_prefix("</"))
        end_tag();
      else
        start_tag();
    }
    if (!open_.empty()) error("<" + all_[top()].name + "> is not closed");
    return std::move(all_);
  }

 private:
  [[noreturn]] void error(const std::string& what) const {
    throw std::runtime_error(what + " at byte " + std::to_string(at_) + ": " +
                             std::string(text_.substr(at_, 60)));
  }
  std::size_t top() const { return static_cast<std::size_t>(open_.back()); }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool skip_prefix(std::string_view prefix) {
    const bool here = text_.substr(at_).starts_with(prefix);
    if (here) at_ += prefix.size();
    return here;
  }
  void skip_spaces() {
    while (peek() == ' ' || peek() == '\n') ++at_;
  }
  std::string word() {
    const std::size_t begin = at_;
    while ((peek() >= 'a' && peek() <= 'z') || (peek() >= 'A' && peek() <= 'Z') || peek() == '-' ||
           (peek() >= '1' && peek() <= '6'))  // headings
      ++at_;
    if (begin == at_) error("a name is missing");
    return std::string(text_.substr(begin, at_ - begin));
  }

  /// The text up to `end`, which is not read.
  std::string until(char end) {
    std::string result;
    for (; at_ < text_.size() && text_[at_] != end; ++at_) {
      const char c = text_[at_];
      if (c == '<') error("a raw <");
      if (static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t' && c != '\r')
        error("a control character");
      if (c != '&') {
        result += c;
        continue;
      }
      const std::size_t semicolon = text_.find(';', at_);
      const auto entity = entities.find(std::string(text_.substr(at_ + 1, semicolon - at_ - 1)));
      if (entity == entities.end()) error("an unknown entity");
      result += entity->second;
      at_ = semicolon;
    }
    return result;
  }

  void characters() {
    const std::string text = until('<');
    if (!open_.empty())
      all_[top()].text += text;
    else if (text.find_first_not_of('\n') != std::string::npos)
      error("text outside of any element");
  }

  void start_tag() {
    ++at_;
    if (open_.empty() && !all_.empty()) error("a second outermost element");
    Element e{word(), {}, {}, open_.empty() ? -1 : open_.back()};
    for (skip_spaces(); peek() != '>' && peek() != '/'; skip_spaces()) {
      const std::string key = word();
      if (!skip_prefix("=\"")) error("an attribute without a quoted value");
      if (!e.attributes.emplace(key, until('"')).second) error("an attribute twice");
      if (!skip_prefix("\"")) error("a quote is not closed");
    }
    const bool closed = skip_prefix("/");
    if (!skip_prefix(">")) error("a tag does not end");
    all_.push_back(std::move(e));
    if (!closed) open_.push_back(static_cast<int>(all_.size()) - 1);
  }

  void end_tag() {
    const std::string name = word();
    if (open_.empty() || all_[top()].name != name) error("</" + name + "> closes nothing");
    open_.pop_back();
    if (!skip_prefix(">")) error("an end tag does not end");
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Element> all_;
  std::vector<int> open_;
};

}  // namespace

std::vector<Element> parse_markup(std::string_view text) { return Parser(text).run(); }

std::vector<Element> named(const std::vector<Element>& all, std::string_view name, std::string_view css) {
  std::vector<Element> found;
  for (const Element& e : all) {
    const auto at = e.attributes.find("class");
    if (e.name == name && (css.empty() || (at != e.attributes.end() && at->second == css)))
      found.push_back(e);
  }
  return found;
}

std::vector<Element> inside(const std::vector<Element>& all, int parent) {
  std::vector<Element> found;
  for (const Element& e : all)
    if (e.parent == parent) found.push_back(e);
  return found;
}
