#include "gradus/base/parallel.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "gradus/base/error.h"
#include "gradus/base/os.h"

namespace gradus {
namespace {

thread_local bool inside_task = false;

/// One job at a time. Each thread has a share of its tasks, one next to the other, so that in a chain of ops
/// a thread meets again what it wrote itself; whoever is done early takes from the others' shares. Workers
/// spin for a moment before they sleep, since the ops of a small model follow each other within microseconds,
/// and nobody waits for a worker that holds no task.
class Pool {
 public:
  explicit Pool(int threads) { start(threads); }
  ~Pool() { stop(); }

  int threads() const { return threads_.load(std::memory_order_relaxed); }

  void resize(int threads) {
    std::lock_guard one_job(job_mutex_);
    stop();
    start(threads);
  }

  void run(std::int64_t count, detail::Task task, const void* body) {
    std::lock_guard one_job(job_mutex_);  // two user threads take turns
    task_ = task;
    body_ = body;
    done_.store(0, std::memory_order_relaxed);
    {
      std::lock_guard lock(mutex_);
      ++job_;
      const auto n = static_cast<std::int64_t>(shares_.size());
      for (std::int64_t i = 0; i < n; ++i) {
        Share& share = shares_[static_cast<std::size_t>(i)];
        const std::int64_t begin = count / n * i + std::min(i, count % n);
        const std::int64_t size = count / n + (i < count % n);
        share.end = begin + size;
        share.ticket.store(job_ << 32 | static_cast<std::uint64_t>(size), std::memory_order_release);
      }
    }
    if (sleepers_.load(std::memory_order_seq_cst) > 0) wake_.notify_all();
    work(0);
    while (done_.load(std::memory_order_acquire) != count) os::relax();
    if (error_) {
      std::exception_ptr e = nullptr;
      std::swap(e, error_);
      std::rethrow_exception(e);
    }
  }

 private:
  /// The word holds the job's number and how many of the share's tasks are left, which are its last ones.
  struct alignas(64) Share {
    std::atomic<std::uint64_t> ticket{0};
    std::int64_t end = 0;
    bool has_tasks() const { return has_tasks(ticket.load(std::memory_order_acquire)); }
    static bool has_tasks(std::uint64_t t) { return (t & 0xffffffff) != 0; }
  };

  void start(int threads) {
    quit_ = false;
    threads_.store(threads, std::memory_order_relaxed);
    shares_ = std::vector<Share>(static_cast<std::size_t>(threads));
    try {
      for (std::size_t i = 1; i < shares_.size(); ++i) workers_.emplace_back([this, i] { serve(i); });
    } catch (const std::system_error&) {
      stop();
      shares_ = std::vector<Share>(1);
      threads_.store(1, std::memory_order_relaxed);
      fail(Kind::resources, "cannot start " + std::to_string(threads) + " threads");
    }
  }

  void stop() {
    {
      std::lock_guard lock(mutex_);
      quit_ = true;
    }
    wake_.notify_all();
    for (std::thread& w : workers_) w.join();
    workers_.clear();
  }

  void serve(std::size_t me) {
    const Share& mine = shares_[me];
    for (;;) {
      for (int i = 0; i < spins && !mine.has_tasks(); ++i) os::relax();
      if (!mine.has_tasks()) {
        std::unique_lock lock(mutex_);
        sleepers_.fetch_add(1);
        wake_.wait(lock, [&] { return quit_ || mine.has_tasks(); });
        sleepers_.fetch_sub(1);
        if (quit_) return;
      }
      work(me);
    }
  }

  void work(std::size_t me) {
    inside_task = true;
    for (std::size_t i = 0; i < shares_.size(); ++i) work_off(shares_[(me + i) % shares_.size()]);
    inside_task = false;
  }

  /// Taking a task makes the job wait for us, so what it points to stays; a thread that comes late finds
  /// nothing to take, or the next job's tasks.
  void work_off(Share& share) {
    std::uint64_t ticket = share.ticket.load(std::memory_order_acquire);
    while (Share::has_tasks(ticket)) {
      if (!share.ticket.compare_exchange_weak(ticket, ticket - 1, std::memory_order_acquire)) continue;
      try {
        task_(body_, share.end - static_cast<std::int64_t>(ticket & 0xffffffff));
      } catch (...) {
        std::lock_guard lock(mutex_);
        if (!error_) error_ = std::current_exception();
      }
      done_.fetch_add(1, std::memory_order_release);
      ticket = share.ticket.load(std::memory_order_acquire);
    }
  }

  static constexpr int spins =
      2000;  // some 50 us: longer than the gap between two ops, shorter than a user notices

  std::vector<std::thread> workers_;
  std::vector<Share> shares_;
  std::mutex job_mutex_, mutex_;
  std::condition_variable wake_;
  std::uint64_t job_ = 0;
  std::atomic<std::int64_t> done_{0};
  std::atomic<int> sleepers_{0}, threads_{1};
  bool quit_ = false;
  detail::Task task_ = nullptr;
  const void* body_ = nullptr;
  std::exception_ptr error_;
};

int default_threads() {
  if (const char* text = std::getenv("GRADUS_NUM_THREADS")) {
    char* end = nullptr;
    const long n = std::strtol(text, &end, 10);
    if (*text == '\0' || *end != '\0' || n < 1 || n > 1024)
      fail(std::string("GRADUS_NUM_THREADS must be a number from 1 to 1024, not '") + text + "'");
    return static_cast<int>(n);
  }
  return os::usable_cpus();
}

Pool& pool() {
  static Pool p(default_threads());
  return p;
}

}  // namespace

int num_threads() { return pool().threads(); }

void set_num_threads(int n) {
  if (n < 1 || n > 1024) fail("set_num_threads: expected 1 to 1024, not " + std::to_string(n));
  if (inside_task) fail("set_num_threads: called from inside a parallel task");
  if (n != pool().threads()) pool().resize(n);
}

void detail::run_tasks(std::int64_t count, Task task, const void* body) {
  if (count <= 0) return;
  if (inside_task || pool().threads() == 1) {
    for (std::int64_t i = 0; i < count; ++i) task(body, i);
    return;
  }
  if (count > 0xffffffff) fail(Kind::internal, "parallel_for: more than 2^32 tasks");
  pool().run(count, task, body);
}

}  // namespace gradus
