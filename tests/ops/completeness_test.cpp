// No op without its gradient, and no op without a row in the table: read off the headers, so that nobody has
// to remember.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>

#include "gradus/autograd/trace.h"
#include "gradus/autograd/walk.h"
#include "gradus/ops/table.h"
#include "place.h"
#include "reference/measure.h"

using namespace gradus;
using Names = std::set<std::string>;

namespace {

/// Public functions without a row, and why.
const std::map<std::string, std::string> without_a_row = {
    {"eq", "a comparison"},
    {"ne", "a comparison"},
    {"less", "a comparison"},
    {"less_equal", "a comparison"},
    {"greater", "a comparison"},
    {"greater_equal", "a comparison"},
    {"argmax", "an index"},
    {"argmin", "an index"},
    {"causal_mask", "a mask"},
    {"to", "rounds, so finite differences cannot see it; copy_test has its gradient"},
};

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Calls see(text) for the files of `folder` that end in `ending`; the table itself declares no op.
template <class F> void for_files(const std::string& folder, const std::string& ending, F see) {
  for (const auto& entry : std::filesystem::directory_iterator(place::source() + "/" + folder))
    if (entry.path().filename().string().ends_with(ending) && entry.path().filename() != "table.h")
      see(text_of(entry.path()));
}

/// An operator's name on the tape; + and - depend on how many operands there are.
std::string spoken(const std::string& name, const std::string& parameters) {
  if (!name.starts_with("operator")) return name;
  const std::string symbol = name.substr(8);
  if (symbol == "-" && parameters.find(',') == std::string::npos) return "neg";
  return std::map<std::string, std::string>{{"+", "add"},     {"-", "sub"},           {"*", "mul"},
                                            {"/", "div"},     {"<", "less"},          {"<=", "less_equal"},
                                            {">", "greater"}, {">=", "greater_equal"}}
      .at(symbol);
}

struct Declared {
  Names ops, composed;
};

Declared declared() {
  Declared found;
  for_files("framework/gradus/ops", ".h", [&](std::string text) {
    text = std::regex_replace(text, std::regex("//[^\n]*"), "");
    const std::string result = "(?:Tensor|std::vector<Tensor>|std::array<Tensor, N>)";
    const std::string name = R"((operator[-+*/<>=]+|\w+))", parameters = R"(\(([^)]*))";
    const std::regex function(R"((namespace composed \{)|(\}\s*\n)|)" + result + R"(\s+)" + name +
                              parameters);
    bool in_composed = false;
    for (std::sregex_iterator m(text.begin(), text.end(), function), end; m != end; ++m) {
      if ((*m)[1].matched)
        in_composed = true;
      else if ((*m)[2].matched)
        in_composed = false;
      else
        (in_composed ? found.composed : found.ops).insert(spoken((*m)[3], (*m)[4]));
    }
  });
  return found;
}

Names in_table(bool composed_only) {
  Names names;
  for (const OpRow& row : op_table())
    if (!composed_only || row.composed) names.insert(row.op);
  return names;
}

Names minus(const Names& a, const Names& b) {
  Names rest;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::inserter(rest, rest.end()));
  return rest;
}

std::string listed(const Names& names) {
  std::string text;
  for (const std::string& n : names) text += n + " ";
  return text;
}

}  // namespace

TEST_CASE("every public op has a row in the table, or a reason not to") {
  const Names ops = declared().ops;
  CHECK(ops.size() > 70);  // the headers were read
  Names excused;
  for (const auto& [name, reason] : without_a_row) excused.insert(name);
  CHECK(listed(minus(minus(ops, in_table(false)), excused)) == "");
  CHECK(listed(minus(in_table(false), ops)) == "");
  CHECK(listed(minus(excused, ops)) == "");
}

TEST_CASE("every composed form stands in a row beside its fused op") {
  CHECK(declared().composed.size() > 8);
  CHECK(listed(minus(declared().composed, in_table(true))) == "");
}

TEST_CASE("every op of the table is checked, and every sample has a name of its own") {
  Names checked, samples;
  for_files("tests/ops", "_test.cpp", [&](const std::string& text) {
    const std::regex call(R"(check_(?:op|map)\(\s*\"(\w+)\")");
    for (std::sregex_iterator m(text.begin(), text.end(), call), end; m != end; ++m) checked.insert((*m)[1]);
  });
  CHECK(listed(minus(in_table(false), checked)) == "");
  for (const OpRow& row : op_table()) CHECK(samples.insert(row.op + std::string("/") + row.sample).second);
}

TEST_CASE("every name that ops record is met by the table, in gradients of gradients at the latest") {
  Names recorded, met;
  for_files("framework/gradus/ops", ".cpp", [&](const std::string& text) {
    const std::regex call(R"(record\(\s*\"(\w+)\")");
    for (std::sregex_iterator m(text.begin(), text.end(), call), end; m != end; ++m) recorded.insert((*m)[1]);
  });
  const auto meet = [&](const Tensor& y) {
    if (y.requires_grad())
      for (const TraceLine& line : trace(y).lines) met.insert(line.op);
  };
  for (const OpRow& row : op_table()) {
    const measure::Tensors inputs = sample_inputs(row, Dtype::float64, 1),
                           x = measure::leaves(inputs, measure::floating(inputs));
    measure::Tensors xs;
    for (const Tensor& t : x)
      if (t.requires_grad()) xs.push_back(t);
    const Tensor y = row.call(x);
    meet(y);
    for (const Tensor& dx : grad(y, xs, {.create_graph = true}, measure::random_like(y, 1).requires_grad_()))
      meet(dx);
  }
  CHECK(recorded.size() > 40);
  CHECK(listed(minus(minus(recorded, met), {"to"})) == "");
}
