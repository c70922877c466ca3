// How the report's views hang together, what the address holds, and what is left when parts of a browser are missing.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <utility>

#include "attend/synthetic.h"
#include "browser/chromium.h"
#include "reference/expect.h"
#include "tools/lab/report.h"

using namespace gradus::lab;
using Json = Chromium::Json;

namespace {

const synthetic::Size small{.layers = 2, .heads = 4, .tokens = 24, .checkpoints = 5, .hostile = true};

/// Every view, so that nothing waits to be scrolled to.
void build_all(Chromium& page) { page.evaluate("for (const id in views) build(id)"); }

}  // namespace

TEST_CASE("one choice moves every view") {
  Chromium page;
  page.open(report(synthetic::analysis(small)));
  build_all(page);
  page.evaluate("tiles[6].click()");
  CHECK(page.evaluate("nameOf(state.l, state.h)") == "L1H2");
  CHECK(page.evaluate("document.querySelector('#focus-heading').textContent") == "One head: L1H2");
  CHECK(page.evaluate("document.querySelector('#bar .head-name').textContent")
            .get<std::string>()
            .starts_with(page.evaluate("labelOf(data.head[6]).glyph").get<std::string>() + "L1H2"));
  CHECK(page.evaluate("tiles.findIndex(t => t.getAttribute('aria-pressed') === 'true')") == 6);
  CHECK(page.evaluate("document.querySelector('.mark.on title').textContent === spokenHead(6)") == true);
  CHECK(page.evaluate("document.querySelector('#lines-view .chip').textContent.trim()") == "L1H2");

  page.evaluate("document.querySelectorAll('.tokens .token')[7].click()");
  CHECK(page.evaluate("state.q") == 7);
  CHECK(page.evaluate("document.querySelector('.focus-side h3').textContent.includes('7')") == true);
  CHECK(page.evaluate("document.querySelector('.ruler.left .on').textContent") == "it");
  CHECK(page.evaluate("mapOf(0, 1, 2).row(7)[0].first === state.k") == true);
  CHECK(page.evaluate("document.querySelector('#rollout-view p').textContent")
            .get<std::string>()
            .starts_with("7 it"));
  page.evaluate("document.querySelector('.row-table tbody tr:nth-child(3) button').click()");
  CHECK(page.evaluate("state.k === mapOf(0, 1, 2).row(7)[2].first") == true);

  page.evaluate("document.querySelector('.cards a.head').click()");
  CHECK(page.evaluate("nameOf(state.l, state.h)") ==
        page.evaluate("document.querySelector('.cards a.head').textContent"));
  // The live region says it once the reader rests.
  page.wait_until(
      "/^query 7 it, key \\d+ .*percent, rank \\d+ of "
      "8$/.test(document.querySelector('[role=status]').textContent)",
      3);
  check_quiet(page);
}

TEST_CASE("heads are filtered, ordered, brushed and coloured by a number") {
  Chromium page;
  page.open(report(synthetic::analysis(small)));
  build_all(page);
  page.evaluate("document.querySelector('.chip[data-label=\"first-token head\"]').click()");
  CHECK(page.evaluate("tiles.every((t, i) => t.classList.contains('dimmed') === (labelOf(data.head[i]).name "
                      "!== 'first-token head'))") == true);
  page.evaluate("document.querySelector('.chip[data-label=\"first-token head\"]').click()");
  CHECK(page.evaluate("tiles.some(t => t.classList.contains('dimmed'))") == false);
  page.evaluate("set({sort: 'cost'})");
  CHECK(page.evaluate(
            "[...document.querySelectorAll('.tile')].map(t => data.head[tiles.indexOf(t)].mean[0]).every((c, "
            "i, all) => i === 0 || c <= all[i - 1])") == true);
  page.evaluate("set({show: 'previous'})");
  CHECK(page.evaluate("tiles.every((t, i) => t.querySelector('.amount').textContent === plain(valueOf(i, "
                      "'previous')))") == true);
  page.evaluate("document.querySelector('#map .chart').scrollIntoView({block: 'center'})");
  const Json box = page.evaluate(
      "(() => { const b = document.querySelector('.mark circle').getBoundingClientRect(); return [b.left, "
      "b.top, b.right, b.bottom]; })()");
  page.mouse("mouseMoved", box[0].get<double>() - 8, box[1].get<double>() - 8);
  page.mouse("mousePressed", box[0].get<double>() - 8, box[1].get<double>() - 8);
  page.mouse("mouseMoved", box[2].get<double>() + 6, box[3].get<double>() + 6);
  page.mouse("mouseReleased", box[2].get<double>() + 6, box[3].get<double>() + 6);
  CHECK(page.evaluate("brushed !== null && brushed.size >= 1 && tiles.every((t, i) => "
                      "t.classList.contains('dimmed') === !brushed.has(i))") == true);

  page.evaluate("document.querySelector('#heads').open = true");
  page.evaluate(
      "[...document.querySelectorAll('#heads th button')].find(b => b.textContent === 'previous "
      "token').click()");
  CHECK(page.evaluate("(() => { const c = [...document.querySelectorAll('#heads thead th')].findIndex(t => "
                      "t.textContent === 'previous token'); "
                      "const v = [...document.querySelectorAll('#heads tbody tr')].map(r => "
                      "Number(r.cells[c].textContent)); "
                      "return v.length === 8 && v.every((x, i) => i === 0 || x <= v[i - 1]); })()") == true);
  check_quiet(page);
}

TEST_CASE("the address holds what is seen, and the back button undoes a choice of head") {
  const std::string html = report(synthetic::analysis(small));
  Chromium page;
  page.open(html, "l=1&h=3&q=17&k=4&scale=log&theme=dark&heads=0.1,1.0&mass=80&step=1&roll=0&look=from");
  CHECK(page.evaluate("[state.l, state.h, state.q, state.k, state.scale, state.theme, state.heads, "
                      "state.mass, state.step]") == Json({1, 3, 17, 4, "log", "dark", "0.1,1.0", 80, 1}));
  const std::string seen = page.evaluate("document.querySelector('#bar .chosen').textContent");
  page.evaluate("set({q: 18})");
  page.wait_until("location.hash.includes('q=18')", 3);
  page.evaluate("set({q: 17, k: 4})");
  page.wait_until("location.hash.includes('q=17')", 3);
  const std::string hash = page.evaluate("location.hash.slice(1)");
  page.open(html, hash);
  CHECK(page.evaluate("document.querySelector('#bar .chosen').textContent") == seen);

  page.evaluate("goToHead(0, 2)");
  page.evaluate("goToHead(0, 3)");
  page.evaluate("history.back()");
  page.wait_until("nameOf(state.l, state.h) === 'L0H2'", 3);
  page.evaluate("history.back()");
  page.wait_until("nameOf(state.l, state.h) === 'L1H3'", 3);
  page.hash("l=77&h=<img src=x onerror=alert(1)>&q=-5&scale=pink&mass=1e9&heads=../..");
  CHECK(page.evaluate("[state.l < L, state.h < H, state.scale, state.mass, state.heads]") ==
        Json({true, true, "sqrt", 60, ""}));
  CHECK(page.evaluate("document.images.length") == 0);
  check_quiet(page);
}

TEST_CASE("the list of contents leads to each section and leaves the address's state alone") {
  Chromium page;
  page.open(report(synthetic::analysis(small)), "l=1&scale=log");
  const Json targets = page.evaluate(
      "[...document.querySelectorAll('.contents a')].map(a => a.getAttribute('href').slice(1))");
  CHECK(targets == page.evaluate("[...document.querySelectorAll('main > section')].map(s => s.id)"));
  CHECK(targets.size() == 10);
  page.call("Emulation.setEmulatedMedia",
            {{"features", Json::array({{{"name", "prefers-reduced-motion"}, {"value", "reduce"}}})}});
  for (const Json& target : targets) {
    const std::string id = target;
    page.evaluate("document.querySelector('.contents a[href=\"#" + id + "\"]').click()");
    CHECK(page.evaluate("document.activeElement.closest('section').id") == id);
    CHECK(page.evaluate("(() => { const b = document.activeElement.getBoundingClientRect(); return b.top >= "
                        "0 && b.top < innerHeight; })()") == true);
  }
  CHECK(page.evaluate("location.hash") == "#l=1&scale=log");
  check_quiet(page);
}

TEST_CASE("training goes step by step, and rollout layer by layer") {
  Chromium page;
  page.open(report(synthetic::analysis(small)), "curve=current&step=0");
  build_all(page);
  CHECK(page.evaluate("document.querySelectorAll('#training path.curve').length") == 8 + 1);
  CHECK(page.evaluate("document.querySelector('#training .step').textContent") == "step 0, loss 4.00");
  page.evaluate(
      "(() => { const s = document.querySelector('#training input'); s.value = 4; s.dispatchEvent(new "
      "Event('input')); })()");
  CHECK(page.evaluate("document.querySelector('#training .step').textContent") == "step 160, loss 1.50");
  CHECK(page.evaluate("stepPicture(4, 0).at(10, 9) > 0.85 && stepPicture(0, 0).at(10, 9) < 0.12") == true);
  CHECK(page.evaluate("document.querySelectorAll('#training tbody tr').length") == 5);
  // Rollout of the planted maps is theirs, to what 16 bits can tell.
  CHECK(page.evaluate("range(24).every(q => Math.abs(range(q + 1).reduce((s, k) => s + rolloutOf(0, 1).at(q, "
                      "k), 0) - 1) < 0.003)") == true);
  page.open(report(synthetic::analysis({.layers = 1, .heads = 1, .tokens = 8, .checkpoints = 1})));
  build_all(page);
  CHECK(page.evaluate(
            "[document.querySelector('#training'), document.querySelector('#map')].every(e => e === null)") ==
        true);
  check_quiet(page);
}

TEST_CASE("what a connection is worth is shown where it lies, and leads to the head that has it") {
  const Analysis a = synthetic::analysis(small);
  const EdgeStudy& study = a.studies.at(0);
  Chromium page;
  page.open(report(a));
  CHECK(page.evaluate("[state.x, state.l, state.h, state.q, state.k]") ==
        Json({0, 0, 1, 7, 1}));  // begins there
  build_all(page);
  for (const auto& [q, k] : {std::pair{7, 1}, {0, 0}, {23, 23}, {11, 4}}) {
    const double shown = page.evaluate("costsOf(0).at(" + std::to_string(q) + ", " + std::to_string(k) + ")");
    CHECK(std::abs(shown - study.cost[q][k].item()) <= 1.5 / 32767);
  }
  CHECK(
      page.evaluate("document.querySelector('#edge-view p').textContent").get<std::string>().find("83.0 %") !=
      std::string::npos);
  const Json cells = page.evaluate(
      "[...document.querySelectorAll('#edge-view tbody tr:first-child td')].map(c => c.textContent)");
  CHECK(cells == Json({"it", "cat", "L0H1", "61.0 %", "40.0 %", "18.0 %", "“hungry”"}));
  page.evaluate("document.querySelector('#edge-view tbody tr:nth-child(2) button').click()");
  CHECK(page.evaluate("[state.x, state.l, state.h, state.q, state.k]") == Json({0, 0, 0, 9, 2}));
  check_quiet(page);
}
