#include "gradus/base/parallel.h"

#include <doctest/doctest.h>

#include <atomic>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "reference/expect.h"

using namespace gradus;

namespace {

/// Back to the threads there were when it ends.
struct Threads {
  int before = num_threads();
  explicit Threads(int n) { set_num_threads(n); }
  ~Threads() { set_num_threads(before); }
};

}  // namespace

TEST_CASE("parallel_for: every index once, for any number of tasks and threads") {
  for (const int threads : {1, 2, 3, 8}) {
    const Threads now(threads);
    CHECK(num_threads() == threads);
    for (const std::int64_t count : {0, 1, 2, 7, 1000, 20000}) {
      std::vector<std::atomic<int>> seen(static_cast<std::size_t>(count));
      parallel_for(count, [&](std::int64_t i) { ++seen[static_cast<std::size_t>(i)]; });
      for (const auto& s : seen) CHECK_UNARY(s == 1);
    }
  }
}

TEST_CASE("parallel_blocks: the cut depends on n and grain alone") {
  for (const int threads : {1, 4}) {
    const Threads now(threads);
    for (const std::int64_t n : {0, 1, 9, 10, 11, 100}) {
      std::vector<std::int64_t> end_of(static_cast<std::size_t>(n), -1);
      parallel_blocks(n, 10, [&](std::int64_t begin, std::int64_t end) {
        end_of[static_cast<std::size_t>(begin)] = end;
      });
      for (std::int64_t i = 0; i < n; ++i)
        CHECK_UNARY(end_of[static_cast<std::size_t>(i)] == (i % 10 ? -1 : std::min(i + 10, n)));
    }
  }
}

TEST_CASE("parallel_for: the first exception reaches the caller, and the pool works on") {
  for (const int threads : {1, 3}) {
    const Threads now(threads);
    for (int round = 0; round < 20; ++round) {
      CHECK_THROWS_AS(parallel_for(50,
                                   [](std::int64_t i) {
                                     if (i == 37) throw std::runtime_error("task 37");
                                   }),
                      std::runtime_error);
      std::atomic<std::int64_t> total{0};
      parallel_for(100, [&](std::int64_t i) { total += i; });
      CHECK(total == 4950);
    }
    CHECK_THROWS(parallel_for(64, [](std::int64_t) { throw 1; }));
  }
}

TEST_CASE("parallel_for: calls from inside a task run in place") {
  const Threads now(4);
  std::atomic<int> total{0};
  parallel_for(8, [&](std::int64_t) {
    const auto me = std::this_thread::get_id();
    parallel_for(16, [&](std::int64_t) {
      if (std::this_thread::get_id() == me) ++total;
    });
  });
  CHECK(total == 128);
  CHECK(error_of([] { parallel_for(2, [](std::int64_t) { set_num_threads(2); }); }) ==
        "set_num_threads: called from inside a parallel task");
}

TEST_CASE("parallel_for: several user threads take turns, also while the pool is resized") {
  const Threads now(3);
  std::atomic<std::int64_t> total{0};
  std::vector<std::thread> users;
  for (int u = 0; u < 4; ++u)
    users.emplace_back([&] {
      for (int round = 0; round < 200; ++round) parallel_for(10, [&](std::int64_t i) { total += i; });
    });
  for (int n = 1; n <= 6; ++n) set_num_threads(n);
  for (std::thread& u : users) u.join();
  CHECK(total == 4 * 200 * 45);
}

TEST_CASE("set_num_threads: what is not a number of threads is refused") {
  const int before = num_threads();
  CHECK(error_of([] { set_num_threads(0); }) == "set_num_threads: expected 1 to 1024, not 0");
  CHECK(error_of([] { set_num_threads(-3); }) == "set_num_threads: expected 1 to 1024, not -3");
  CHECK(num_threads() == before);
}
