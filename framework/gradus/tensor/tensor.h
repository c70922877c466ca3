#pragma once
#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "gradus/base/dtype.h"
#include "gradus/base/ref.h"
#include "gradus/base/shape.h"

namespace gradus {

struct Storage;
struct Node;
void retain(Storage* s);
void release(Storage* s);
void retain(Node* n);
void release(Node* n);

/// A value: shared storage, a layout over it (shape, strides, offset), and a place on the tape (a node, or
/// none). Copies share memory. A default-constructed tensor is undefined, which is how an optional argument
/// says "none".
class Tensor {
 public:
  Tensor() = default;
  Tensor(const Tensor&) = default;
  Tensor(Tensor&&) noexcept = default;
  ~Tensor() = default;
  // Of named tensors only: x[0] = y would rebind a temporary handle and change nothing. Write x[0].copy_(y).
  Tensor& operator=(const Tensor&) & = default;
  Tensor& operator=(Tensor&&) & noexcept = default;
  bool defined() const { return static_cast<bool>(storage_); }

  const Shape& shape() const { return shape_; }
  const Shape& strides() const { return strides_; }  ///< in elements
  std::int64_t offset() const { return offset_; }    ///< in elements
  Dtype dtype() const { return dtype_; }
  int dim() const { return shape_.rank(); }
  std::int64_t size(std::int64_t axis) const;  ///< error for an axis it does not have
  std::int64_t numel() const { return shape_.numel(); }
  bool is_contiguous() const;

  /// The first element; elements lie `strides()` apart. Error when T is not the tensor's element type. The tape does not
  /// see what is written through it.
  template <class T> T* data() const { return static_cast<T*>(data_checked(dtype_of<T>)); }
  /// The value of a one-element tensor.
  template <class T = double> T item() const { return static_cast<T>(item_value()); }
  template <class T> std::vector<T> to_vector() const;  ///< row-major copy, float or int64

  // Each method is the free function of the same name with *this as first argument (ops/).
  Tensor to(Dtype dtype) const;
  Tensor clone() const;
  Tensor contiguous() const;
  Tensor reshape(const Shape& shape) const;
  Tensor view(const Shape& shape) const;
  Tensor flatten(std::int64_t first = 0, std::int64_t last = -1) const;
  Tensor transpose(std::int64_t a, std::int64_t b) const;
  Tensor t() const { return transpose(-2, -1); }
  Tensor permute(const Shape& axes) const;
  Tensor slice(std::int64_t axis, std::int64_t begin, std::int64_t end, std::int64_t step = 1) const;
  Tensor select(std::int64_t axis, std::int64_t index) const;
  Tensor operator[](std::int64_t index) const { return select(0, index); }
  Tensor squeeze(std::int64_t axis) const;
  Tensor unsqueeze(std::int64_t axis) const;
  Tensor expand(const Shape& shape) const;
  std::vector<Tensor> split(std::int64_t size, std::int64_t axis) const;
  Tensor sum() const;
  Tensor sum(const Shape& axes, bool keepdim = false) const;
  Tensor mean() const;
  Tensor mean(const Shape& axes, bool keepdim = false) const;

  // In-place edits are not differentiable: an error while recording if this tensor or the source is on the
  // tape.
  Tensor& add_(const Tensor& other, double alpha = 1);
  Tensor& mul_(double factor);
  Tensor& copy_(const Tensor& source);
  Tensor& fill_(double value);
  Tensor& zero_() { return fill_(0); }

  // The tape (autograd/).
  /// Makes this handle, and its later copies, a leaf of the tape.
  Tensor& requires_grad_(bool wanted = true);
  bool requires_grad() const { return static_cast<bool>(node_); }
  bool is_leaf() const;
  Tensor detach() const;           ///< the same memory, off the tape
  Tensor grad() const;             ///< a leaf's gradient, undefined before the first backward
  void set_grad(Tensor gradient);  ///< replaces a leaf's gradient
  void zero_grad() { set_grad({}); }
  /// Adds the gradient of this one-element tensor to every leaf's grad(); frees the tape on its way unless
  /// told not to.
  void backward(bool retain_graph = false) const;
  void backward(const Tensor& gradient, bool retain_graph = false) const;

  // For authors of ops.
  Storage* storage() const { return storage_.get(); }
  const Ref<Node>& node() const { return node_; }
  void set_node(Ref<Node> node) { node_ = static_cast<Ref<Node>&&>(node); }
  /// Another layout over the same storage, off the tape.
  Tensor with_layout(const Shape& shape, const Shape& strides, std::int64_t offset) const;
  bool is_unique_and_dense() const;  ///< nobody else sees this memory, and the layout covers it in order

  friend Tensor empty(const Shape& shape, Dtype dtype);

 private:
  void* data_checked(Dtype wanted) const;
  double item_value() const;

  Ref<Storage> storage_;
  Ref<Node> node_;
  Shape shape_, strides_;
  std::int64_t offset_ = 0;
  Dtype dtype_ = Dtype::float32;
};

Tensor empty(const Shape& shape, Dtype dtype = Dtype::float32);  ///< uninitialised
inline Tensor empty_like(const Tensor& x) { return empty(x.shape(), x.dtype()); }

}  // namespace gradus
