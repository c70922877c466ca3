// The main program of every test: runs doctest, and holds every test case to three rules of the house. A
// filter that matches no test case fails, and so does a test case that leaves nodes or memory alive.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <iostream>

#include "gradus/autograd/node.h"
#include "gradus/tensor/storage.h"
#include "place.h"

namespace {

struct HouseRules final : doctest::IReporter {
  static inline int cases = 0, leaks = 0;
  const doctest::TestCaseData* running = nullptr;
  std::int64_t nodes = 0, storages = 0;

  explicit HouseRules(const doctest::ContextOptions&) {}

  void test_case_start(const doctest::TestCaseData& test) override {
    ++cases;
    running = &test;
    nodes = gradus::live_nodes();
    storages = gradus::memory_use().live_storages;
  }

  void test_case_end(const doctest::CurrentTestCaseStats&) override {
    const std::int64_t more_nodes = gradus::live_nodes() - nodes;
    const std::int64_t more_storages = gradus::memory_use().live_storages - storages;
    if (more_nodes == 0 && more_storages == 0) return;
    ++leaks;
    std::cout << running->m_file.c_str() << ":" << running->m_line << ": \"" << running->m_name
              << "\" leaves " << more_nodes << " nodes and " << more_storages << " buffers alive\n";
  }

  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats&) override {}
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}
};

}  // namespace

REGISTER_LISTENER("house_rules", 1, HouseRules);

std::string place::source() { return GRADUS_SOURCE_FOLDER; }
std::string place::build() { return GRADUS_BUILD_FOLDER; }
std::string place::program() { return build() + "/gradus"; }
std::string place::compiler() { return GRADUS_COMPILER; }

int main(int argc, char** argv) {
  doctest::Context context(argc, argv);
  const int status = context.run();
  if (context.shouldExit()) return status;
  if (HouseRules::cases == 0) std::cout << "no test case matches the filter\n";
  return status != 0 || HouseRules::cases == 0 || HouseRules::leaks != 0 ? 1 : 0;
}
