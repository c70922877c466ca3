#include "gradus/autograd/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace gradus {
namespace {

std::string label(const Node& node) {
  if (!node.is_leaf()) return node.op;
  const std::string& path = static_cast<const Leaf&>(node).path;
  return path.empty() ? "leaf" : "parameter " + path;
}

}  // namespace

Trace trace(const Tensor& y) {
  std::map<std::uint64_t, const Node*> ahead;  // by number: every node is met after all its users
  if (y.node()) ahead.emplace(y.node()->number, y.node().get());
  Trace out;
  SavedCount count;
  while (!ahead.empty()) {
    const auto last = std::prev(ahead.end());
    const Node& node = *last->second;
    ahead.erase(last);
    const std::int64_t before = count.bytes;
    node.count_saved();
    TraceLine line{node.number, label(node), node.shape, {}, count.bytes - before};
    for_each_input(node, [&](const Ref<Node>& input) {
      line.inputs.push_back(input->number);
      ahead.emplace(input->number, input.get());
    });
    out.lines.push_back(std::move(line));
  }
  std::reverse(out.lines.begin(), out.lines.end());
  return out;
}

std::string to_string(const Trace& t) {
  std::string text =
      fmt::format("{:>8}  {:<28} {:<20} {:>12}  {}\n", "node", "op", "shape", "bytes kept", "inputs");
  std::int64_t total = 0;
  for (const TraceLine& l : t.lines) {
    text += fmt::format("{:>8}  {:<28} {:<20} {:>12}  {}\n", l.number, l.op, to_string(l.shape), l.bytes_kept,
                        fmt::join(l.inputs, " "));
    total += l.bytes_kept;
  }
  return text + fmt::format("{} nodes, {} bytes kept\n", t.lines.size(), total);
}

}  // namespace gradus
