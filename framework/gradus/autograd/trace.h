#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "gradus/autograd/node.h"
#include "gradus/tensor/tensor.h"

namespace gradus {

/// One line of the printed tape.
struct TraceLine {
  std::uint64_t number;
  std::string op;  ///< or "parameter blocks.0.attention.qkv.weight", "leaf"
  Shape shape;
  std::vector<std::uint64_t> inputs;
  std::int64_t
      bytes_kept;  ///< storages this node keeps for backward; one kept twice counts at its latest user
};
struct Trace {
  std::vector<TraceLine> lines;  ///< in the order of recording
};

/// The tape behind y, as data and (to_string) as a table: number, op, shape, inputs, bytes kept.
Trace trace(const Tensor& y);
std::string to_string(const Trace& trace);

/// While one lives on a thread, every copied Saved reports itself to it: that is how a node's closures are
/// weighed without each of them keeping books.
class SavedCount {
 public:
  SavedCount();
  ~SavedCount();
  SavedCount(const SavedCount&) = delete;
  SavedCount& operator=(const SavedCount&) = delete;
  void see(const Tensor& x);
  std::int64_t bytes = 0;

 private:
  std::vector<const Storage*> storages_;
};

}  // namespace gradus
