#pragma once
#include <cstddef>
#include <cstdint>

#include "gradus/base/ref.h"

namespace gradus {

/// A block of memory that tensors share. `version` counts in-place edits, so that a backward notices a saved
/// tensor that changed under it.
struct Storage {
  explicit Storage(std::size_t size);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;
  static void* operator new(std::size_t size);
  static void operator delete(void* p, std::size_t size);

  void* data = nullptr;
  std::size_t bytes = 0;
  std::uint32_t version = 0;
  int refs = 0;
};

void retain(Storage* s);
void release(Storage* s);
int use_count(const Storage* s);

/// Memory for buffers and nodes, 64-byte aligned. Freed blocks are kept and handed out again, last in first
/// out: backward frees in the order in which the next forward asks, so after the first step of a training
/// loop nothing is allocated.
void* pool_allocate(std::size_t bytes);  ///< error (resources) when memory ends, with the size asked for
void pool_release(void* p, std::size_t bytes) noexcept;

bool memory_is_pooled();  ///< false in a sanitizer's build, which must see every allocation itself

struct MemoryUse {
  std::int64_t live_storages = 0, live_bytes = 0, peak_bytes = 0;
};
MemoryUse memory_use();
void reset_peak_memory();
void release_cached_memory();  ///< gives the pool's free blocks back to the system

}  // namespace gradus
