#include "gradus/autograd/node.h"

#include <atomic>
#include <utility>

#include "gradus/autograd/errors.h"
#include "gradus/tensor/storage.h"

namespace gradus {
namespace {

std::atomic<std::uint64_t> counter{0};
std::atomic<std::int64_t> alive{0};

// Nodes whose last reference is gone. The outermost release deletes them one by one, so a chain of a million
// nodes takes constant stack. Plain pointers: static tensors may be dropped after any destructor has run.
constinit thread_local Node* pile = nullptr;
constinit thread_local bool draining = false;

void bury(Node* n) {
  n->next_dead = pile;
  pile = n;
  if (draining) return;
  draining = true;
  while (pile) {
    Node* dead = pile;
    pile = dead->next_dead;
    delete dead;
  }
  draining = false;
}

}  // namespace

Node::Node(const char* op_name, const Tensor& output)
    : op(op_name),
      number(counter.fetch_add(1, std::memory_order_relaxed) + 1),
      shape(output.shape()),
      dtype(output.dtype()) {
  alive.fetch_add(1, std::memory_order_relaxed);
}
Node::~Node() { alive.fetch_sub(1, std::memory_order_relaxed); }

void* Node::operator new(std::size_t size) { return pool_allocate(size); }
void Node::operator delete(void* p, std::size_t size) { pool_release(p, size); }

void retain(Node* n) { std::atomic_ref(n->refs).fetch_add(1, std::memory_order_relaxed); }
void release(Node* n) {
  if (std::atomic_ref(n->refs).fetch_sub(1, std::memory_order_acq_rel) == 1) bury(n);
}

Leaf* leaf_of(const Tensor& x) {
  Node* n = x.node().get();
  return n && n->is_leaf() ? static_cast<Leaf*>(n) : nullptr;
}
std::int64_t live_nodes() { return alive.load(); }

Tensor& Tensor::requires_grad_(bool wanted) {
  if (!defined()) fail("requires_grad_: the tensor is undefined");
  if (wanted && !is_floating(dtype_))
    fail_operands("requires_grad_", "only floating tensors have gradients", {{"x", *this}});
  if (node_ && !is_leaf())
    fail_operands("requires_grad_", "the tensor is the result of an op, which decides this for it",
                  {{"x", *this}}, "call detach() first to make a leaf of it");
  if (wanted && !node_) node_ = Ref<Node>(new Leaf(*this));
  if (!wanted) node_ = nullptr;
  return *this;
}

bool Tensor::is_leaf() const { return !node_ || node_->is_leaf(); }

Tensor Tensor::grad() const {
  const Leaf* leaf = leaf_of(*this);
  return leaf ? leaf->grad : Tensor();
}

void Tensor::set_grad(Tensor gradient) {
  Leaf* leaf = leaf_of(*this);
  if (!leaf) fail_operands("set_grad", "only a leaf that requires a gradient owns one", {{"x", *this}});
  if (gradient.defined() && (!(gradient.shape() == shape_) || gradient.dtype() != dtype_))
    fail_operands("set_grad", "the gradient must have the shape and type of its tensor",
                  {{"x", *this}, {"gradient", gradient}});
  // A leaf owns its gradient alone, and off the tape: leaf, gradient and tape would own one another.
  if (gradient.defined() && (gradient.node() || !gradient.is_unique_and_dense()))
    gradient = gradient.detach().clone();
  leaf->grad = std::move(gradient);
}

}  // namespace gradus
