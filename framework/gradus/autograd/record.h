#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "gradus/autograd/modes.h"
#include "gradus/autograd/node.h"
#include "gradus/autograd/walk.h"

namespace gradus {

/// A tensor a rule keeps for backward. It remembers the version it was saved at and refuses to be read after
/// an in-place edit. Rules capture tensors in this form only.
class Saved {
 public:
  Saved() = default;
  Saved(const Tensor& x);
  Saved(const Saved& other);
  Saved(Saved&&) noexcept = default;
  Saved& operator=(const Saved&) = default;
  Saved& operator=(Saved&&) noexcept = default;
  const Tensor& get() const;
  operator const Tensor&() const { return get(); }

 private:
  Tensor tensor_;
  std::uint32_t version_ = 0;
};

/// The gradient that already waits at a rule's input, if the rule may add into it; otherwise undefined. A
/// rule that takes an Into either adds its share into `buffer` and returns an undefined tensor, or returns
/// its share as any rule does.
struct Into {
  Tensor buffer;
};

namespace detail {

/// A rule for one input: rule(dy), rule(dy, y) or rule(dy, into), where y is the op's own output.
template <class F> struct Wrt {
  const Tensor* input;
  F rule;
  Ref<Node> edge{};

  static constexpr bool takes_into = std::is_invocable_v<const F&, const Tensor&, Into>;
  static constexpr bool takes_output =
      !takes_into && std::is_invocable_v<const F&, const Tensor&, const Tensor&>;

  bool wanted() const { return input->requires_grad(); }
  void keep() { edge = input->node(); }
  void see(void (*f)(void*, const Ref<Node>&), void* context) const { f(context, edge); }
  void pass(const Tensor& dy, Walk& walk, const Tensor& y) const {
    if (!walk.wants(*edge)) return;
    if constexpr (takes_into)
      walk.send(edge, rule(dy, Into{walk.waiting(*edge)}));
    else if constexpr (takes_output)
      walk.send(edge, rule(dy, y));
    else
      walk.send(edge, rule(dy));
  }
};

/// A rule for each of many inputs: rule(dy, i).
template <class F> struct Each {
  const std::vector<Tensor>* input;
  F rule;
  std::vector<Ref<Node>> edge{};

  static constexpr bool takes_output = false;

  bool wanted() const {
    for (const Tensor& x : *input)
      if (x.requires_grad()) return true;
    return false;
  }
  void keep() {
    for (const Tensor& x : *input) edge.push_back(x.node());
  }
  void see(void (*f)(void*, const Ref<Node>&), void* context) const {
    for (const Ref<Node>& e : edge)
      if (e) f(context, e);
  }
  void pass(const Tensor& dy, Walk& walk, const Tensor&) const {
    for (std::size_t i = 0; i < edge.size(); ++i)
      if (edge[i] && walk.wants(*edge[i])) walk.send(edge[i], rule(dy, i));
  }
};

/// A joint rule for N inputs, told which of them are wanted, and the composed form that says what the op
/// means.
template <std::size_t N, class F, class C> struct Fused {
  std::array<const Tensor*, N> input;
  F rule;
  C composed;
  std::array<Ref<Node>, N> edge{};
  std::array<Saved, N> saved{};

  static constexpr bool takes_output = false;

  bool wanted() const {
    for (const Tensor* x : input)
      if (x->requires_grad()) return true;
    return false;
  }
  void keep() {
    for (std::size_t i = 0; i < N; ++i) {
      edge[i] = input[i]->node();
      saved[i] = Saved(*input[i]);
    }
  }
  void see(void (*f)(void*, const Ref<Node>&), void* context) const {
    for (const Ref<Node>& e : edge)
      if (e) f(context, e);
  }
  void pass(const Tensor& dy, Walk& walk, const Tensor&) const {
    std::array<bool, N> wants{};
    bool any = false;
    for (std::size_t i = 0; i < N; ++i) any |= wants[i] = edge[i] && walk.wants(*edge[i]);
    if (!any) return;
    std::array<Tensor, N> x;
    for (std::size_t i = 0; i < N; ++i) x[i] = saved[i].get();
    std::array<Tensor, N> gradient = walk.create_graph() ? replay(dy, wants, x) : rule(dy, wants, x);
    for (std::size_t i = 0; i < N; ++i)
      if (wants[i]) walk.send(edge[i], std::move(gradient[i]));
  }

  /// create_graph: records the composed form on aliases of the inputs and differentiates that, so that the
  /// gradient is itself made of native ops, to any order.
  std::array<Tensor, N> replay(const Tensor& dy, const std::array<bool, N>& wants,
                               std::array<Tensor, N> x) const {
    std::array<Tensor, N> gradient;
    std::vector<Tensor> aliases;
    for (std::size_t i = 0; i < N; ++i)
      if (wants[i]) aliases.push_back(x[i] = recorded_alias(x[i]));
    std::vector<Tensor> found = replayed_gradient(std::apply(composed, x), aliases, dy);
    for (std::size_t i = 0, k = 0; i < N; ++i)
      if (wants[i]) gradient[i] = std::move(found[k++]);
    return gradient;
  }
};

template <class... Rules> struct Recorded final : Node {
  std::tuple<std::optional<Rules>...> rules;
  std::optional<Saved> output;  // without its node: a node that held itself would never die

  Recorded(const char* op_name, const Tensor& y, Rules&&... given) : Node(op_name, y) {
    auto keep = [&](auto& place, auto& rule) {
      if (!rule.wanted()) return;  // dropped here, with all it captured
      place.emplace(std::move(rule));
      place->keep();
      if (std::remove_reference_t<decltype(rule)>::takes_output) output.emplace(y);
    };
    std::apply([&](auto&... place) { (keep(place, given), ...); }, rules);
  }
  void pass(const Tensor& dy, Walk& running) override {
    Tensor y;
    if (output) {
      y = output->get();
      if (running.create_graph()) y.set_node(Ref<Node>(this));
    }
    std::apply([&](auto&... rule) { ((rule ? rule->pass(dy, running, y) : void()), ...); }, rules);
  }
  void forget() override {
    std::apply([](auto&... rule) { (rule.reset(), ...); }, rules);
    output.reset();
  }
  void inputs(void (*see)(void*, const Ref<Node>&), void* context) const override {
    std::apply([&](auto&... rule) { ((rule ? rule->see(see, context) : void()), ...); }, rules);
  }
  void count_saved() const override {
    [[maybe_unused]] const auto copy_of_rules = rules;
    [[maybe_unused]] const auto copy_of_output = output;
  }
};

}  // namespace detail

/// The rule that takes the gradient of the output to the gradient of `x`. Written with Gradus ops it is
/// differentiable again. Broadcasting is undone by the walk: a rule may return its share in the output's
/// shape.
template <class F> detail::Wrt<F> wrt(const Tensor& x, F rule) { return {&x, std::move(rule)}; }

/// The same for each of many inputs: rule(dy, i). `inputs` must live until record() returns.
template <class F> detail::Each<F> wrt_each(const std::vector<Tensor>& inputs, F rule) {
  return {&inputs, std::move(rule)};
}

/// A fused op's joint rule: rule(dy, wants, inputs) returns one gradient per input, and may leave those
/// nobody wants undefined. composed(inputs...) defines the op in native ops; it must not depend on modes or
/// on the generator.
template <std::size_t N, class F, class C>
detail::Fused<N, F, C> fused(std::array<const Tensor*, N> inputs, F rule, C composed) {
  return {inputs, std::move(rule), std::move(composed)};
}

/// Puts y on the tape as the result of `op`, unless no input wants a gradient or nothing is being recorded. The value y
/// is computed from detached operands: ops on those record nothing.
template <class... Rules> Tensor record(const char* op, Tensor y, Rules... rules) {
  if (recording() && (rules.wanted() || ...))
    y.set_node(Ref<Node>(new detail::Recorded<Rules...>(op, y, std::move(rules)...)));
  return y;
}

}  // namespace gradus
