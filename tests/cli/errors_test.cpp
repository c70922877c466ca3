// Whatever is wrong with the command line, the files or the machine: one message, the documented exit code,
// nothing lost.
#include <doctest/doctest.h>

#include <string>

#include "command.h"
#include "place.h"

using namespace cli;

namespace {

struct Place : Folder {
  Place() {
    write(*this / "text.txt", some_text());
    write(*this / "empty.txt", "");
    write(*this / "short.txt", "too short");
    write(*this / "binary.txt", some_text() + "\xff\xfe");
  }
};

/// Fails with this code, and with one message on stderr that holds `said`.
void refuses(const Folder& place, const std::string& arguments, int status, const std::string& said) {
  const Result r = run(place, arguments);
  INFO("gradus ", arguments, "\n", r.out, r.err);
  CHECK(r.status == status);
  CHECK(r.err.starts_with("gradus: "));
  CHECK(r.err.find(said) != std::string::npos);
  CHECK(lines(r.err).size() <= 10);
}

}  // namespace

TEST_CASE("command lines that cannot be right exit with 2") {
  const Place place;
  refuses(place, "", 2, "a command is needed");
  refuses(place, "trian", 2, "trian");
  refuses(place, "train --widht 64", 2, "--widht");
  refuses(place, "train --width abc", 2, "--width");
  refuses(place, "train --width", 2, "--width");
  refuses(place, "train --preset huge", 2, "huge");
  refuses(place, "train --tokenizer bpe", 2, "word or char or byte");
  refuses(place, "train --decay exponential", 2, "cosine");
  refuses(place, "train --width 65 --heads 4", 2, "64 or 68");
  refuses(place, "train --steps 0", 2, "--steps");
  refuses(place, "train --lr -1", 2, "--lr");
  refuses(place, "train --lr nan", 2, "--lr");
  refuses(place, "train --dropout 1", 2, "--dropout");
  refuses(place, "train --layers 99999999999999999999", 2, "--layers");
  refuses(place, "train --threads 0", 2, "--threads");
  refuses(place, "generate", 2, "run");
  refuses(place, "eval run --tokens 1,2", 2, "--logits");
  refuses(place, "gradcheck no_such_op", 2, "softmax");
  refuses(place, "gradcheck exp --tolerance nan", 2, "--tolerance");
  refuses(place, "generate run --temperature nan", 2, "--temperature");
  refuses(place, "generate run --temperature hot", 2, "--temperature: must lie between 0 and 1e+06, not hot");
  refuses(place, "generate run --top-p nan", 2, "--top-p");
  CHECK(shell(place, "GRADUS_NUM_THREADS=many '" + place::program() + "' train --steps 1").status == 2);
}

TEST_CASE("files that cannot be learned from exit with 3") {
  const Place place;
  refuses(place, "train --data missing.txt", 3, "missing.txt: cannot open: No such file");
  refuses(place, "train --data empty.txt", 3, "empty.txt: the file is empty");
  refuses(place, "train --data short.txt", 3, "short.txt: the text is too short");
  refuses(place, "train --data text.txt --context 20000", 3, "too short");
  refuses(place, "train --data binary.txt", 3, "--tokenizer byte");
  refuses(place, "train --data .", 3, "cannot read");
  CHECK_FALSE(exists(place / "runs"));
}

TEST_CASE("an existing run is never overwritten") {
  const Place place;
  REQUIRE(run(place, "train --data text.txt --steps 2 --out run" + tiny).status == 0);
  const std::string before = read(place / "run/model.safetensors");
  refuses(place, "train --data text.txt --steps 2 --out run --seed 2" + tiny, 2, "--resume run");
  CHECK(read(place / "run/model.safetensors") == before);
  write(place / "file", "");
  refuses(place, "train --data text.txt --out file", 2, "folder");
}

TEST_CASE("a resumed run keeps what decides its bits") {
  const Place place;
  REQUIRE(run(place, "train --data text.txt --steps 2 --out run" + tiny).status == 0);
  refuses(place, "train --resume run", 2, "has taken its 2 steps");
  refuses(place, "train --resume run --steps 4 --width 32", 2, "--width cannot change");
  refuses(place, "train --resume run --steps 4 --out other", 2, "leave out --out");
  refuses(place, "train --resume nowhere", 3, "nowhere: there is no such run folder");
  refuses(place, "train --resume run --steps 4 --data short.txt", 3, "");
  write(place / "text.txt", some_text() + "and");
  refuses(place, "train --resume run --steps 4", 3, "not the text");
}

TEST_CASE("a damaged run folder exits with 3, and says which file") {
  const Place place;
  REQUIRE(run(place, "train --data text.txt --steps 2 --out run" + tiny).status == 0);
  const auto damage = [&](const std::string& file, const std::string& content, const std::string& said) {
    const std::string path = place / ("run/" + file), good = read(path);
    write(path, content);
    refuses(place, "generate run", 3, said);
    refuses(place, "eval run --data text.txt", 3, said);
    write(path, good);
  };
  const std::string config = read(place / "run/config.json"), weights = read(place / "run/model.safetensors");
  damage("config.json", "{", "config.json: not a JSON object");
  damage("config.json", "{}", "\"model\"");
  std::string other = config;
  other.replace(other.find("\"width\": 16"), 11, "\"width\": 18");
  damage("config.json", other, "these are not the weights of this model");
  other = config;
  other.replace(other.find("\"width\": 16"), 11, "\"width\": \"\"");
  damage("config.json", other, "\"width\" must be a whole number");
  damage("tokenizer.json", "[]", "tokenizer.json");
  damage("tokenizer.json", R"({"kind": "byte"})", "256 tokens, but config.json says");
  damage("model.safetensors", "", "model.safetensors");
  damage("model.safetensors", weights.substr(0, weights.size() - 1), "model.safetensors");
  damage("model.safetensors", weights.substr(0, 100), "model.safetensors");
  write(place / "run/training.safetensors", weights);
  refuses(place, "train --resume run --steps 4", 3, "training.safetensors: not a training state");
  refuses(place, "generate missing", 3, "missing: there is no such run folder");
  refuses(place, "generate .", 3, "not a run folder");
}

TEST_CASE("ids and characters outside the vocabulary exit with 3") {
  const Place place;
  REQUIRE(run(place, "train --data text.txt --steps 2 --out run" + tiny).status == 0);
  refuses(place, "eval run --tokens 1,2,1000 --logits out.npy", 3, "id 1000 (number 3)");
  refuses(place, "eval run --tokens=-1 --logits out.npy", 3, "id -1");
  refuses(place, "eval run --tokens 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1 --logits out.npy", 3,
          "context holds 16");
  refuses(place, "generate run --prompt QX", 3, "'Q'");
  refuses(place, "eval run --data empty.txt", 3, "empty.txt");
  refuses(place, "eval run --data missing.txt", 3, "missing.txt");
  CHECK_FALSE(exists(place / "out.npy"));
}

TEST_CASE("a full disk exits with 4 and loses nothing") {
  const Place place;
  const std::string train = "train --data text.txt --eval-every 20" + tiny;
  refuses(place, train + "--steps 60 --json-log /dev/full --out log", 4,
          "/dev/full: cannot write: No space left");
  refuses(place, train + "--steps 60 --json-log no/such/folder --out log2", 4, "no/such/folder");
  refuses(place, train + "--steps 60 --out /proc/run", 4, "/proc/run");

  // A limit below the size of the weights: the run cannot even begin, and leaves no folder behind.
  Result r = shell(place, "ulimit -f 8; '" + place::program() + "' " + train + "--steps 60 --out none");
  CHECK(r.status == 4);
  CHECK(r.err.find("cannot write: File too large") != std::string::npos);
  CHECK_FALSE(exists(place / "none"));

  // A limit that the log passes on its way: the last save is intact, and the run goes on from it.
  REQUIRE(run(place, train + "--steps 60 --out whole").status == 0);
  const auto enough = read(place / "whole/training.safetensors").size() / 512 + 2;
  r = shell(place, "ulimit -f " + std::to_string(enough) + "; '" + place::program() + "' " + train +
                       "--steps 2000 --decay-steps 60 --out run");
  INFO(r.out, r.err);
  CHECK(r.status == 4);
  CHECK(r.err.find("log.jsonl: cannot write") != std::string::npos);
  CHECK(run(place, "generate run --tokens 5").status == 0);
  CHECK(run(place, "train --resume run --steps 2000").status == 0);

  r = shell(place, "'" + place::program() + "' generate whole --tokens 5 >/dev/full");
  CHECK(r.status == 4);
  r = shell(place, "'" + place::program() + "' info >/dev/full");
  CHECK(r.status == 4);
}

TEST_CASE("a run that cannot fit in memory exits with 4 before it begins") {
  const Place place;
  refuses(place, "train --data text.txt --width 200000 --layers 1000 --heads 2", 4, "available");
  CHECK_FALSE(exists(place / "runs"));
}

TEST_CASE("a loss that is not finite exits with 5 before the weights are touched") {
  const Place place;
  const std::string flags = " --lr 1e6 --warmup 0 --decay constant --clip 0 --eval-every 1" + tiny;
  const Result r = run(place, "train --data text.txt --steps 400 --out run" + flags);
  INFO(r.out, r.err);
  REQUIRE(r.status == 5);
  CHECK(r.err.find("The last save, after ") != std::string::npos);
  const std::size_t at = r.err.find("step ");
  REQUIRE(at != std::string::npos);
  const int step = std::atoi(r.err.c_str() + at + 5);
  REQUIRE(step > 1);
  CHECK(lines(read(place / "run/log.jsonl")).size() == static_cast<std::size_t>(step - 1));
  CHECK(run(place, "train --data text.txt --out other --steps " + std::to_string(step - 1) + flags).status ==
        0);
  CHECK(read(place / "run/model.safetensors") == read(place / "other/model.safetensors"));
}
