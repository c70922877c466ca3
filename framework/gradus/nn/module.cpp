#include "gradus/nn/module.h"

#include <fmt/format.h>

#include "gradus/autograd/node.h"

namespace gradus {
namespace {

constinit thread_local std::int64_t made = 0;

template <class Visit> void walk(const Fields& fields, const std::string& prefix, Visit visit) {
  for (const Field& f : fields) {
    visit(f, prefix);
    if (!f.children.empty()) walk(f.children, prefix + f.name + ".", visit);
  }
}

}  // namespace

Parameter::Parameter(Tensor value) : Tensor(std::move(value)) {
  requires_grad_();
  ++made;
}

std::int64_t parameters_made() { return made; }

std::vector<NamedTensor> named_parameters(const Fields& fields) {
  std::vector<NamedTensor> out;
  walk(fields, "", [&](const Field& f, const std::string& prefix) {
    if (f.parameter.defined()) out.push_back({prefix + f.name, f.parameter});
  });
  return out;
}

std::vector<Tensor> parameters(const Fields& fields) {
  std::vector<Tensor> out;
  for (NamedTensor& p : named_parameters(fields)) out.push_back(std::move(p.tensor));
  return out;
}

std::int64_t parameter_count(const Fields& fields) {
  std::int64_t count = 0;
  for (const Tensor& p : parameters(fields)) count += p.numel();
  return count;
}

void name_layers(const Fields& fields) {
  walk(fields, "", [](const Field& f, const std::string& prefix) {
    if (f.layer_name) f.layer_name->set(prefix.empty() ? "" : prefix.substr(0, prefix.size() - 1));
    if (Leaf* leaf = leaf_of(f.parameter)) leaf->path = prefix + f.name;
  });
}

std::string describe(const Fields& fields) {
  std::string text;
  for (const NamedTensor& p : named_parameters(fields))
    text += fmt::format("{:<36} {:<16} {:>12}\n", p.name, to_string(p.tensor.shape()), p.tensor.numel());
  return text + fmt::format("{:<36} {:<16} {:>12}\n", "total", "", parameter_count(fields));
}

}  // namespace gradus
