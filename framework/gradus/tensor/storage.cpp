#include "gradus/tensor/storage.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <mutex>

#include "gradus/base/error.h"

#if defined(__has_feature)
#define GRADUS_SANITIZED \
  (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer))
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GRADUS_SANITIZED 1
#else
#define GRADUS_SANITIZED 0
#endif

namespace gradus {
namespace {

/// A sanitizer must see every allocation, its exact size and its end.
constexpr bool pooled = !GRADUS_SANITIZED;

std::atomic<std::int64_t> live_storages{0}, live_bytes{0}, peak_bytes{0};

// Size classes: multiples of 64 up to 1 KiB, then eight to the power of two, so at most an eighth is wasted.
constexpr int small_classes = 16;
constexpr int classes = small_classes + 8 * 50;

int class_of(std::size_t bytes) {
  const std::size_t lines = std::max<std::size_t>((bytes + 63) / 64, 1);
  if (lines <= small_classes) return static_cast<int>(lines) - 1;
  const int octave =
      static_cast<int>(std::bit_width(lines - 1)) - 1;  // 2^octave < lines <= 2^(octave + 1), octave >= 4
  const std::size_t step = std::size_t{1} << (octave - 3);
  const std::size_t eighth = (lines - (std::size_t{1} << octave) + step - 1) / step;  // 1 ... 8
  return small_classes + 8 * (octave - 4) + static_cast<int>(eighth) - 1;
}

std::size_t class_bytes(int c) {
  if (c < small_classes) return static_cast<std::size_t>(c + 1) * 64;
  const int octave = (c - small_classes) / 8 + 4, eighth = (c - small_classes) % 8 + 1;
  return ((std::size_t{1} << octave) + (static_cast<std::size_t>(eighth) << (octave - 3))) * 64;
}

/// A free block holds the link to the next one.
struct Block {
  Block* next;
};

/// Everything below is trivially destructible: static tensors may be freed after any destructor has run.
struct Lists {
  Block* head[classes];

  void push(int c, void* p) {
    Block* b = static_cast<Block*>(p);
    b->next = head[c];
    head[c] = b;
  }
  void* pop(int c) {
    Block* b = head[c];
    if (b) head[c] = b->next;
    return b;
  }
};

constinit Lists shared_lists{};
constinit std::mutex shared_mutex;
constinit thread_local Lists local_lists{};
constinit thread_local bool local_closed = false;

void drain(Lists& lists, void (*take)(int, void*)) {
  for (int c = 0; c < classes; ++c)
    while (void* p = lists.pop(c)) take(c, p);
}

/// Hands a thread's blocks to the others when it ends; what it frees later goes to the shared lists at once.
struct Returner {
  void wake() {}  // its constructor runs where it is first named
  ~Returner() {
    local_closed = true;
    std::lock_guard lock(shared_mutex);
    drain(local_lists, [](int c, void* p) { shared_lists.push(c, p); });
  }
};

thread_local Returner returner;

// Small blocks stay with the thread that freed them, up to so many bytes; all others are there for every thread, or one
// that only frees what others allocate would hoard.
constexpr std::size_t largest_local_block = 64 << 10, local_limit = 4 << 20;
constinit thread_local std::size_t local_bytes = 0;

void* take_cached(int c) {
  if (void* p = local_lists.pop(c)) {
    local_bytes -= class_bytes(c);
    return p;
  }
  std::lock_guard lock(shared_mutex);
  return shared_lists.pop(c);
}

constexpr std::size_t page = std::size_t{1} << 21;

void* system_allocate(std::size_t bytes) {
  if (!pooled) {
    void* p = nullptr;
    return posix_memalign(&p, 64, std::max<std::size_t>(bytes, 1)) == 0 ? p : nullptr;
  }
  // Large blocks start at a huge page, which the kernel may then use.
  const std::size_t alignment = bytes >= 2 * page ? page : 64;
  return std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
}

}  // namespace

void* pool_allocate(std::size_t bytes) {
  if (bytes > (std::size_t{1} << 52))
    fail(Kind::resources, fmt::format("out of memory: {} bytes asked for", bytes));
  const int c = class_of(bytes);
  const std::size_t size = pooled ? class_bytes(c) : bytes;
  void* p = pooled ? take_cached(c) : nullptr;
  if (!p) p = system_allocate(size);
  if (!p) {
    release_cached_memory();
    p = system_allocate(size);
  }
  if (!p)
    fail(Kind::resources,
         fmt::format("out of memory: {} bytes asked for, {} in use", bytes, live_bytes.load()));
  return p;
}

void pool_release(void* p, std::size_t bytes) noexcept {
  if (!pooled) return std::free(p);
  const int c = class_of(bytes);
  const std::size_t size = class_bytes(c);
  if (!local_closed && size <= largest_local_block && local_bytes + size <= local_limit) {
    returner.wake();
    local_bytes += size;
    return local_lists.push(c, p);
  }
  std::lock_guard lock(shared_mutex);
  shared_lists.push(c, p);
}

bool memory_is_pooled() { return pooled; }

void release_cached_memory() {
  const auto give_back = [](int, void* p) { std::free(p); };
  drain(local_lists, give_back);
  local_bytes = 0;
  std::lock_guard lock(shared_mutex);
  drain(shared_lists, give_back);
}

Storage::Storage(std::size_t size) : data(pool_allocate(size)), bytes(size) {
  live_storages.fetch_add(1, std::memory_order_relaxed);
  const std::int64_t now = live_bytes.fetch_add(static_cast<std::int64_t>(size), std::memory_order_relaxed) +
                           static_cast<std::int64_t>(size);
  std::int64_t peak = peak_bytes.load(std::memory_order_relaxed);
  while (now > peak && !peak_bytes.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {}
}

Storage::~Storage() {
  pool_release(data, bytes);
  live_storages.fetch_sub(1, std::memory_order_relaxed);
  live_bytes.fetch_sub(static_cast<std::int64_t>(bytes), std::memory_order_relaxed);
}

void* Storage::operator new(std::size_t size) { return pool_allocate(size); }
void Storage::operator delete(void* p, std::size_t size) { pool_release(p, size); }

void retain(Storage* s) { std::atomic_ref(s->refs).fetch_add(1, std::memory_order_relaxed); }
void release(Storage* s) {
  if (std::atomic_ref(s->refs).fetch_sub(1, std::memory_order_acq_rel) == 1) delete s;
}
int use_count(const Storage* s) {
  return std::atomic_ref(const_cast<Storage*>(s)->refs).load(std::memory_order_acquire);
}

MemoryUse memory_use() { return {live_storages.load(), live_bytes.load(), peak_bytes.load()}; }
void reset_peak_memory() { peak_bytes.store(live_bytes.load()); }

}  // namespace gradus
