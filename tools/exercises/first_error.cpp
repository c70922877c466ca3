#include "exercises/first_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <vector>

namespace gradus::tools::exercises {
namespace {

std::vector<std::string> plain_lines(const std::string& output) {
  std::string plain;
  for (std::size_t i = 0; i < output.size(); ++i) {
    if (output[i] == '\033' && i + 1 < output.size() && output[i + 1] == '[')  // a colour: up to its letter
      for (i += 2; i < output.size() && !std::isalpha(static_cast<unsigned char>(output[i]));) ++i;
    else if (output[i] != '\r')
      plain += output[i];
  }
  std::vector<std::string> lines;
  std::istringstream stream(plain);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// "FILE:LINE:COLUMN: rest"
struct Place {
  std::string file, rest;
  int line = 0, column = 0;
};

Place place_in(const std::string& text) {
  const auto number = [&](std::size_t& at, int& value) {  // "12:"
    char* end = nullptr;
    value = static_cast<int>(std::strtol(text.c_str() + at, &end, 10));
    const auto stop = static_cast<std::size_t>(end - text.c_str());
    if (stop == at || text[stop] != ':') return false;
    at = stop + 1;
    return true;
  };
  for (std::size_t colon = text.find(':'); colon != std::string::npos; colon = text.find(':', colon + 1)) {
    Place p;
    std::size_t at = colon + 1;
    if (at >= text.size() || !std::isdigit(static_cast<unsigned char>(text[at])) || !number(at, p.line))
      continue;
    if (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at]))) number(at, p.column);
    p.file = text.substr(0, colon);
    p.rest = text.substr(std::min(at + 1, text.size()));
    return p;
  }
  return {};
}

std::string last_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// "checks.cpp:(.text+0xf66): undefined reference to `f(int)'"
std::string linker_complaint(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    if (const std::size_t at = line.find("undefined reference to "); at != std::string::npos)
      return line.substr(at + 23) +
             " is called, and nowhere defined: name, parameters and namespace must be those of exercise.h";
    if (const std::size_t at = line.find("multiple definition of "); at != std::string::npos)
      return line.substr(at, line.find(';', at) - at) + ": the name is taken, choose another";
  }
  return {};
}

}  // namespace

FirstError first_error(const std::string& output, const std::string& label) {
  const std::vector<std::string> lines = plain_lines(output);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    Place p = place_in(lines[i]);
    const bool fatal = p.rest.starts_with("fatal error: ");
    if (!fatal && !p.rest.starts_with("error: ")) continue;
    FirstError error;
    error.message = p.rest.substr(fatal ? 13 : 7);
    const auto is_at = [&](const Place& at) {
      if (at.file != label || at.line == 0) return false;
      error.in_answer = true;
      error.line = at.line;
      error.column = at.column;
      return true;
    };
    if (is_at(p)) return error;
    error.elsewhere = fmt::format("{}:{}", last_of(p.file), p.line);
    // g++ says before the error what it was required from, clang afterwards what was instantiated.
    for (std::size_t j = i; j-- > 0;) {
      if (lines[j].find(": error: ") != std::string::npos) break;
      if (lines[j].find("required from") != std::string::npos && is_at(place_in(lines[j]))) return error;
    }
    for (std::size_t j = i + 1; j < lines.size() && lines[j].find(": error: ") == std::string::npos; ++j)
      if (lines[j].find(": note: in instantiation") != std::string::npos && is_at(place_in(lines[j])))
        return error;
    return error;
  }
  FirstError error;
  error.message = linker_complaint(lines);
  error.in_answer = !error.message.empty();
  for (auto line = lines.begin(); error.message.empty() && line != lines.end(); ++line)
    if (line->find("rror") != std::string::npos || line->find("FAILED") != std::string::npos)
      error.message = *line;
  return error;
}

std::string excerpt(const std::string& code, const FirstError& error) {
  std::istringstream lines(code);
  std::string line;
  for (int i = 0; i < error.line; ++i)
    if (!std::getline(lines, line)) return {};
  if (error.line == 0) return {};
  std::string mark;  // tabs stay tabs, so that the mark stands below its column
  for (std::size_t i = 0; i + 1 < static_cast<std::size_t>(error.column) && i < line.size(); ++i)
    if ((static_cast<unsigned char>(line[i]) & 0xc0) != 0x80) mark += line[i] == '\t' ? '\t' : ' ';
  return fmt::format("{:>5} | {}\n      | {}{}", error.line, line, mark, error.column > 0 ? "^" : "");
}

}  // namespace gradus::tools::exercises
