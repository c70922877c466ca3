// The report for every reader: narrow and wide, light and dark, without JavaScript, with a screen reader, on paper; and with
// tokens that were made to break it.
#include <doctest/doctest.h>

#include <string>

#include "attend/synthetic.h"
#include "browser/chromium.h"
#include "reference/expect.h"
#include "tools/lab/report.h"

using namespace gradus::lab;
using Json = Chromium::Json;

namespace {

const synthetic::Size small{.layers = 2, .heads = 4, .tokens = 24, .checkpoints = 5, .hostile = true};

}  // namespace

TEST_CASE("without JavaScript the findings, the tables and a picture are there") {
  Chromium page;
  page.open(report(synthetic::analysis(small)), "", {.scripts = false});
  const auto visible = [&](const std::string& what) {
    return page.evaluate("(() => { const e = document.querySelector('" + what +
                         "'); return e !== null && e.getClientRects().length > 0; })()") == true;
  };
  CHECK(page.evaluate("document.documentElement.dataset.ready === undefined") == true);
  CHECK(page.evaluate("document.querySelector('#findings').innerText")
            .get<std::string>()
            .find("previous-token head") != std::string::npos);
  CHECK(visible("#findings .cards li"));
  CHECK(visible("img.overview"));
  page.wait_until("document.querySelector('img.overview').complete", 5);
  CHECK(page.evaluate("document.querySelector('img.overview').naturalWidth > 200") == true);
  CHECK(visible("noscript p"));
  CHECK(visible("#heads summary"));
  CHECK(page.evaluate("document.querySelectorAll('#heads tbody tr').length") == 8);
  CHECK(visible("#method table"));
  for (const char* id : {"#focus", "#text", "#lines", "#map", "#training", "#rollout", "#bar"}) {
    INFO(id);
    CHECK_FALSE(visible(id));
  }
  check_quiet(page);
  page.picture("without-javascript", true);
}

TEST_CASE("a narrow window has no sideways scrolling but inside of wide things") {
  Chromium page;
  const std::string html = report(synthetic::analysis(small)),
                    large = report(synthetic::analysis({.layers = 2, .heads = 12, .tokens = 200}));
  for (const std::string& each : {html, large})
    for (const int width : {360, 768, 1280}) {
      page.open(each, "x=0", {.width = width, .mobile = width < 500});
      page.evaluate("for (const id in views) build(id)");
      page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true");
      INFO(width, " wide");
      CHECK(page.evaluate("document.documentElement.scrollWidth") == width);
      CHECK(page.evaluate("document.querySelector('#focus .cells').getBoundingClientRect().width > 100") ==
            true);
      check_quiet(page);
      page.picture((each == html ? "small-" : "wide-") + std::to_string(width), true);
    }
  // A tap chooses; nothing needs hovering.
  page.open(html, "", {.width = 360, .mobile = true});
  page.evaluate("document.querySelector('#focus .heat').scrollIntoView({block: 'center'})");
  const Json at = page.evaluate(
      "(() => { const b = document.querySelector('#focus .cells').getBoundingClientRect(); "
      "return [b.left + 3.5 * b.width / 24, b.top + 9.5 * b.height / 24]; })()");
  page.click(at[0], at[1]);
  CHECK(page.evaluate("[state.q, state.k, state.pin]") == Json({9, 3, 1}));
}

TEST_CASE("light and dark follow the reader's system, and text stands out in both") {
  Chromium page;
  const std::string html = report(synthetic::analysis(small));
  for (const std::string scheme : {"light", "dark"}) {
    page.open(html, "", {.scheme = scheme});
    page.evaluate("for (const id in views) build(id)");
    CHECK(page.evaluate("getComputedStyle(document.body).backgroundColor") ==
          (scheme == "dark" ? "rgb(13, 17, 23)" : "rgb(255, 255, 255)"));
    // WCAG's contrast of every text with what is behind it: 4.5, or 3 where it is large. What is not chosen may be faint.
    const Json faint = page.evaluate(R"((() => {
      const lum = c => { const [r, g, b] = c.map(v => v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
      const rgb = s => s.match(/[\d.]+/g).map(Number);
      const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0.99) return c.slice(0, 3); } return [255, 255, 255]; };
      const bad = [];
      for (const e of document.querySelectorAll('main *')) {
        if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || !e.getClientRects().length || e instanceof SVGElement) continue;
        const style = getComputedStyle(e), a = lum(rgb(style.color).slice(0, 3)), b = lum(behind(e));
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.6 && Number(style.fontWeight) >= 700);
        if (ratio < (large ? 3 : 4.5) && !e.closest('.badge, .unseen, :disabled, option')) bad.push(ratio.toFixed(2) + ' ' + e.outerHTML.slice(0, 80));
      }
      return bad; })())");
    CHECK(faint == Json::array());
    check_quiet(page);
    page.picture("theme-" + scheme, true);
  }
  page.open(html, "theme=dark", {.scheme = "light"});
  CHECK(page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(13, 17, 23)");
  page.open(html, "theme=light", {.scheme = "dark"});
  CHECK(page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)");
}

TEST_CASE("tokens that were made to break a page are shown and do nothing") {
  Analysis a = synthetic::analysis(small);
  a.model = "</title><script>window.broken = 1</script>";
  a.command = "<img src=x onerror='window.broken = 1'>";
  for (HeadAnalysis& h : a.head) {
    h.evidence.hurts = "</script><script>window.broken = 1</script>\xFF\xE2\x80\xA8";
    h.token_class = "\"><svg onload=window.broken=1>";
  }
  a.texts[1].tokens[0] = "<img src='https://example.com/x.png' onerror=window.broken=1>";
  a.texts[1].tokens[1] = "PYTHON_PARAMS ${broken} <!-- <script>";
  a.texts[1].expected[3] = "</SCRIPT >\xF0\x28\x8C\xBC";
  Chromium page;
  page.open(report(a), "x=1&q=9");
  page.evaluate("for (const id in views) build(id)");
  for (int q = 0; q < std::ssize(a.texts[1].tokens); ++q)
    page.evaluate("set({q: " + std::to_string(q) + ", k: -1})");
  CHECK(page.evaluate("window.broken === undefined") == true);
  CHECK(page.evaluate("[document.images.length, document.scripts.length - "
                      "document.querySelectorAll('script[type]').length]") == Json({0, 1}));
  CHECK(page.evaluate("document.title").get<std::string>().find("<script>") != std::string::npos);  // as text
  CHECK(page.evaluate("document.querySelectorAll('.tokens .token')[0].textContent") ==
        "<img src='https://example.com/x.png' onerror=window.broken=1>");
  CHECK(page.evaluate("data.head[0].hurts").get<std::string>().find("\\xff\\u{2028}") != std::string::npos);
  CHECK(page.evaluate("document.documentElement.scrollWidth <= innerWidth") ==
        true);  // one token has 10 000 letters
  check_quiet(page);
  page.picture("hostile", true);

  // The policy holds even if markup got in.
  page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.broken = 1\">')");
  page.evaluate(
      "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.broken = "
      "1'}))");
  page.evaluate("new Promise(done => setTimeout(done, 100))");
  CHECK(page.evaluate("window.broken === undefined") == true);
}

TEST_CASE("a screen reader hears names, numbers and what is pressed; paper gets all of it") {
  Chromium page;
  page.open(report(synthetic::analysis(small)));
  page.evaluate("for (const id in views) build(id)");
  page.call("Accessibility.enable");
  const Json tree = page.call("Accessibility.getFullAXTree");
  int buttons = 0, unnamed = 0, pressed = 0, applications = 0, tables = 0, headings = 0;
  std::string tile;
  for (const Json& node : tree["nodes"]) {
    if (node.value("ignored", false) || !node.contains("role")) continue;
    const std::string role = node["role"].value("value", "");
    const std::string name = node.contains("name") ? node["name"].value("value", "") : "";
    const bool control = role == "button" || role == "combobox" || role == "slider" || role == "searchbox" ||
                         role == "application" || role == "listbox" || role == "link" || role == "checkbox";
    buttons += role == "button";
    applications += role == "application";
    tables += role == "table";
    headings += role == "heading";
    if (control && name.empty()) ++unnamed;
    if (name.starts_with("Layer 1 head 3, previous-token head, previous token 0.9")) tile = name;
    for (const Json& property : node.value("properties", Json::array()))
      if (property["name"] == "pressed" && property["value"]["value"] == "true") ++pressed;
  }
  CHECK(unnamed == 0);
  CHECK(buttons > 30);
  CHECK(pressed >= 1);
  CHECK(applications == 3);  // the head, costs and rollout
  CHECK(tables >= 3);
  CHECK(headings >= 10);
  CHECK_FALSE(tile.empty());
  const std::string pdf = page.call("Page.printToPDF", {{"printBackground", true}})["data"];
  CHECK(pdf.size() > 50'000);
  page.call("Emulation.setEmulatedMedia",
            {{"features", Json::array({{{"name", "forced-colors"}, {"value", "active"}},
                                       {{"name", "prefers-reduced-motion"}, {"value", "reduce"}}})}});
  CHECK(page.evaluate("tiles.every(t => t.querySelector('.name').getClientRects().length > 0)") == true);
  check_quiet(page);
  page.picture("forced-colours", true);
}
