// ctest: LABELS bench
// ctest: RUN_SERIAL ON
// ctest: TIMEOUT 600
// nanoGPT's recipe for a CPU, on real text: what it reaches, and how soon.
#include <doctest/doctest.h>

#include <string>

#include "command.h"
#include "real_data.h"

using namespace cli;

TEST_CASE("--preset nano reaches a validation loss of 1.92 in 45 seconds") {
  const std::string text = real_data("tinyshakespeare.txt");
  if (text.empty()) return;
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
