#pragma once
#include <cstdint>
#include <string>

namespace gradus::tools {

/// Standard output: lines that stay, and on a terminal one live line below them that is written over.
/// Elsewhere (a pipe, a file, TERM=dumb) the live line is left out. Colours obey NO_COLOR.
class Terminal {
 public:
  Terminal();
  ~Terminal() { clear(); }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void say(const std::string& text);      ///< `text` and a line break
  void refresh(const std::string& line);  ///< what the live line says; at most 10 times a second
  void clear();                           ///< takes the live line away
  void wipe();                            ///< an empty screen

  std::string bold(const std::string& text) const { return paint("1", text); }
  std::string dim(const std::string& text) const { return paint("2", text); }
  std::string red(const std::string& text) const { return paint("31", text); }
  std::string green(const std::string& text) const { return paint("32", text); }
  std::string yellow(const std::string& text) const { return paint("33", text); }

  bool live() const { return live_; }  ///< on a terminal that can write over itself

 private:
  std::string paint(const char* code, const std::string& text) const;

  bool live_ = false, colour_ = false, shown_ = false;
  std::int64_t shown_at_ = 0;
};

std::string grouped(std::int64_t n);                    ///< "1 234 567"
std::string counted(std::int64_t n, const char* noun);  ///< "1 layer", "2 layers"
std::string duration(double seconds);                   ///< "0:07", "1:02:03"
std::string indented(const std::string& text);          ///< by two spaces, broken at words after 90 columns

}  // namespace gradus::tools
