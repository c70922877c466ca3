// ctest: LABELS bench
// ctest: RUN_SERIAL ON
// ctest: TIMEOUT 600
// nanoGPT's recipe for a CPU, on real text: what it reaches, and how soon.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "cli/command.h"
#include "place.h"

using namespace cli;

TEST_CASE("--preset nano reaches a validation loss of 1.92 in 45 seconds") {
  const std::string text =
      std::filesystem::absolute(place::source() + "/../shared/data/tinyshakespeare.txt").lexically_normal();
  if (!exists(text)) {
    MESSAGE("SKIPPED: ", text, " is not there");
    return;
  }
  const Folder place;
  const Result r = run(place, "train --preset nano --out run --data '" + text + "'");
  INFO(r.out, r.err);
  REQUIRE(r.status == 0);
  const std::string last = lines(read(place / "run/log.jsonl")).back();
  MESSAGE(last);
  CHECK(number(last, "step") == 2000);
  CHECK(number(last, "val_loss") <= 1.92);
  CHECK(number(last, "elapsed_seconds") < 45);
}
