// A large model's report: 12 layers of 12 heads on 512 tokens, and 24 checkpoints.
// ctest: RUN_SERIAL ON
#include <doctest/doctest.h>

#include <map>
#include <string>

#include "attend/synthetic.h"
#include "browser/chromium.h"
#include "reference/expect.h"
#include "tools/lab/report.h"

using namespace gradus::lab;

namespace {

double milliseconds(Chromium& page, const std::string& action) {
  // Up to what is drawn: the frame after the next has it.
  return page.evaluate(
      "(async () => { const begin = performance.now(); " + action +
      "; await new Promise(f => requestAnimationFrame(() => requestAnimationFrame(f))); return "
      "performance.now() - begin; })()");
}

std::map<std::string, double> metrics(Chromium& page) {
  std::map<std::string, double> all;
  page.call("Performance.enable");
  const Chromium::Json answer = page.call("Performance.getMetrics");
  for (const auto& m : answer["metrics"]) all[m["name"]] = m["value"];
  return all;
}

}  // namespace

// Bounds are some times what two cores need, so that only another kind of algorithm breaks them.
TEST_CASE("12 x 12 heads on 512 tokens fit into 32 MiB, and are ready and nimble") {
  const std::string html =
      report(synthetic::analysis({.layers = 12, .heads = 12, .tokens = 512, .checkpoints = 24}));
  MESSAGE("the file: ", static_cast<double>(html.size()) / 1e6, " MB");
  CHECK(html.size() <= (32u << 20u));
  CHECK(html.find("are kept coarsely") == std::string::npos);

  Chromium page;
  page.open(html);
  const double ready = std::stod(page.evaluate("document.documentElement.dataset.ready").get<std::string>());
  const double paint = page.evaluate("performance.getEntriesByType('paint').at(-1)?.startTime ?? -1");
  MESSAGE("first paint after ", paint, " ms, ready after ", ready, " ms");
  CHECK(ready <= 5000);

  double cold = 0, warm = 0, moved = 0;
  for (int l = 1; l < 12; ++l)
    cold = std::max(cold, milliseconds(page, "set({l: " + std::to_string(l) + "})"));
  for (int h = 0; h < 12; ++h)
    warm = std::max(warm, milliseconds(page, "set({h: " + std::to_string(h) + "})"));
  for (int q = 100; q < 140; ++q)
    moved = std::max(
        moved,
        page.evaluate("(() => { const begin = performance.now(); choosePlace(" + std::to_string(q) +
                      ", 40, 'point'); document.body.offsetWidth; return performance.now() - begin; })()")
            .get<double>());
  MESSAGE("another head of a layer that was not read yet: ", cold, " ms; of one that was: ", warm,
          " ms; a move of the pointer: ", moved, " ms");
  CHECK(cold <= 1000);
  CHECK(warm <= 500);
  CHECK(moved <= 100);

  auto m = metrics(page);
  MESSAGE(m["Nodes"], " nodes and ", m["JSHeapUsedSize"] / 1e6,
          " MB of heap before the further views are built");
  page.evaluate("for (const id in views) build(id)");
  page.call("HeapProfiler.collectGarbage");
  m = metrics(page);
  const double elements = page.evaluate("document.querySelectorAll('*').length");
  MESSAGE(elements, " elements and ", m["JSHeapUsedSize"] / 1e6, " MB of heap with all views");
  CHECK(elements < 12000);
  CHECK(m["JSHeapUsedSize"] < 200e6);
  check_quiet(page);
  page.picture("large");
}
