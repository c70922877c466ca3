#include "gradus/autograd/walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <queue>

#include "gradus/autograd/errors.h"
#include "gradus/autograd/modes.h"
#include "gradus/autograd/record.h"
#include "gradus/kernels/strided.h"
#include "gradus/tensor/creation.h"
#include "gradus/tensor/layout.h"

namespace gradus {

// The two ops a walk itself needs (ops/): recorded like any other under create_graph.
Tensor sum_to(const Tensor& x, const Shape& shape);
Tensor operator+(const Tensor& a, const Tensor& b);

namespace {

constinit thread_local const Node* node_walked = nullptr;

/// total += gradient, in place where nobody else can see it.
void accumulate(Tensor& total, Tensor gradient, bool create_graph) {
  if (!total.defined()) {
    total = std::move(gradient);
  } else if (!create_graph && total.is_unique_and_dense()) {
    visit_floating(total.dtype(), "backward", [&](auto t) {
      using T = decltype(t);
      kernels::add_strided(layout_of(gradient), gradient.data<T>(), total.data<T>());
    });
  } else {
    total = total + gradient;
  }
}

[[noreturn]] void fail_spent(const Node& node) {
  fail(fmt::format(
      "backward: node {} ({}) was already walked and its saved tensors are gone; pass retain_graph the first "
      "time to walk it twice",
      node.number, node.op));
}

/// The numbers of the nodes that lie between y and any of the xs, ascending. A node that was walked has let go of its
/// inputs: whether an x lies below it can no longer be known, so it is an error.
std::vector<std::uint64_t> between(const Tensor& y, const std::vector<Tensor>& xs) {
  std::vector<std::uint64_t> targets;
  for (const Tensor& x : xs)
    if (x.node()) targets.push_back(x.node()->number);
  std::sort(targets.begin(), targets.end());
  if (targets.empty()) return {};

  const auto lower = [](const Node* a, const Node* b) { return a->number < b->number; };
  std::priority_queue<const Node*, std::vector<const Node*>, decltype(lower)> ahead(lower);
  std::vector<const Node*> seen;  // highest number first
  ahead.push(y.node().get());
  while (!ahead.empty()) {
    const Node* n = ahead.top();
    ahead.pop();
    if (!seen.empty() && seen.back() == n) continue;
    seen.push_back(n);
    if (n->spent && n->number > targets.front()) fail_spent(*n);
    for_each_input(*n, [&](const Ref<Node>& input) { ahead.push(input.get()); });
    while (!ahead.empty() && ahead.top()->number < targets.front()) ahead.pop();
  }

  std::vector<std::uint64_t> wanted;
  for (auto n = seen.rbegin(); n != seen.rend(); ++n) {
    bool leads = std::binary_search(targets.begin(), targets.end(), (*n)->number);
    for_each_input(**n, [&](const Ref<Node>& input) {
      leads = leads || std::binary_search(wanted.begin(), wanted.end(), input->number);
    });
    if (leads) wanted.push_back((*n)->number);
  }
  return wanted;
}

Tensor checked_cotangent(const char* op, const Tensor& y, const Tensor& given) {
  if (!y.defined()) fail(fmt::format("{}: the tensor is undefined", op));
  if (!y.node())
    fail_operands(op, "the tensor is not on the tape, so there is nothing to differentiate", {{"y", y}},
                  recording() ? "call requires_grad_() on an input first" : "it was computed under NoGrad");
  if (!given.defined()) {
    if (y.numel() != 1)
      fail_operands(op, "only a one-element tensor has an implied cotangent of 1", {{"y", y}},
                    "reduce it first, with sum() or mean(), or pass a cotangent of its shape");
    return ones(y.shape(), y.dtype());
  }
  if (!(given.shape() == y.shape()) || given.dtype() != y.dtype())
    fail_operands(op, "the cotangent must have the shape and type of y", {{"y", y}, {"cotangent", given}});
  return given;
}

}  // namespace

Walk::Walk(const Tensor& y, const std::vector<Tensor>* xs, GradOptions options) : xs_(xs), options_(options) {
  if (xs) {
    wanted_ = between(y, *xs);
    found_.resize(xs->size());
  }
}

Walk::~Walk() {
  for (const auto& waiting : heap_) restore(slots_[waiting.second]);  // left over after a throw
}

bool Walk::wants(const Node& node) const {
  return !xs_ || std::binary_search(wanted_.begin(), wanted_.end(), node.number);
}

Tensor Walk::waiting(const Node& node) const {
  if (options_.create_graph) return {};
  const Tensor* there = nullptr;
  if (!xs_ && node.is_leaf())
    there = &static_cast<const Leaf&>(node).grad;
  else if (node.walk == this)
    there = &slots_[node.slot].gradient;
  return there && there->is_unique_and_dense() && there->shape() == node.shape ? *there : Tensor();
}

void Walk::send(const Ref<Node>& node, Tensor gradient) {
  if (!gradient.defined()) return;  // the rule added it in place
  if (gradient.dtype() != node->dtype || gradient.dim() < node->shape.rank())
    fail(fmt::format("{}: its rule gave a gradient of {} {} for an input of {} {}",
                     node_walked ? node_walked->op : "backward", name(gradient.dtype()),
                     to_string(gradient.shape()), name(node->dtype), to_string(node->shape)));
  if (!(gradient.shape() == node->shape)) gradient = sum_to(gradient, node->shape);
  if (!xs_ && node->is_leaf()) {
    Tensor& total = static_cast<Leaf&>(*node).grad;
    // A leaf owns its gradient alone: it will be clipped and scaled in place.
    if (!total.defined() && !gradient.is_unique_and_dense()) gradient = gradient.clone();
    return accumulate(total, std::move(gradient), false);
  }
  if (node->walk == this)
    return accumulate(slots_[node->slot].gradient, std::move(gradient), options_.create_graph);
  std::uint32_t s;
  if (free_slots_.empty()) {
    s = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    s = free_slots_.back();
    free_slots_.pop_back();
  }
  slots_[s] = {node, std::move(gradient), node->walk, node->slot};
  node->walk = this;
  node->slot = s;
  heap_.emplace_back(node->number, s);
  std::push_heap(heap_.begin(), heap_.end());
}

void Walk::restore(const Slot& slot) {
  slot.node->walk = slot.outer_walk;
  slot.node->slot = slot.outer_slot;
}

Walk::Slot Walk::pop() {
  std::pop_heap(heap_.begin(), heap_.end());
  const std::uint32_t s = heap_.back().second;
  heap_.pop_back();
  Slot slot = std::move(slots_[s]);
  free_slots_.push_back(s);
  restore(slot);
  return slot;
}

/// Stores the gradient of a node that was asked for. True when nothing further down is wanted, so the node
/// stays unwalked.
bool Walk::collect(const Node& node, const Tensor& gradient) {
  bool asked = false;
  for (std::size_t i = 0; i < xs_->size(); ++i)
    if ((*xs_)[i].node().get() == &node) {
      found_[i] = gradient;
      asked = true;
    }
  if (!asked) return false;
  bool further = false;
  for_each_input(node, [&](const Ref<Node>& input) { further = further || wants(*input); });
  return !further;
}

void Walk::run(const Tensor& y, Tensor cotangent) {
  const RecordMode mode(options_.create_graph);
  struct Names {
    const Node* before = node_walked;
    ~Names() { node_walked = before; }
  } names;
  if (wants(*y.node())) send(y.node(), std::move(cotangent));
  while (!heap_.empty()) {
    // The slot owns its node: forgetting a user may have dropped the last other reference.
    Slot now = pop();
    Node& node = *now.node;
    if (xs_ && collect(node, now.gradient)) continue;
    if (node.is_leaf()) continue;
    if (node.spent) fail_spent(node);
    node_walked = &node;
    node.pass(now.gradient, *this);
    if (!options_.create_graph && !options_.retain_graph) {
      node.forget();
      node.spent = true;
    }
  }
}

void Tensor::backward(bool retain_graph) const { backward({}, retain_graph); }

void Tensor::backward(const Tensor& gradient, bool retain_graph) const {
  Tensor cotangent = checked_cotangent("backward", *this, gradient);
  Walk walk(*this, nullptr, {.retain_graph = retain_graph});
  walk.run(*this, std::move(cotangent));
}

std::vector<Tensor> grad(const Tensor& y, const std::vector<Tensor>& xs, GradOptions options,
                         const Tensor& cotangent) {
  Tensor dy = checked_cotangent("grad", y, cotangent);
  for (const Tensor& x : xs)
    if (!x.requires_grad())
      fail_operands("grad", "can only differentiate with respect to a tensor on the tape", {{"x", x}},
                    "call x.requires_grad_() before computing y");
  Walk walk(y, &xs, options);
  walk.run(y, std::move(dy));
  std::vector<Tensor> found = walk.found();
  for (std::size_t i = 0; i < xs.size(); ++i) {
    Tensor& g = found[i];
    if (!g.defined()) g = zeros_like(xs[i]);
    // What is returned shares memory with nothing: rules pass dy on, to several inputs or stretched.
    else if (!options.create_graph && !g.is_unique_and_dense())
      g = g.clone();
  }
  return found;
}

const Node* detail::node_being_walked() { return node_walked; }

Tensor detail::recorded_alias(const Tensor& x) {
  return record("alias", x.detach(), wrt(x, [](const Tensor& dy) { return dy; }));
}

std::vector<Tensor> detail::replayed_gradient(const Tensor& y, const std::vector<Tensor>& aliases,
                                              const Tensor& dy) {
  return grad(y, aliases, {.create_graph = true}, dy);
}

}  // namespace gradus
