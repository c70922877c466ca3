// The command as a user types it: what it writes, what it says, and how it refuses.
#include "command.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "gradus/io/npy.h"
#include "reference/expect.h"

using namespace gradus;
using nlohmann::json;

namespace {

/// A run that trains in a moment, with checkpoints.
struct Place {
  Folder folder;
  Place() {
    cli::write(folder / "text.txt", cli::some_text());
    REQUIRE(cli::run(folder, "train --data text.txt --attend --out run --steps 30 --eval-every 0" + cli::tiny)
                .status == 0);
  }
  cli::Result attend(const std::string& arguments) const { return cli::run(folder, "attend " + arguments); }
};

}  // namespace

TEST_CASE("attend: writes the report, the analysis, every number and the weights, and says what it found") {
  const Place place;
  CHECK(cli::exists(place.folder / "run/checkpoints/00000000.safetensors"));
  CHECK(cli::exists(place.folder / "run/checkpoints/00000030.safetensors"));
  const cli::Result r = place.attend("run --windows 8");
  CHECK(r.status == 0);
  CHECK(r.err == "");
  for (const char* question :
       {"What does each head look at?", "Do different heads do different things?", "Does it matter?"})
    CHECK(has(r.out, question));
  CHECK_FALSE(has(r.out, "nan"));
  const std::string out = place.folder / "run/attention/";
  for (const char* file : {"report.html", "analysis.md", "attention.json", "text-1.npy", "text-1.png"})
    CHECK(cli::exists(out + file));
  CHECK_FALSE(has(cli::read(out + "analysis.md"), "nan"));

  const json j = json::parse(cli::read(out + "attention.json"));
  const Tensor maps = load_npy(out + "text-1.npy");  // [L, H, T, T]
  CHECK(maps.shape() ==
        Shape{1, 2, std::ssize(j["texts"][0]["tokens"]), std::ssize(j["texts"][0]["tokens"])});
  CHECK(std::abs(maps.sum({-1}).sum().item() - 2.0 * static_cast<double>(maps.size(2))) <= 1e-4);
  CHECK(j["by_head"].size() == 2);
  CHECK(j["integrity"]["future"] == 0);

  SUBCASE("the same again, byte by byte") {
    REQUIRE(place.attend("run --windows 8 --out again").status == 0);
    for (const char* file : {"report.html", "analysis.md", "attention.json", "text-1.npy", "text-1.png"})
      CHECK(cli::read(place.folder / "again/" + file) == cli::read(out + file));
  }
  SUBCASE("on any number of threads") {
    REQUIRE(place.attend("run --windows 8 --out one --threads 1").status == 0);
    REQUIRE(place.attend("run --windows 8 --out three --threads 3").status == 0);
    CHECK(cli::read(place.folder / "one/attention.json") == cli::read(place.folder / "three/attention.json"));
  }
}

TEST_CASE("attend: shows the texts that it is given") {
  const Place place;
  const std::string text = cli::some_text().substr(0, 9);
  const cli::Result r =
      place.attend("run '" + text + "' '" + text.substr(2, 5) + "' --quick --windows 8 --out seen");
  CHECK(r.status == 0);
  const json j = json::parse(cli::read(place.folder / "seen/attention.json"));
  REQUIRE(j["texts"].size() == 2);
  std::string back;
  for (const json& token : j["texts"][0]["tokens"])
    back += token.contains("base64") ? std::string(" ") : token["text"].get<std::string>();
  CHECK(back.size() == 9);
  CHECK(j["texts"][1]["tokens"].size() == 5);
  CHECK(has(r.out, "Not measured: heads were not removed."));
}

TEST_CASE("attend: one clear message and the documented exit code for what it cannot do") {
  const Place place;
  const auto refused = [&](const std::string& arguments, int status, const std::string& why) {
    const cli::Result r = place.attend(arguments);
    CHECK(r.status == status);
    CHECK(has(r.err, why));
    CHECK(r.out == "");
  };
  refused("nowhere", 3, "nowhere: there is no such run folder");
  refused("run it", 3, "is 2 tokens; at least 3 are needed");
  refused("run 'the the the the the the'", 3, "tokens long, and the model sees 16 at once");
  refused("run 'a€c'", 3, "€");
  refused("run --data none.txt", 3, "none.txt");
  refused("run --windows 0", 2, "--windows");
  refused("run --out text.txt/x", 4, "text.txt/x");
  cli::write(place.folder / "text.txt", "short");
  refused("run", 3, "text.txt");
}
