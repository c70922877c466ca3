#pragma once
#include <cstdint>

namespace gradus {

/// Threads used for work, the calling one included. The first call reads GRADUS_NUM_THREADS or the CPUs this
/// process may use. Results never depend on it: work is cut by shape alone, and each task does the same sums
/// in the same order.
int num_threads();
void set_num_threads(int n);

namespace detail {
using Task = void (*)(const void* body, std::int64_t index);
void run_tasks(std::int64_t count, Task task, const void* body);
}  // namespace detail

/// body(0) ... body(count - 1), each once, in any order, on the pool; returns when all are done. Calls from
/// inside a task run in place. The first exception a task throws is thrown here.
template <class F> void parallel_for(std::int64_t count, const F& body) {
  if (count == 1) return body(std::int64_t{0});
  detail::run_tasks(
      count, [](const void* f, std::int64_t i) { (*static_cast<const F*>(f))(i); }, &body);
}

/// body(begin, end) over [0, n) in blocks of `grain`: the blocks depend on n and grain only.
template <class F> void parallel_blocks(std::int64_t n, std::int64_t grain, const F& body) {
  const std::int64_t blocks = (n + grain - 1) / grain;
  parallel_for(blocks, [&](std::int64_t b) {
    const std::int64_t begin = b * grain, end = begin + grain < n ? begin + grain : n;
    body(begin, end);
  });
}

}  // namespace gradus
