#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Markup as its reader sees it, independently of who wrote it: a parser of well-formed XML that accepts no more than what
/// both SVG and a page written in XML's style need.
struct Element {
  std::string name;
  std::map<std::string, std::string> attributes;  // entities resolved
  std::string text;                               // of the element itself, entities resolved
  int parent = -1;                                // an index into the list, -1 for the outermost
};

/// Every element in the order of their start tags; throws std::runtime_error that says where it is not well-formed, or
/// not UTF-8. A <!doctype html> may come first.
std::vector<Element> parse_markup(std::string_view text);

/// Those of a name, and of a class where one is given.
std::vector<Element> named(const std::vector<Element>& all, std::string_view name, std::string_view css = "");

/// What stands directly inside an element, in order; `parent` is an index into `all`.
std::vector<Element> inside(const std::vector<Element>& all, int parent);
