#pragma once
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus {

// A module is a plain struct with `Tensor operator()(...) const` and a table of contents:
//   Fields fields() const { return {{"weight", weight}, {"bias", bias}}; }
// What can be done with a model - list, count, name, save, load - are free functions over that table.

/// A trainable tensor. It moves but does not copy, so twelve blocks cannot share one set of weights by
/// accident; tie weights on purpose by passing the tensor: linear(x, tokens.weight).
class Parameter : public Tensor {
 public:
  Parameter() = default;
  explicit Parameter(Tensor value);
  Parameter(Parameter&& other) noexcept : Tensor(static_cast<Tensor&&>(other)) {}
  Parameter& operator=(Parameter&& other) noexcept {
    Tensor::operator=(static_cast<Tensor&&>(other));
    return *this;
  }
  Parameter(const Parameter&) = delete;
  Parameter& operator=(const Parameter&) = delete;
};

/// A layer's path in the model ("blocks.2.attention"), stamped by name_layers and used by guards and errors.
class LayerName {
 public:
  const std::string& text() const { return text_; }
  void set(std::string text) const { text_ = std::move(text); }

 private:
  mutable std::string text_;
};

struct Field;
using Fields = std::vector<Field>;

/// One line of a table of contents: a parameter, a module, a vector of modules (children "0", "1", ...), or
/// the layer's name.
struct Field {
  std::string name;
  Tensor parameter;  ///< undefined unless this is a parameter
  const LayerName* layer_name = nullptr;
  Fields children;

  Field(std::string n, const Parameter& p) : name(std::move(n)), parameter(p) {}
  Field(std::string n, const Tensor&) = delete;  // a plain tensor is not trained
  Field(const LayerName& n) : layer_name(&n) {}
  template <class M>
  requires requires(const M& m) { m.fields(); }
  Field(std::string n, const M& module) : name(std::move(n)), children(module.fields()) {}
  template <class M> Field(std::string n, const std::vector<M>& modules) : name(std::move(n)) {
    for (std::size_t i = 0; i < modules.size(); ++i) children.emplace_back(std::to_string(i), modules[i]);
  }
};

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

std::vector<NamedTensor> named_parameters(
    const Fields& fields);  ///< undefined parameters (no bias) are left out
std::vector<Tensor> parameters(const Fields& fields);
std::int64_t parameter_count(const Fields& fields);
/// Stamps every parameter and layer with its path, for errors, Capture and Intervene.
void name_layers(const Fields& fields);
std::string describe(const Fields& fields);  ///< a table: name, shape, count, and the total

template <class M> std::vector<NamedTensor> named_parameters(const M& m) {
  return named_parameters(m.fields());
}
template <class M> std::vector<Tensor> parameters(const M& m) { return parameters(m.fields()); }
template <class M> std::int64_t parameter_count(const M& m) { return parameter_count(m.fields()); }
template <class M> void name_layers(const M& m) { name_layers(m.fields()); }
template <class M>
requires requires(const M& m) { m.fields(); }
std::string describe(const M& m) { return describe(m.fields()); }

std::int64_t parameters_made();  ///< how many Parameters this thread has initialised; for the audit below

/// True when a module lists every parameter its constructor makes. One line in a test catches a forgotten
/// field.
template <class M, class... Args> bool every_parameter_is_listed(const Args&... args) {
  const std::int64_t before = parameters_made();
  const M module(args...);
  return parameters_made() - before == static_cast<std::int64_t>(parameters(module).size());
}

}  // namespace gradus
