#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace gradus {

inline constexpr int max_rank = 8;

/// The sizes of up to 8 axes, row-major. Also used for strides and permutations: a short list of int64
/// without a heap.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<std::int64_t> sizes)
      : Shape(sizes.begin(), static_cast<std::int64_t>(sizes.size())) {}
  explicit Shape(const std::vector<std::int64_t>& sizes)
      : Shape(sizes.data(), static_cast<std::int64_t>(sizes.size())) {}
  Shape(const std::int64_t* sizes, std::int64_t rank);  ///< error above 8 axes
  static Shape filled(int rank, std::int64_t value);

  int rank() const { return rank_; }
  bool empty() const { return rank_ == 0; }
  std::int64_t operator[](int i) const { return sizes_[i]; }  ///< 0 <= i < rank, unchecked
  std::int64_t& operator[](int i) { return sizes_[i]; }
  std::int64_t back() const { return sizes_[rank_ - 1]; }
  std::int64_t& back() { return sizes_[rank_ - 1]; }
  const std::int64_t* begin() const { return sizes_; }
  const std::int64_t* end() const { return sizes_ + rank_; }
  void push_back(std::int64_t size);
  void insert(int axis, std::int64_t size);
  void erase(int axis);

  /// The product of the sizes. Sizes are never negative and the product is checked where a tensor is made.
  std::int64_t numel() const {
    std::int64_t n = 1;
    for (std::int64_t s : *this) n *= s;
    return n;
  }

  bool operator==(const Shape& o) const {
    if (rank_ != o.rank_) return false;
    for (int i = 0; i < rank_; ++i)
      if (sizes_[i] != o.sizes_[i]) return false;
    return true;
  }

 private:
  std::int64_t sizes_[max_rank] = {};
  int rank_ = 0;
};

std::string to_string(const Shape& shape);  ///< "[2, 3]"

/// Row-major strides.
Shape dense_strides(const Shape& shape);

/// The number of elements, or an error: negative sizes, and products past 2^63 - 1 bytes at `bytes_each`.
std::int64_t checked_numel(const Shape& shape, std::int64_t bytes_each);

/// The shape two operands broadcast to (NumPy's rule); none if two sizes differ and neither is 1.
std::optional<Shape> broadcast(const Shape& a, const Shape& b);
inline bool broadcasts_to(const Shape& from, const Shape& to) { return broadcast(from, to) == to; }

/// axis in [-rank, rank) -> [0, rank), or an error that names `op`. A 0-dim tensor accepts -1 and 0 as
/// PyTorch does.
int checked_axis(const char* op, std::int64_t axis, int rank);

}  // namespace gradus
