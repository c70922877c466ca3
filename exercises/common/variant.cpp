// Makes other sources from a solution: the stub that a learner starts from, and the solution with a mistake.
//
//   variant stub SOLUTION               the solution without its answers
//   variant mistake N MISTAKES FILE     FILE with the N-th mistake of mistakes.md (0-based); other files as they are
//
// Answers stand between the lines "// <answer> WHAT" and "// </answer>"; in answers.txt an answer is what follows
// "=". A mistake is a section of mistakes.md: lines "- TEXT" to be found exactly once in one of the solution's
// files, and "+ TEXT" to put there; \n stands for a line break.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace {

[[noreturn]] void stop(const std::string& why) {
  std::cerr << "variant: " << why << '\n';
  std::exit(1);
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) stop("cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

bool starts_with(const std::string& s, const std::string& prefix) { return s.rfind(prefix, 0) == 0; }

std::string stub(const std::string& path) {
  const bool answers = path.size() > 4 && path.substr(path.size() - 4) == ".txt";
  std::string result;
  bool inside = false;
  for (const std::string& line : lines_of(read(path))) {
    const std::size_t open = line.find("// <answer>"), close = line.find("// </answer>");
    if (open != std::string::npos) {
      std::string what = line.substr(open + 11);
      while (!what.empty() && what[0] == ' ') what.erase(0, 1);
      result += line.substr(0, open) + "GRADUS_TODO(\"" + what + "\");\n";
      inside = true;
    } else if (close != std::string::npos) {
      if (!inside) stop(path + ": </answer> without <answer>");
      inside = false;
    } else if (!inside) {
      const std::size_t equals = answers && line[0] != '#' ? line.find('=') : std::string::npos;
      result += (equals == std::string::npos ? line : line.substr(0, equals) + "= ?") + "\n";
    }
  }
  if (inside) stop(path + ": <answer> without </answer>");
  return result;
}

struct Mistake {
  std::string cause, find, put;
};

std::string unescaped(std::string text) {
  for (std::size_t at = 0; (at = text.find("\\n", at)) != std::string::npos;) text.replace(at, 2, "\n");
  return text;
}

std::vector<Mistake> mistakes_of(const std::string& path) {
  std::vector<Mistake> all;
  for (const std::string& line : lines_of(read(path))) {
    if (starts_with(line, "## ")) {
      all.push_back({line.substr(3), "", ""});
    } else if (!all.empty() && (starts_with(line, "- ") || starts_with(line, "+ ") || line == "+")) {
      std::string& text = line[0] == '-' ? all.back().find : all.back().put;
      text += (text.empty() ? "" : "\n") + (line.size() > 2 ? line.substr(2) : "");
    }
  }
  return all;
}

std::string with_mistake(const Mistake& m, const std::string& path) {
  std::string text = read(path);
  const std::string find = unescaped(m.find);
  const std::size_t at = text.find(find);
  if (at == std::string::npos) return text;
  if (text.find(find, at + 1) != std::string::npos) stop(path + " has \"" + find + "\" more than once");
  return text.replace(at, find.size(), unescaped(m.put));
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 2 && words[0] == "stub") {
    std::cout << stub(words[1]);
  } else if (words.size() == 4 && words[0] == "mistake") {
    const std::vector<Mistake> all = mistakes_of(words[2]);
    const std::size_t n = std::stoul(words[1]);
    if (n >= all.size()) stop(words[2] + " has only " + std::to_string(all.size()) + " mistakes");
    std::cout << with_mistake(all[n], words[3]);
  } else {
    stop("usage: variant stub SOLUTION | variant mistake N MISTAKES FILE");
  }
}
