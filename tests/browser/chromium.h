#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "folder.h"

/// What a page is looked at through.
struct Window {
  int width = 1280, height = 900;
  bool scripts = true;
  std::string scheme = "light";  ///< what the reader's system prefers: light or dark
  bool mobile = false;
};

/// A headless Chromium that a test drives as a reader would, over its DevTools protocol (on a pipe: no port, no network).
/// Where no Chromium is installed the test program says so and ends with status 77, which CTest shows as skipped.
class Chromium {
 public:
  using Json = nlohmann::json;

  Chromium();
  ~Chromium();
  Chromium(const Chromium&) = delete;
  Chromium& operator=(const Chromium&) = delete;

  /// A page in a tab of its own, without any network; returns when it says that it is ready (or is loaded, without scripts).
  void open(const std::string& html, const std::string& hash = "", const Window& window = {});
  /// Goes to another hash of the same page.
  void hash(const std::string& hash);

  Json evaluate(const std::string& expression);  ///< its value; throws what it throws
  void wait_until(const std::string& expression, double seconds = 20);
  void key(const std::string& key,
           const std::string& text = "");  ///< pressed and released: "ArrowDown", or "]" with its text
  void mouse(const char* type, double x, double y);  ///< "mouseMoved", "mousePressed", "mouseReleased"
  void click(double x, double y);
  Json call(const std::string& method, const Json& parameters = Json::object());  ///< in the page's session

  /// What the page asked for beyond itself, wrote to the console as a warning or an error, threw, or was forbidden.
  std::vector<std::string> requests() const { return requests_; }
  std::vector<std::string> complaints() const { return complaints_; }

  /// Kept where GRADUS_PICTURES names a folder, for a person to look at; `whole`: the page from top to bottom.
  void picture(const std::string& name, bool whole = false);

 private:
  Json command(const std::string& method, const Json& parameters, const std::string& session);
  Json receive();
  void note(const Json& event);

  Folder folder_;
  int to_ = -1, from_ = -1, process_ = -1, next_ = 0, pages_ = 0;
  std::string session_, target_, address_, buffer_;
  std::vector<std::string> requests_, complaints_;
};

/// Nothing was asked for, and nothing complained of.
void check_quiet(const Chromium& page);
