// The attention report in a real browser: what it shows is what the analysis holds.
#include "tools/lab/report.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <string>

#include "attend/synthetic.h"
#include "browser/chromium.h"
#include "gradus/base/random.h"
#include "reference/expect.h"
#include "tools/lab/codes.h"
#include "tools/lab/colours.h"

using namespace gradus;
using namespace gradus::lab;
using Json = Chromium::Json;

namespace {

const synthetic::Size small{.layers = 2, .heads = 4, .tokens = 24, .checkpoints = 5, .hostile = true};

void check_selftest(Chromium& page, const std::string& html, int least) {
  page.open(html, "selftest");
  CHECK(page.evaluate("document.documentElement.dataset.failed") == "");
  CHECK(page.evaluate("document.documentElement.dataset.errors") == "0");
  const std::string passed = page.evaluate("document.documentElement.dataset.selftest");
  MESSAGE("the page's own checks: ", passed);
  const std::size_t slash = passed.find('/');
  CHECK(passed.substr(0, slash) == passed.substr(slash + 1));
  CHECK(std::stoi(passed) >= least);
  check_quiet(page);
}

/// The middle of a cell of the head's map, in the window.
std::array<double, 2> cell_of(Chromium& page, std::int64_t q, std::int64_t k) {
  const Json at = page.evaluate(
      "(() => { const c = document.querySelector('#focus .cells'), b = c.getBoundingClientRect(); "
      "return [b.left, b.top, b.width / lengthOf(state.x)]; })()");
  return {at[0].get<double>() + (static_cast<double>(k) + 0.5) * at[2].get<double>(),
          at[1].get<double>() + (static_cast<double>(q) + 0.5) * at[2].get<double>()};
}

/// "the 43.1 %" -> 0.431
double percent_at_end(const std::string& text) {
  const std::size_t end = text.rfind(" %"), begin = text.find_last_of(" <\xA0", end - 1);
  return std::stod(text.substr(begin + 1, end - begin - 1)) / 100;
}

}  // namespace

TEST_CASE("the page reads back its pixels, numbers and words, and they are what it holds") {
  Chromium page;
  check_selftest(page, report(synthetic::analysis(small)), 60);
  const std::string large = report(synthetic::analysis({.layers = 3, .heads = 3, .tokens = 100}));
  check_selftest(page, large, 40);
  check_selftest(page, report(synthetic::analysis({.layers = 1, .heads = 1, .tokens = 8})), 25);

  // Kept coarsely: 8-bit codes, and pooled maps.
  const synthetic::Size size{.layers = 3, .heads = 4, .tokens = 200};
  const auto pooled_size = std::ssize(report(synthetic::analysis(size))) - 500'000;
  const std::string pooled_report = report(synthetic::analysis(size), {.budget = pooled_size});
  CHECK(pooled_report.find("are kept coarsely") != std::string::npos);
  check_selftest(page, pooled_report, 30);
}

TEST_CASE("a cell that is pointed at tells the weight that the analysis has there") {
  const Analysis a = synthetic::analysis(small);
  Chromium page;
  page.open(report(a));
  page.evaluate("document.querySelector('#focus .heat').scrollIntoView()");
  const Philox random{3, 0};
  for (std::uint64_t n = 0; n < 60; ++n) {
    const auto draw = [&](std::uint64_t i, std::int64_t below) {
      return static_cast<std::int64_t>(random.below(8 * n + i, static_cast<std::uint64_t>(below)));
    };
    const std::int64_t l = draw(0, a.layers), h = draw(1, a.heads), q = draw(2, 24), k = draw(3, q + 1);
    page.evaluate("set({l: " + std::to_string(l) + ", h: " + std::to_string(h) + "})");
    const auto [x, y] = cell_of(page, q, k);
    page.mouse("mouseMoved", x, y);
    page.wait_until("state.q === " + std::to_string(q) + " && state.k === " + std::to_string(k), 5);
    const double weight = a.texts[0].maps[l][h][q][k].item();
    const std::string bar = page.evaluate("document.querySelector('#bar .weight').textContent");
    const std::string tip = page.evaluate("document.querySelector('#focus .tip').textContent");
    INFO("layer ", l, ", head ", h, ", query ", q, ", key ", k, ": ", weight, ", the page says ", bar,
         " and ", tip);
    CHECK(std::abs(percent_at_end(bar) - weight) <= 0.006 * weight + 1e-5);
    CHECK(std::abs(percent_at_end(tip) - weight) <= 0.006 * weight + 1e-5);
  }
  const auto [x, y] = cell_of(page, 3, 20);
  page.mouse("mouseMoved", x, y);
  page.wait_until("document.querySelector('#focus .tip').textContent === 'masked: the future'", 5);
  check_quiet(page);
}

TEST_CASE("colours are those of the pictures, zero is the page's, and the future is transparent") {
  Chromium page;
  for (const std::string theme : {"light", "dark"}) {
    page.open(report(synthetic::analysis(small)),
              "l=0&h=0&scale=linear&theme=" + theme);  // 0.9 on the token before
    const auto pixel = [&](int q, int k) {
      return page.evaluate("[...focusView.canvas.getContext('2d').getImageData(" + std::to_string(k) + ", " +
                           std::to_string(q) + ", 1, 1).data]");
    };
    const auto shade = static_cast<std::size_t>(std::lround(0.9 * 255));
    const Colour c = cividis()[theme == "dark" ? shade : 255 - shade];
    for (const int q : {2, 11, 23}) CHECK(pixel(q, q - 1) == Json({c.red, c.green, c.blue, 255}));
    CHECK(pixel(3, 9)[3] == 0);
    CHECK(page.evaluate("css(new Scale('sqrt').colour(0, 1))") == page.evaluate("css(pageColour())"));
    CHECK(page.evaluate("getComputedStyle(document.body).backgroundColor") ==
          (theme == "dark" ? "rgb(13, 17, 23)" : "rgb(255, 255, 255)"));
    // Lightness goes one way, so the order of shades can be seen without hue.
    CHECK(page.evaluate(
              "(() => { const l = sequentialRamp().map(c => 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]); "
              "return l.every((v, i) => i === 0 || (isDark() ? v >= l[i - 1] - 1 : v <= l[i - 1] + 1)); "
              "})()") == true);
  }
}

TEST_CASE("everything can be reached and used with the keyboard alone") {
  Chromium page;
  page.open(report(synthetic::analysis(small)), "q=12&k=3");
  page.evaluate("for (const id in views) build(id)");
  page.evaluate(
      "window.walk = []; window.unmarked = []; document.addEventListener('focusin', e => { "
      "walk.push(e.target); "
      "if (getComputedStyle(e.target).outlineStyle === 'none') unmarked.push(e.target.outerHTML.slice(0, "
      "80)); })");
  std::string before;
  for (int i = 0; i < 120; ++i) {
    page.key("Tab");
    if (page.evaluate("document.activeElement === document.body || walk.indexOf(document.activeElement) < "
                      "walk.length - 1") == true)
      break;
  }
  const Json walk = page.evaluate("walk.map(e => e.id || (e.getAttribute('class') ?? '') + ' ' + e.tagName)");
  CHECK(walk.size() < 110);
  const auto visited = [&](const std::string& what) {
    int times = 0;
    for (const Json& stop : walk) times += stop.get<std::string>().find(what) != std::string::npos;
    return times;
  };
  CHECK(visited("tile ") == 1);  // one stop for all heads; arrows move between them
  for (const char* stop : {"heat ", "tokens ", "find", "lines ", "chart ", "chip ", "SELECT", "INPUT"}) {
    INFO(stop);
    CHECK(visited(stop) >= 1);
  }
  CHECK(page.evaluate("unmarked") == Json::array());  // where the focus is can be seen

  page.evaluate("focusView.scroll.focus()");
  const auto at = [&] { return page.evaluate("[state.l, state.h, state.q, state.k, state.pin]"); };
  page.evaluate("set({l: 0, h: 0, q: 12, k: 3})");
  for (const char* key : {"ArrowDown", "ArrowRight", "ArrowRight", "ArrowUp", "ArrowUp", "ArrowLeft"})
    page.key(key);
  CHECK(at() == Json({0, 0, 11, 4, 0}));
  page.key("End");
  CHECK(at() == Json({0, 0, 11, 11, 0}));
  page.key("PageUp");
  CHECK(at() == Json({0, 0, 3, 3, 0}));  // a key stays one that is seen
  page.key("Home");
  page.key("Enter", "\r");
  CHECK(at() == Json({0, 0, 3, 0, 1}));
  const auto [x, y] = cell_of(page, 20, 5);
  page.mouse("mouseMoved", x, y);
  page.evaluate("new Promise(done => setTimeout(done, 100))");
  CHECK(at() == Json({0, 0, 3, 0, 1}));  // kept
  page.key("Escape");
  page.key("]", "]");
  CHECK(page.evaluate("nameOf(state.l, state.h)") == "L0H1");
  page.key("}", "}");
  page.key("[", "[");
  CHECK(page.evaluate("nameOf(state.l, state.h)") == "L1H0");
  page.key("s", "s");
  CHECK(page.evaluate("state.scale") == "linear");
  page.key("t", "t");
  CHECK(page.evaluate("document.documentElement.dataset.theme") == "light");
  page.key("?", "?");
  CHECK(page.evaluate("document.querySelector('dialog').open") == true);
  page.key("s", "s");
  CHECK(page.evaluate("state.scale") == "linear");  // the dialog has the keys
  page.key("Escape");
  CHECK(page.evaluate("document.querySelector('dialog').open") == false);

  page.key("/", "/");
  CHECK(page.evaluate("document.activeElement.id") == "find");
  for (const char* letter : {"t", "i", "r"}) page.key(letter, letter);
  page.key("Enter", "\r");
  CHECK(page.evaluate("data.texts[0].tokens[state.q]") == "tired");
  CHECK(page.evaluate("state.theme") == "light");  // letters that are typed are no commands
  page.evaluate("tiles[0].focus()");
  for (const char* key : {"ArrowRight", "ArrowDown"}) page.key(key);
  CHECK(page.evaluate("document.activeElement.getAttribute('aria-label')")
            .get<std::string>()
            .starts_with("Layer 1 head 1, "));
  page.key("Enter", "\r");
  CHECK(page.evaluate("nameOf(state.l, state.h)") == "L1H1");
  page.evaluate("set({keys: 0})");
  page.evaluate("document.activeElement.blur()");
  page.key("]", "]");
  CHECK(page.evaluate("nameOf(state.l, state.h)") == "L1H1");
  check_quiet(page);
}
