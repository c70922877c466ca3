#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

namespace gradus::kernels {

/// Memory of the calling thread for one task, in pieces that start at a cache line. It is kept from task to
/// task, so that after the first step nothing is allocated. One Scratch at a time per thread and type;
/// contents start undefined.
template <class T> class Scratch {
 public:
  /// Room for pieces of these sizes, to be taken one by one.
  explicit Scratch(std::initializer_list<std::int64_t> pieces) {
    static thread_local std::vector<T> memory;
    std::int64_t total = line;
    for (const std::int64_t count : pieces) total += whole_lines(count);
    if (memory.size() < static_cast<std::size_t>(total)) memory.resize(static_cast<std::size_t>(total));
    const auto address = reinterpret_cast<std::uintptr_t>(memory.data());
    next_ = memory.data() + (64 - address % 64) % 64 / sizeof(T);
  }
  T* take(std::int64_t count) {
    T* const piece = next_;
    next_ += whole_lines(count);
    return piece;
  }

 private:
  static constexpr std::int64_t line = 64 / sizeof(T);
  static std::int64_t whole_lines(std::int64_t count) { return (count + line - 1) / line * line; }
  T* next_;
};

}  // namespace gradus::kernels
