#pragma once
#include <cstddef>
#include <cstdint>

#include "gradus/base/ref.h"
#include "gradus/tensor/tensor.h"

namespace gradus {

class Walk;

/// One place on the tape: an op that must be differentiated, or a leaf. A node owns only nodes with smaller
/// numbers (its rules do, through the tensors they captured), so there is no cycle and no global list: drop
/// the loss and the tape is gone.
struct Node {
  Node(const char* op, const Tensor& output);
  virtual ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  static void* operator new(std::size_t size);
  static void operator delete(void* p, std::size_t size);

  /// Hands every input that the walk wants its share of the gradient dy.
  virtual void pass(const Tensor& dy, Walk& walk) = 0;
  /// Lets go of rules, inputs and saved tensors once the walk has passed.
  virtual void forget() {}
  /// Calls see(context, input) for each input on the tape; written for_each_input(node, f).
  virtual void inputs(void (*see)(void* context, const Ref<Node>& input), void* context) const = 0;
  /// Copies the rules, so that each Saved in them reports itself to the running count (see SavedCount).
  virtual void count_saved() const {}
  virtual bool is_leaf() const { return false; }

  const char* op;
  std::uint64_t
      number;   ///< from one increasing counter: every user of a value has a higher number than the value
  Shape shape;  ///< of the output
  Dtype dtype;
  bool spent = false;  ///< walked and forgotten

  // Where this node waits in the walk that runs now; walks may nest.
  Walk* walk = nullptr;
  std::uint32_t slot = 0;

  int refs = 0;
  Node* next_dead = nullptr;  ///< the release pile: dropping a long chain must not recurse
};

/// A leaf owns its gradient; a parameter's leaf also knows its path in the model.
struct Leaf final : Node {
  explicit Leaf(const Tensor& value) : Node("leaf", value) {}
  void pass(const Tensor&, Walk&) override {}
  void inputs(void (*)(void*, const Ref<Node>&), void*) const override {}
  bool is_leaf() const override { return true; }

  Tensor grad;
  std::string path;
};

Leaf* leaf_of(const Tensor& x);  ///< null when x is not a leaf
std::int64_t live_nodes();

/// f(input) for each input of n on the tape.
template <class F> void for_each_input(const Node& n, F f) {
  n.inputs([](void* context, const Ref<Node>& input) { (*static_cast<F*>(context))(input); }, &f);
}

}  // namespace gradus
