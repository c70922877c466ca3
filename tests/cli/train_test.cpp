// gradus train, from the outside: the run folder, the log, and the bits.
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "command.h"
#include "place.h"

using namespace cli;

namespace {

/// A folder with a text in it.
struct Place : Folder {
  Place() { write(*this / "text.txt", some_text()); }
  Result train(const std::string& flags) const { return run(*this, "train --data text.txt" + tiny + flags); }
  std::string weights(const std::string& run) const { return read(*this / (run + "/model.safetensors")); }
};

}  // namespace

TEST_CASE("a run leaves a folder with everything in it, and says what it did") {
  const Place place;
  const Result r =
      place.train("--steps 30 --eval-every 10 --out run --json-log log.jsonl --seed 7 --threads 2");
  INFO(r.err);
  REQUIRE(r.status == 0);
  CHECK(r.err.empty());
  for (const char* file : {"config.json", "tokenizer.json", "model.safetensors", "training.safetensors",
                           "log.jsonl", "loss.svg"})
    CHECK_MESSAGE(exists(place / ("run/" + std::string(file))), file);
  for (const char* said : {"parameters", "seed        7", "2 threads", "OpenBLAS", "uniform", "unigram",
                           "bigram", "validation loss"})
    CHECK_MESSAGE(r.out.find(said) != std::string::npos, said);
  CHECK(r.out.find('\r') == std::string::npos);  // no live line in a pipe
  CHECK(r.out.find('\033') == std::string::npos);

  const auto log = lines(read(place / "log.jsonl"));
  CHECK(read(place / "run/log.jsonl") == read(place / "log.jsonl"));
  REQUIRE(log.size() == 30);
  for (std::size_t i = 0; i < log.size(); ++i) {
    INFO(log[i]);
    CHECK(number(log[i], "step") == static_cast<double>(i + 1));
    for (const char* key : {"loss", "learning_rate", "grad_norm", "tokens_per_second", "elapsed_seconds"})
      CHECK(number(log[i], key) > 0);
    CHECK(std::isnan(number(log[i], "val_loss")) == ((i + 1) % 10 != 0));
  }
  CHECK(number(log[29], "val_loss") < number(log[9], "val_loss"));
  CHECK(number(log[0], "learning_rate") == doctest::Approx(1e-3 / 101));
}

TEST_CASE("the last line of the log has a validation loss, whatever the interval") {
  const Place place;
  REQUIRE(place.train("--steps 7 --eval-every 5 --out run").status == 0);
  const auto log = lines(read(place / "run/log.jsonl"));
  REQUIRE(log.size() == 7);
  CHECK(number(log[4], "val_loss") > 0);
  CHECK(number(log[6], "val_loss") > 0);
}

TEST_CASE("half a run and its resumption give the weights of the whole run, bit for bit") {
  const Place place;
  const std::string flags = "--dropout 0.1 --eval-every 4 ";
  REQUIRE(place.train(flags + "--steps 20 --out whole").status == 0);
  REQUIRE(place.train(flags + "--steps 10 --decay-steps 20 --out halves").status == 0);
  CHECK(place.weights("whole") != place.weights("halves"));
  // A line that was logged after the save is forgotten; one that was cut off does no harm.
  const std::string log = read(place / "halves/log.jsonl");
  write(place / "halves/log.jsonl", log + "{\"step\": 11, \"loss\": 9}\n{\"step\": 12, \"lo");
  const Result r = run(place, "train --resume halves --steps 20 --threads 1");
  INFO(r.err);
  REQUIRE(r.status == 0);
  CHECK(place.weights("whole") == place.weights("halves"));
  const auto whole = lines(read(place / "whole/log.jsonl")), halves = lines(read(place / "halves/log.jsonl"));
  REQUIRE(halves.size() == whole.size());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    CHECK(number(halves[i], "step") == number(whole[i], "step"));
    CHECK(number(halves[i], "loss") == number(whole[i], "loss"));
    CHECK(number(halves[i], "learning_rate") == number(whole[i], "learning_rate"));
  }
}

TEST_CASE("Ctrl-C finishes the step and saves; the resumed run is the one that was never stopped") {
  const Place place;
  const std::string flags = " --steps 600 --dropout 0.1 --eval-every 0";
  const Result stopped =
      shell(place, "'" + place::program() + "' train --data text.txt" + tiny + flags +
                       " --out run & pid=$!\n"
                       "while [ $(wc -l 2>/dev/null <run/log.jsonl || echo 0) -lt 5 ]; do sleep 0.01; done\n"
                       "kill -INT $pid; wait $pid");
  INFO(stopped.out, stopped.err);
  REQUIRE(stopped.status == 0);
  const auto log = lines(read(place / "run/log.jsonl"));
  REQUIRE(log.size() < 600);
  CHECK(number(log.back(), "val_loss") > 0);
  CHECK(stopped.out.find("--resume run") != std::string::npos);
  REQUIRE(run(place, "train --resume run").status == 0);
  REQUIRE(place.train(flags + " --out whole").status == 0);
  CHECK(place.weights("run") == place.weights("whole"));
  CHECK(lines(read(place / "run/log.jsonl")).size() == 600);
}

TEST_CASE("weights depend on the seed, and on neither threads nor validations nor samples") {
  const Place place;
  const std::string flags = "--steps 12 --dropout 0.1 ";
  REQUIRE(place.train(flags + "--threads 1 --eval-every 0 --out one").status == 0);
  REQUIRE(place.train(flags + "--threads 2 --eval-every 3 --out two").status == 0);
  REQUIRE(run(place, "train --data text.txt" + tiny + flags + "--threads 3 --seed 2 --out three").status ==
          0);
  REQUIRE(shell(place, "GRADUS_NUM_THREADS=4 '" + place::program() +
                           "' train --data text.txt --layers 1 --heads 2 --width 16 "
                           "--context 16 --batch 4 --sample-every 5 " +
                           flags + "--out four")
              .status == 0);
  CHECK(place.weights("one") == place.weights("two"));
  CHECK(place.weights("one") == place.weights("four"));
  CHECK(place.weights("one") != place.weights("three"));
}

TEST_CASE("the defaults learn the tales: soon below the bigram, with the floor in sight") {
  const Folder place;
  const Result r = run(place, "train --steps 150 --eval-every 150 --sample-every 75 --warmup 20");
  INFO(r.out, r.err);
  REQUIRE(r.status == 0);
  CHECK(r.out.find("floor") != std::string::npos);
  CHECK(r.out.find("a sample after 75 steps") != std::string::npos);
  CHECK(r.out.find("<story> once") != std::string::npos);
  const auto log = lines(read(place / "runs/tales/log.jsonl"));
  REQUIRE(log.size() == 150);
  const std::size_t at = r.out.find("bigram ");
  REQUIRE(at != std::string::npos);
  const double bigram = std::strtod(r.out.c_str() + at + 7, nullptr);
  CHECK(bigram > 1);
  CHECK(number(log.back(), "val_loss") < bigram);
}

TEST_CASE("runs without --out do not get in each other's way") {
  const Place place;
  REQUIRE(place.train("--steps 1").status == 0);
  REQUIRE(place.train("--steps 1").status == 0);
  CHECK(exists(place / "runs/text/model.safetensors"));
  CHECK(exists(place / "runs/text-2/model.safetensors"));
}

TEST_CASE("a dry run counts parameters, memory and operations, and leaves nothing") {
  const Place place;
  const Result r = run(place, "train --data text.txt --preset baby --width 96 --dry-run --out run");
  REQUIRE(r.status == 0);
  for (const char* said : {"parameters", "memory", "FLOP", "6 layers", "width 96", "context 256"})
    CHECK_MESSAGE(r.out.find(said) != std::string::npos, said);
  CHECK_FALSE(exists(place / "run"));
}

TEST_CASE("words and bytes are tokens too") {
  const Place place;
  CHECK(run(place, "train --data text.txt --tokenizer word --steps 2 --out word" + tiny).status == 0);
  write(place / "bytes.bin", some_text() + std::string("\xff\xfe\0 not a text", 17));
  CHECK(run(place, "train --data bytes.bin --tokenizer byte --steps 2 --out byte" + tiny).status == 0);
}

TEST_CASE("the curve is drawn against what it had to beat") {
  const Place place;
  REQUIRE(place.train("--steps 12 --eval-every 4 --out run").status == 0);
  const std::string svg = read(place / "run/loss.svg");
  CHECK(svg.starts_with("<svg "));
  CHECK(svg.ends_with("</svg>\n"));
  for (const char* label :
       {"uniform", "unigram", "bigram", "validation", "training", "prefers-color-scheme: dark"})
    CHECK_MESSAGE(svg.find(label) != std::string::npos, label);
  CHECK(svg.find("nan") == std::string::npos);
  CHECK(svg.find("inf") == std::string::npos);
}
