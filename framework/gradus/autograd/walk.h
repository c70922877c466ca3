#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "gradus/autograd/node.h"
#include "gradus/tensor/tensor.h"

namespace gradus {

struct GradOptions {
  bool create_graph = false;  ///< record the gradients, so that they can be differentiated again
  bool retain_graph = false;  ///< keep the tape for another walk (implied by create_graph)
};

/// dy/dx for each x of xs, weighted by `cotangent` (ones for a one-element y). Touches no grad() and runs
/// only what lies between y and the xs. A tensor y does not depend on gets zeros.
std::vector<Tensor> grad(const Tensor& y, const std::vector<Tensor>& xs, GradOptions options = {},
                         const Tensor& cotangent = {});

/// One backward pass: nodes wait in a heap by number. Every user of a value was recorded after it, so the
/// highest number left has all its gradient: no sort, no recursion, no visited set. Walks may nest.
class Walk {
 public:
  /// xs null: every leaf reached receives its gradient (backward). Otherwise found() receives one gradient
  /// for each of xs.
  Walk(const Tensor& y, const std::vector<Tensor>* xs, GradOptions options);
  ~Walk();
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;

  void run(const Tensor& y, Tensor cotangent);
  std::vector<Tensor> found() { return std::move(found_); }

  // For rules.
  bool create_graph() const { return options_.create_graph; }
  bool wants(const Node& node) const;
  Tensor waiting(const Node& node) const;  ///< the gradient at `node`, if a rule may add into it
  void send(const Ref<Node>& node,
            Tensor gradient);  ///< sums to the node's shape and adds to what waits there

 private:
  struct Slot {
    Ref<Node> node;
    Tensor gradient;
    Walk* outer_walk;
    std::uint32_t outer_slot;
  };
  Slot pop();
  bool collect(const Node& node, const Tensor& gradient);
  void restore(const Slot& slot);

  const std::vector<Tensor>* xs_;
  GradOptions options_;
  std::vector<std::uint64_t> wanted_;  // numbers of the nodes between y and xs, ascending
  std::vector<Tensor> found_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> heap_;  // number, slot
};

namespace detail {
const Node* node_being_walked();  ///< on this thread, null outside a walk: names the op in errors
Tensor recorded_alias(const Tensor& x);
std::vector<Tensor> replayed_gradient(const Tensor& y, const std::vector<Tensor>& aliases, const Tensor& dy);
}  // namespace detail

}  // namespace gradus
