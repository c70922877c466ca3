#include "gradus/autograd/record.h"

#include <fmt/format.h>

#include <algorithm>

#include "gradus/autograd/errors.h"
#include "gradus/autograd/trace.h"
#include "gradus/tensor/storage.h"

namespace gradus {
namespace {

constinit thread_local SavedCount* saved_count = nullptr;

}  // namespace

Saved::Saved(const Tensor& x) : tensor_(x), version_(x.defined() ? x.storage()->version : 0) {}

Saved::Saved(const Saved& other) : tensor_(other.tensor_), version_(other.version_) {
  if (saved_count && tensor_.defined()) saved_count->see(tensor_);
}

const Tensor& Saved::get() const {
  if (tensor_.defined() && tensor_.storage()->version != version_) {
    const Node* node = detail::node_being_walked();
    fail_operands(node ? node->op : "backward",
                  fmt::format("backward needs a tensor that was changed in place after node {} saved it",
                              node ? node->number : 0),
                  {{"saved", tensor_}}, "edit a clone(), or do the edit before the forward pass");
  }
  return tensor_;
}

SavedCount::SavedCount() { saved_count = this; }
SavedCount::~SavedCount() { saved_count = nullptr; }
void SavedCount::see(const Tensor& x) {
  if (std::find(storages_.begin(), storages_.end(), x.storage()) != storages_.end()) return;
  storages_.push_back(x.storage());
  bytes += static_cast<std::int64_t>(x.storage()->bytes);
}

}  // namespace gradus
