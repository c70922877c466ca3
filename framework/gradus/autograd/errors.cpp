#include "gradus/autograd/errors.h"

#include <fmt/format.h>

#include <algorithm>

#include "gradus/autograd/node.h"

namespace gradus {
namespace {

std::string origin(const Tensor& x) {
  const Node* node = x.node().get();
  if (!node) return "a constant";
  if (!node->is_leaf()) return fmt::format("from {} (node {})", node->op, node->number);
  const std::string& path = static_cast<const Leaf*>(node)->path;
  return path.empty() ? "a leaf" : "parameter " + path;
}

}  // namespace

std::string describe(const Tensor& x) {
  if (!x.defined()) return "undefined";
  return fmt::format("{:<7} {:<16} {}", name(x.dtype()), to_string(x.shape()), origin(x));
}

void fail_operands(const char* op, const std::string& why, std::initializer_list<Operand> operands,
                   const std::string& advice) {
  std::size_t width = 0;
  for (const Operand& o : operands) width = std::max(width, std::char_traits<char>::length(o.name));
  std::string text = fmt::format("{}: {}", op, why);
  for (const Operand& o : operands) text += fmt::format("\n  {:<{}}  {}", o.name, width, describe(o.tensor));
  if (!advice.empty()) text += "\n  " + advice;
  fail(text);
}

Shape broadcast_operands(const char* op, Operand a, Operand b) {
  const Shape &p = a.tensor.shape(), &q = b.tensor.shape();
  if (const std::optional<Shape> both = broadcast(p, q)) return *both;
  int axis = -1;
  const auto size = [&](const Shape& s) { return s[s.rank() + axis]; };
  while (size(p) == size(q) || size(p) == 1 || size(q) == 1) --axis;
  fail_operands(op, fmt::format("the shapes do not broadcast: {} and {} at axis {}", size(p), size(q), axis),
                {a, b});
}

void check_same_floating(const char* op, Operand a, Operand b) {
  for (const Operand& o : {a, b}) {
    if (!o.tensor.defined()) fail(fmt::format("{}: {} is undefined", op, o.name));
    if (!is_floating(o.tensor.dtype()))
      fail_operands(op, fmt::format("{} must be float32 or float64", o.name), {a, b},
                    fmt::format("write {}.to(Dtype::float32)", o.name));
  }
  if (a.tensor.dtype() != b.tensor.dtype())
    fail_operands(op, "the operands must have one element type", {a, b},
                  fmt::format("write {}.to(Dtype::{}) or {}.to(Dtype::{})", b.name, name(a.tensor.dtype()),
                              a.name, name(b.tensor.dtype())));
}

}  // namespace gradus
