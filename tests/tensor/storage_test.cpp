#include "gradus/tensor/storage.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <thread>
#include <vector>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/tensor/creation.h"
#include "reference/expect.h"

using namespace gradus;

TEST_CASE("the pool: every block is aligned, writable to its end and no other's") {
  std::vector<std::pair<unsigned char*, std::size_t>> blocks;
  for (std::size_t bytes = 0; bytes < 5000; bytes += 37)
    blocks.emplace_back(static_cast<unsigned char*>(pool_allocate(bytes)), bytes);
  for (const std::size_t bytes : {std::size_t{1} << 16, (std::size_t{1} << 20) + 1, std::size_t{5} << 20})
    blocks.emplace_back(static_cast<unsigned char*>(pool_allocate(bytes)), bytes);
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    CHECK(reinterpret_cast<std::uintptr_t>(blocks[b].first) % 64 == 0);
    for (std::size_t i = 0; i < blocks[b].second; ++i) blocks[b].first[i] = static_cast<unsigned char>(b);
  }
  for (std::size_t b = 0; b < blocks.size(); ++b)
    for (std::size_t i = 0; i < blocks[b].second; i += 61)
      CHECK_UNARY(blocks[b].first[i] == static_cast<unsigned char>(b));
  for (const auto& [p, bytes] : blocks) pool_release(p, bytes);
}

TEST_CASE("the pool: freed blocks come back, last in first out, to sizes of their class") {
  if (!memory_is_pooled()) return;
  void* a = pool_allocate(1000);
  void* b = pool_allocate(1000);
  pool_release(a, 1000);
  pool_release(b, 1000);
  CHECK(pool_allocate(990) == b);
  CHECK(pool_allocate(1000) == a);
  pool_release(a, 1000);
  pool_release(b, 990);
}

TEST_CASE("the pool: a step of a loop allocates nothing after the first") {
  if (!memory_is_pooled()) return;
  const auto step = [] {
    std::set<void*> used;
    const Tensor x = randn({64, 64}), y = x * 2.0 + x, z = y.t().contiguous();
    for (const Tensor& t : {x, y, z}) used.insert(t.storage()->data);
    return used;
  };
  const auto first = step();
  for (int i = 0; i < 5; ++i) CHECK(step() == first);
}

TEST_CASE("memory_use counts storages, bytes and the peak") {
  const MemoryUse before = memory_use();
  reset_peak_memory();
  {
    const Tensor x = zeros({1000}), view = x.reshape({10, 100}), y = zeros({500}, Dtype::float64);
    CHECK(memory_use().live_storages == before.live_storages + 2);
    CHECK(memory_use().live_bytes == before.live_bytes + 8000);
  }
  CHECK(memory_use().live_bytes == before.live_bytes);
  CHECK(memory_use().live_storages == before.live_storages);
  CHECK(memory_use().peak_bytes == before.live_bytes + 8000);
  reset_peak_memory();
  CHECK(memory_use().peak_bytes == before.live_bytes);
}

TEST_CASE("buffers made on one thread may be freed on another, and a thread's cache outlives it") {
  const std::int64_t before = memory_use().live_storages;
  for (int round = 0; round < 20; ++round) {
    Tensor made;
    std::thread([&] { made = randn({100, 100}); }).join();
    std::vector<Tensor> many;
    for (int i = 0; i < 10; ++i) many.push_back(randn({50, 50}));
    std::thread([moved = std::move(many), &made]() mutable {
      moved.clear();
      made = {};
    }).join();
  }
  CHECK(memory_use().live_storages == before);
}

TEST_CASE("release_cached_memory gives back what is free and keeps what is used") {
  const Tensor x = full({1000}, 3);
  { const Tensor y = zeros({1 << 20}); }
  release_cached_memory();
  CHECK(values(x) == Values(1000, 3));
  CHECK(zeros({1 << 20}).numel() == 1 << 20);
}

TEST_CASE("the pool: more than there is is an error of kind resources that says how much") {
  const auto ask_for = [](std::size_t bytes) {
    try {
      pool_release(pool_allocate(bytes), bytes);
    } catch (const Error& e) {
      CHECK(e.kind() == Kind::resources);
      return std::string(e.what());
    }
    return std::string("no error");
  };
  CHECK(ask_for(std::size_t{1} << 53) == "out of memory: 9007199254740992 bytes asked for");
  if (!memory_is_pooled()) return;  // a sanitizer's allocator would end the program
  CHECK(ask_for(std::size_t{1} << 51).starts_with("out of memory: 2251799813685248 bytes asked for, "));
}

TEST_CASE("blocks that one thread allocates and another frees are used again") {
  if (!memory_is_pooled()) return;
  std::vector<void*> first, second;
  for (std::vector<void*>* blocks : {&first, &second}) {
    for (int i = 0; i < 8; ++i) blocks->push_back(pool_allocate(1 << 20));
    std::thread([&] {
      for (void* p : *blocks) pool_release(p, 1 << 20);
    }).join();
  }
  std::sort(first.begin(), first.end());
  std::sort(second.begin(), second.end());
  CHECK(first == second);
}
