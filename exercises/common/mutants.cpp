// Every one-token change of a solution's answers: what the campaign tools/mutants tries.
//
//   mutants SOLUTION            one line per change: LINE: CHANGE
//   mutants SOLUTION N          the solution with the N-th change (0-based)
//
// variant.cpp defines the <answer> marks.
// Changes, in the lines between "// <answer>" and "// </answer>" only: an operator for its neighbour, a number for the
// next and the one before (indices, axes, constants), true for false, sin for cos, min for max, a name for another one of
// the same statement's kind, and a dropped term: an operator with what follows it, or a method call.
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct Token {
  enum class Kind { name, number, text, sign } kind;
  std::string text;
  std::size_t begin, end;
};

struct Change {
  std::size_t begin, end;
  std::string put;
};

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

/// The tokens of the answers; comments are none.
std::vector<Token> tokens_of(const std::string& s) {
  std::vector<Token> tokens;
  bool inside = false;
  for (std::size_t i = 0; i < s.size();) {
    if (s.compare(i, 2, "//") == 0) {
      const std::size_t end = s.find('\n', i);
      const std::string comment = s.substr(i, end - i);
      if (comment.find("<answer>") != std::string::npos) inside = true;
      if (comment.find("</answer>") != std::string::npos) inside = false;
      i = end == std::string::npos ? s.size() : end;
      continue;
    }
    const char c = s[i];
    std::size_t end = i + 1;
    Token::Kind kind = Token::Kind::sign;
    if (std::isspace(static_cast<unsigned char>(c))) {
      i = end;
      continue;
    }
    if (c == '"' || c == '\'') {
      while (end < s.size() && s[end] != c) end += s[end] == '\\' ? 2 : 1;
      ++end;
      kind = Token::Kind::text;
    } else if (std::isdigit(static_cast<unsigned char>(c))) {
      while (end < s.size() &&
             (is_name(s[end]) || s[end] == '.' || ((s[end] == '-' || s[end] == '+') && (s[end - 1] == 'e'))))
        ++end;
      kind = Token::Kind::number;
    } else if (is_name(c)) {
      while (end < s.size() && (is_name(s[end]) || (s.compare(end, 2, "::") == 0 && is_name(s[end + 2])) ||
                                (s[end] == ':' && s[end - 1] == ':')))
        ++end;
      kind = Token::Kind::name;
    } else {
      for (const std::string two :
           {"<=", ">=", "==", "!=", "+=", "-=", "*=", "/=", "&&", "||", "++", "--", "->"})
        if (s.compare(i, 2, two) == 0) end = i + 2;
    }
    if (inside) tokens.push_back({kind, s.substr(i, end - i), i, end});
    i = end;
  }
  return tokens;
}

/// Where the operand ends that begins at token i: before the next operator, comma or closing bracket of this level.
std::size_t operand_end(const std::vector<Token>& t, std::size_t i, bool product) {
  int depth = 0;
  std::size_t start = i;
  for (; i < t.size(); ++i) {
    const std::string& x = t[i].text;
    if (x == "(" || x == "[" || x == "{") ++depth;
    if (x == ")" || x == "]" || x == "}") {
      if (depth == 0) return i;
      --depth;
    }
    if (depth > 0 || i == start) continue;
    if (x == "," || x == ";" || x == "?" || x == ":" || x == "&&" || x == "||" || x == "+" || x == "-" ||
        x == "<" || x == "==")
      return i;
    if (product && (x == "*" || x == "/" || x == "%")) return i;
  }
  return i;
}

std::string next_number(const std::string& text, int by) {
  if (text.find_first_of(".eEx") == std::string::npos) return std::to_string(std::stoll(text) + by);
  std::ostringstream s;
  s << std::stod(text) * (by > 0 ? 2 : 0.5);
  return s.str();
}

std::vector<Change> changes_of(const std::string& source) {
  const std::vector<Token> t = tokens_of(source);
  static const std::map<std::string, std::vector<std::string>> other = {{"+", {"-"}},
                                                                        {"-", {"+"}},
                                                                        {"*", {"/"}},
                                                                        {"/", {"*"}},
                                                                        {"<", {"<=", ">"}},
                                                                        {"<=", {"<"}},
                                                                        {">", {">=", "<"}},
                                                                        {">=", {">"}},
                                                                        {"==", {"!="}},
                                                                        {"!=", {"=="}},
                                                                        {"+=", {"-=", "="}},
                                                                        {"-=", {"+="}},
                                                                        {"*=", {"/="}},
                                                                        {"/=", {"*="}},
                                                                        {"&&", {"||"}},
                                                                        {"||", {"&&"}},
                                                                        {"true", {"false"}},
                                                                        {"false", {"true"}},
                                                                        {"std::sin", {"std::cos"}},
                                                                        {"std::cos", {"std::sin"}},
                                                                        {"tril", {"triu"}},
                                                                        {"triu", {"tril"}},
                                                                        {"std::max", {"std::min"}},
                                                                        {"std::min", {"std::max"}}};
  std::vector<Change> all;
  // Names of one letter, or that stand where such a name stands, are taken for one another: q, k, v, i, j, ...
  std::set<std::string> short_names;
  for (std::size_t i = 0; i < t.size(); ++i)
    if (t[i].kind == Token::Kind::name && t[i].text.size() <= 2 &&
        (i + 1 >= t.size() || t[i + 1].text != "(") &&
        !(i > 0 && (t[i - 1].text == "." || t[i - 1].kind == Token::Kind::name)))
      short_names.insert(t[i].text);
  for (std::size_t i = 0; i < t.size(); ++i) {
    const Token& x = t[i];
    const bool unary = i == 0 ||
                       (t[i - 1].kind == Token::Kind::sign && t[i - 1].text != ")" && t[i - 1].text != "]") ||
                       t[i - 1].text == "return";
    const bool is_template = (x.text == "<" || x.text == ">") && source[x.begin - 1] != ' ';
    if (const auto found = other.find(x.text);
        found != other.end() && !is_template && !(unary && x.kind == Token::Kind::sign))
      for (const std::string& put : found->second) all.push_back({x.begin, x.end, put});
    if (x.kind == Token::Kind::number && !(i > 0 && t[i - 1].text == "<")) {
      const bool negative = i > 0 && t[i - 1].text == "-" &&
                            (i < 2 || (t[i - 2].kind == Token::Kind::sign && t[i - 2].text != ")"));
      for (const int by : {1, -1}) {
        const std::string put = next_number(x.text, by);
        if (put[0] != '-') all.push_back({x.begin, x.end, put});
      }
      if (negative) all.push_back({t[i - 1].begin, x.end, x.text});  // the sign dropped
    }
    if (unary && x.text == "-" && i + 1 < t.size() && t[i + 1].kind != Token::Kind::number)
      all.push_back({x.begin, x.end, ""});
    if (x.kind == Token::Kind::name && short_names.count(x.text) &&
        (i + 1 >= t.size() || t[i + 1].text != "(") &&
        !(i > 0 && (t[i - 1].text == "." || t[i - 1].kind == Token::Kind::name)))
      for (const std::string& put : short_names)
        if (put != x.text) all.push_back({x.begin, x.end, put});
    const bool binary = !unary && source[x.begin - 1] == ' ';
    if (binary && (x.text == "+" || x.text == "-" || x.text == "*" || x.text == "/")) {
      const std::size_t end = operand_end(t, i + 1, x.text == "*" || x.text == "/");
      if (end > i + 1) all.push_back({x.begin, t[end - 1].end, ""});
    }
    if (x.text == "." && i + 2 < t.size() && t[i + 2].text == "(") {  // a method call
      std::size_t end = i + 3;
      for (int depth = 1; end < t.size() && depth > 0; ++end)
        depth += t[end].text == "(" ? 1 : t[end].text == ")" ? -1 : 0;
      all.push_back({x.begin, t[end - 1].end, ""});
    }
  }
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::cerr << "usage: mutants SOLUTION [N]\n", 2;
  std::ifstream file(argv[1], std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  std::string source = text.str();
  if (!file || source.empty()) return std::cerr << "mutants: cannot read " << argv[1] << '\n', 1;
  const std::vector<Change> all = changes_of(source);
  if (argc > 2) {
    const std::size_t n = std::stoul(argv[2]);
    if (n >= all.size()) return std::cerr << "mutants: there are only " << all.size() << '\n', 1;
    std::cout << source.replace(all[n].begin, all[n].end - all[n].begin, all[n].put);
    return 0;
  }
  for (const Change& c : all) {
    const std::size_t begin = source.rfind('\n', c.begin) + 1, end = source.find('\n', c.end);
    std::string line = source.substr(begin, c.begin - begin) + "[" + source.substr(c.begin, c.end - c.begin) +
                       " -> " + c.put + "]" + source.substr(c.end, end - c.end);
    for (char& ch : line)
      if (ch == '\n') ch = ' ';
    std::cout << line.substr(line.find_first_not_of(' ')) << '\n';
  }
}
