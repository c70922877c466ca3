#include "browser/chromium.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <stdexcept>

#include "command.h"

namespace {

/// The program's path; ends this program, loudly, where there is none.
std::string chromium_program() {
  const char* named = std::getenv("GRADUS_CHROMIUM");
  const std::string names = named ? named : "chromium chromium-browser google-chrome";
  const Folder folder;
  const cli::Result found =
      cli::shell(folder, "for name in " + names + "; do command -v $name && exit 0; done; exit 1");
  if (found.status != 0) {
    std::cout << "SKIPPED: there is no " << names
              << " here; tools/test --browser installs Debian's, and GRADUS_CHROMIUM may name another\n"
              << std::flush;
    std::_Exit(77);
  }
  return cli::lines(found.out).at(0);
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// "http://..." in short, so that a page of megabytes does not fill the log.
std::string brief(const std::string& text) { return text.substr(0, 300); }

}  // namespace

Chromium::Chromium() {
  const std::string program = chromium_program(), profile = "--user-data-dir=" + (folder_ / "profile");
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  // It reads commands from descriptor 3 and answers on 4. By way of high numbers, as ours may be 3 and 4 themselves.
  posix_spawn_file_actions_adddup2(&actions, in[0], 100);
  posix_spawn_file_actions_adddup2(&actions, out[1], 101);
  posix_spawn_file_actions_adddup2(&actions, 100, 3);
  posix_spawn_file_actions_adddup2(&actions, 101, 4);
  posix_spawn_file_actions_addclose(&actions, 100);
  posix_spawn_file_actions_addclose(&actions, 101);
  posix_spawn_file_actions_addopen(&actions, 2, (folder_ / "log").c_str(), O_CREAT | O_WRONLY, 0600);
  std::vector<std::string> words = {program,
                                    "--headless",
                                    "--no-sandbox",
                                    "--disable-gpu",
                                    "--hide-scrollbars",
                                    "--force-device-scale-factor=1",
                                    "--force-color-profile=srgb",
                                    "--disable-background-networking",
                                    "--no-first-run",
                                    "--remote-debugging-pipe",
                                    profile,
                                    "about:blank"};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int status = posix_spawn(&process_, program.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  to_ = in[1];
  from_ = out[0];
  if (status != 0) throw std::runtime_error("cannot start " + program);
  std::signal(SIGPIPE, SIG_IGN);
}

Chromium::~Chromium() {
  try {
    command("Browser.close", Json::object(), "");
  } catch (const std::exception&) { kill(process_, SIGKILL); }
  close(to_);
  close(from_);
  waitpid(process_, nullptr, 0);
}

Chromium::Json Chromium::receive() {
  for (const double end = now() + 60; now() < end;) {
    if (const std::size_t zero = buffer_.find('\0'); zero != std::string::npos) {
      Json message = Json::parse(buffer_.substr(0, zero));
      buffer_.erase(0, zero + 1);
      return message;
    }
    pollfd ready{from_, POLLIN, 0};
    if (poll(&ready, 1, 1000) <= 0) continue;
    char bytes[65536];
    const ssize_t n = read(from_, bytes, sizeof bytes);
    if (n <= 0) throw std::runtime_error("Chromium is gone: " + brief(cli::read(folder_ / "log")));
    buffer_.append(bytes, static_cast<std::size_t>(n));
  }
  throw std::runtime_error("Chromium does not answer");
}

void Chromium::note(const Json& event) {
  const std::string method = event.value("method", "");
  const Json& p = event.contains("params") ? event["params"] : Json::object();
  if (method == "Network.requestWillBeSent") {
    const std::string url = p["request"]["url"];
    // The page itself is one request; what it makes of its own bytes leaves the machine's memory as little.
    if (url.substr(0, url.find('#')) != address_ && !url.starts_with("data:") && !url.starts_with("blob:"))
      requests_.push_back(brief(url));
  }
  if (method == "Runtime.exceptionThrown") complaints_.push_back(brief(p.dump()));
  if (method == "Runtime.consoleAPICalled" && (p["type"] == "error" || p["type"] == "warning"))
    complaints_.push_back(brief(p["args"].dump()));
  // That canvases which are read back could be made for it is advice to who would read them back; only tests do.
  if (method == "Log.entryAdded" && event.dump().find("willReadFrequently") == std::string::npos &&
      p["entry"]["level"] != "verbose" && p["entry"]["level"] != "info")
    complaints_.push_back(brief(p["entry"].dump()));
}

Chromium::Json Chromium::command(const std::string& method, const Json& parameters,
                                 const std::string& session) {
  Json message = {{"id", ++next_}, {"method", method}, {"params", parameters}};
  if (!session.empty()) message["sessionId"] = session;
  const std::string text = message.dump() + '\0';
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t n = write(to_, text.data() + sent, text.size() - sent);
    if (n <= 0) throw std::runtime_error("Chromium is gone: " + brief(cli::read(folder_ / "log")));
    sent += static_cast<std::size_t>(n);
  }
  for (;;) {
    const Json answer = receive();
    if (!answer.contains("id")) {
      if (answer.value("sessionId", "") == session_) note(answer);
    } else if (answer["id"] == next_) {
      if (answer.contains("error")) throw std::runtime_error(method + ": " + answer["error"].dump());
      return answer["result"];
    }
  }
}

Chromium::Json Chromium::call(const std::string& method, const Json& parameters) {
  return command(method, parameters, session_);
}

void Chromium::open(const std::string& html, const std::string& hash, const Window& window) {
  if (!target_.empty()) command("Target.closeTarget", {{"targetId", target_}}, "");
  const std::string file = folder_ / ("page" + std::to_string(++pages_) + ".html");
  cli::write(file, html);
  address_ = "file://" + file;
  for (std::size_t at; (at = address_.find(' ')) != std::string::npos;) address_.replace(at, 1, "%20");
  target_ = command("Target.createTarget", {{"url", "about:blank"}}, "")["targetId"];
  session_ = command("Target.attachToTarget", {{"targetId", target_}, {"flatten", true}}, "")["sessionId"];
  requests_.clear();
  complaints_.clear();
  for (const char* domain : {"Page", "Runtime", "Log", "Network"}) call(std::string(domain) + ".enable");
  call("Network.emulateNetworkConditions",
       {{"offline", true}, {"latency", 0}, {"downloadThroughput", -1}, {"uploadThroughput", -1}});
  call("Emulation.setDeviceMetricsOverride", {{"width", window.width},
                                              {"height", window.height},
                                              {"deviceScaleFactor", 1},
                                              {"mobile", window.mobile}});
  call("Emulation.setEmulatedMedia",
       {{"features", Json::array({{{"name", "prefers-color-scheme"}, {"value", window.scheme}}})}});
  call("Emulation.setFocusEmulationEnabled", {{"enabled", true}});
  call("Emulation.setScriptExecutionDisabled", {{"value", !window.scripts}});
  call("Page.navigate", {{"url", address_ + (hash.empty() ? "" : "#" + hash)}});
  wait_until(window.scripts ? "document.documentElement.dataset.ready !== undefined"
                            : "document.readyState === 'complete' && location.protocol === 'file:'",
             60);
}

void Chromium::hash(const std::string& hash) {
  evaluate("void (location.hash = " + Json(hash).dump() + ")");
  evaluate("new Promise(done => setTimeout(done, 50))");
}

Chromium::Json Chromium::evaluate(const std::string& expression) {
  const Json result =
      call("Runtime.evaluate", {{"expression", expression}, {"awaitPromise", true}, {"returnByValue", true}});
  if (result.contains("exceptionDetails"))
    throw std::runtime_error(expression + ": " + brief(result["exceptionDetails"].dump()));
  return result["result"].contains("value") ? result["result"]["value"] : Json();
}

void Chromium::wait_until(const std::string& expression, double seconds) {
  for (const double end = now() + seconds; now() < end; usleep(5000)) {
    try {
      if (evaluate(expression) == true) return;
    } catch (const std::runtime_error&) {  // between two pages there is none to ask
    }
  }
  throw std::runtime_error("waited in vain for " + expression);
}

void Chromium::key(const std::string& key, const std::string& text) {
  Json press = {{"type", text.empty() ? "rawKeyDown" : "keyDown"}, {"key", key}};
  if (!text.empty()) press["text"] = text;
  static const std::map<std::string, int> codes = {
      {"Tab", 9},   {"Enter", 13},     {"Escape", 27},  {"PageUp", 33},     {"PageDown", 34}, {"End", 35},
      {"Home", 36}, {"ArrowLeft", 37}, {"ArrowUp", 38}, {"ArrowRight", 39}, {"ArrowDown", 40}};
  if (const auto code = codes.find(key); code != codes.end()) press["windowsVirtualKeyCode"] = code->second;
  call("Input.dispatchKeyEvent", press);
  press["type"] = "keyUp";
  press.erase("text");
  call("Input.dispatchKeyEvent", press);
}

void Chromium::mouse(const char* type, double x, double y) {
  const bool moved = std::string(type) == "mouseMoved";
  call("Input.dispatchMouseEvent", {{"type", type},
                                    {"x", x},
                                    {"y", y},
                                    {"button", moved ? "none" : "left"},
                                    {"clickCount", moved ? 0 : 1}});
}

void Chromium::click(double x, double y) {
  for (const char* type : {"mouseMoved", "mousePressed", "mouseReleased"}) mouse(type, x, y);
}

void Chromium::picture(const std::string& name, bool whole) {
  const char* folder = std::getenv("GRADUS_PICTURES");
  if (!folder) return;
  const std::string data =
      call("Page.captureScreenshot", {{"format", "png"}, {"captureBeyondViewport", whole}})["data"];
  const std::string file = std::string(folder) + "/" + name + ".png";
  cli::write(file + ".base64", data);
  cli::shell(folder_, "base64 -d '" + file + ".base64' > '" + file + "' && rm '" + file + ".base64'");
}

void check_quiet(const Chromium& page) {
  for (const std::string& request : page.requests()) CHECK_MESSAGE(false, "asked for ", request);
  for (const std::string& complaint : page.complaints()) CHECK_MESSAGE(false, "complained: ", complaint);
  CHECK(page.requests().empty());
  CHECK(page.complaints().empty());
}
