#include "command.h"

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>

#include "gradus/base/random.h"
#include "place.h"

namespace cli {
namespace fs = std::filesystem;

Result shell(const Folder& in, const std::string& command) {
  const Folder output;
  const std::string all = "cd '" + in.path() + "' && { " + command + "\n} >'" + (output / "out") + "' 2>'" +
                          (output / "err") + "'";
  const int status = std::system(all.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read(output / "out"),
          read(output / "err")};
}

Result run(const Folder& in, const std::string& arguments) {
  return shell(in, "'" + place::program() + "' " + arguments);
}

std::string read(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::string& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

bool exists(const std::string& file) { return fs::exists(file); }

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> result;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    result.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return result;
}

double number(const std::string& json_line, const std::string& key) {
  const std::string name = "\"" + key + "\": ";
  const std::size_t at = json_line.find(name);
  return at == std::string::npos ? std::numeric_limits<double>::quiet_NaN()
                                 : std::strtod(json_line.c_str() + at + name.size(), nullptr);
}

std::string some_text() {
  const char* words[] = {"the", "cat",  "sat", "on",    "a",     "mat",
                         "and", "then", "it",  "slept", "until", "noon"};
  const gradus::Philox random{3, 0};
  std::string text;
  for (std::uint64_t i = 0; i < 3000; ++i)
    text += std::string(words[random.below(i, 12)]) + (i % 9 == 8 ? ".\n" : " ");
  return text;
}

}  // namespace cli
