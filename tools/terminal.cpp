#include "terminal.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "gradus/base/error.h"
#include "gradus/base/os.h"
#include "tools/lab/text.h"

namespace gradus::tools {
namespace {

std::int64_t milliseconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value && *value;
}

void put(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    fail(Kind::resources, fmt::format("cannot write to standard output: {}", std::strerror(errno)));
}

}  // namespace

Terminal::Terminal() {
  const char* kind = std::getenv("TERM");
  live_ = os::is_terminal(1) && kind && std::strcmp(kind, "dumb") != 0;
  colour_ = live_ && !is_set("NO_COLOR");
}

std::string Terminal::paint(const char* code, const std::string& text) const {
  return colour_ ? fmt::format("\033[{}m{}\033[0m", code, text) : text;
}

void Terminal::say(const std::string& text) {
  clear();
  put(text + "\n");
}

void Terminal::refresh(const std::string& line) {
  const std::int64_t now = milliseconds();
  if (!live_ || (shown_ && now - shown_at_ < 100)) return;
  shown_ = true;
  shown_at_ = now;
  // Without wrapping, a window that is too narrow cuts the line instead of leaving its rests behind.
  put("\r\033[?7l" + line + "\033[?7h\033[K");
}

void Terminal::clear() {
  if (!shown_) return;
  shown_ = false;
  std::fputs("\r\033[K", stdout);
}

void Terminal::wipe() {
  clear();
  if (live_) put("\033[2J\033[H");
}

std::string grouped(std::int64_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t at = digits.size(); at > 3 + (n < 0 ? 1u : 0u);) digits.insert(at -= 3, 1, ' ');
  return digits;
}

std::string counted(std::int64_t n, const char* noun) {
  return fmt::format("{} {}{}", grouped(n), noun, n == 1 ? "" : "s");
}

std::string duration(double seconds) {
  const auto s = static_cast<std::int64_t>(std::llround(std::max(seconds, 0.0)));
  return s < 3600 ? fmt::format("{}:{:02}", s / 60, s % 60)
                  : fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

std::string indented(const std::string& text) {
  constexpr std::size_t width = 90;
  std::string result;
  std::size_t column = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end =
        std::min(text.find_first_of(" \n", at), text.size());  // of the word that begins here
    const auto wide = static_cast<std::size_t>(lab::columns(std::string_view(text).substr(at, end - at)));
    if (column > 0 && column + wide > width) {
      while (!result.empty() && result.back() == ' ') result.pop_back();
      result += '\n';
      column = 0;
    }
    if (column == 0 && end > at) result += "  ";
    result += text.substr(at, end - at);
    column += wide;
    if (end == text.size()) break;
    result += text[end];
    column = text[end] == '\n' ? 0 : column + 1;
    at = end + 1;
  }
  return result;
}

}  // namespace gradus::tools
