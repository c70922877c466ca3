// ctest: TIMEOUT 600
// What a learner does, with the program itself: every test case is a learner with a work folder of their own.
#include <doctest/doctest.h>

#include <filesystem>
#include <sstream>
#include <string>

#include "exercises/learner.h"

using cli::Result;
using exercises::Background;
using exercises::expect;
using exercises::has;
using exercises::Learner;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

/// In one line, wherever it was broken.
std::string joined(const std::string& text) {
  std::istringstream words(text);
  std::string all;
  for (std::string word; words >> word;) all += (all.empty() ? "" : " ") + word;
  return all;
}

/// The status of 5.5 in `exercise list`.
std::string listed(const Learner& learner) {
  for (const std::string& line : cli::lines(learner.run("list").out))
    if (line.rfind("5.5 ", 0) == 0) return line.substr(line.find("min") + 5);
  return "not listed";
}

}  // namespace

TEST_CASE("the first start greets and makes a work copy; every start says what to do next") {
  const Learner learner;
  const Result first = learner.run("");
  INFO(first.out, first.err);
  CHECK(first.status == 0);
  CHECK(has(first.out, "Welcome"));
  CHECK(has(first.out, "compiler "));
  CHECK(has(first.out, place::build()));
  CHECK(count(first.out, " exercise check ") == 1);
  CHECK(has(first.out, "work/5."));
  const Result second = learner.run("");
  CHECK_FALSE(has(second.out, "Welcome"));
  CHECK(has(second.out, "0 of "));
  CHECK(listed(learner) == "todo");
}

TEST_CASE("an exercise that does not exist is a wrong command line, and makes nothing") {
  const Learner learner;
  for (const std::string command : {"check", "hint", "watch --once", "solution", "reset", "run"}) {
    const Result r = expect(learner, command + " 5.50", 2, "there is no exercise \"5.50\". There are:");
    CHECK(r.out == "");
    CHECK(has(r.err, " 5.5"));
  }
  expect(learner, "hint 5.5 --level 4", 2, "hints 1 to 3");
  expect(learner, "solution", 2, "");
  expect(learner, "check 5.5 --seed x", 2, "--seed");
  CHECK_FALSE(cli::exists(learner / "work/5.05-dot-product-attention"));
}

TEST_CASE("hints come one after the other, and any of them again") {
  const Learner learner;
  std::string all[3];
  for (int i = 0; i < 3; ++i)
    all[i] = expect(learner, "hint 5.5", 0, "hint " + std::to_string(i + 1) + " of 3").out;
  CHECK(all[0] != all[1]);
  CHECK(has(expect(learner, "hint 5.05", 0, "hint 3 of 3").out, "--give-up"));
  CHECK(expect(learner, "hint 5.5 --level 1", 0, "hint 1 of 3").out == all[0]);
  CHECK(has(cli::read(learner / "work/state.txt"), " 3 -\n"));
}

TEST_CASE("a solution is locked until the answer passes, or the learner gives up") {
  const Learner learner;
  const Result locked = expect(learner, "solution 5.5", 1, "--give-up");
  CHECK_FALSE(has(locked.out, "softmax"));
  expect(learner, "solution 5.5 --give-up", 0, "solution/exercise.cpp");
  CHECK(listed(learner) == "seen");
  expect(learner, "solution 5.5", 0, "softmax");
}

TEST_CASE("reset keeps what was there, and says how to get it back") {
  const Learner learner;
  expect(learner, "reset 5.5", 0, "as it was at the beginning");
  CHECK(cli::read(learner.file()) == learner.stub());
  learner.write("half an answer");
  const Result r = expect(learner, "reset 5.5", 0, "to undo");
  CHECK(cli::read(learner.file()) == learner.stub());
  learner.write("another");
  expect(learner, "reset 5.5", 0, "to undo");  // in the same second: nothing is overwritten
  std::string undo;
  for (const std::string& line : cli::lines(r.out))
    if (has(line, "  cp ")) undo = line;
  REQUIRE(cli::shell(learner, undo).status == 0);
  CHECK(cli::read(learner.file()) == "half an answer");
}

TEST_CASE("a damaged state is put aside, a strange line in it is kept") {
  const Learner learner;
  expect(learner, "hint 5.5", 0, "hint 1");
  const std::string state = learner / "work/state.txt", good = cli::read(state);
  cli::write(state, good + "9.99 done of another version\n5.06 done x y z -\n");
  expect(learner, "hint 5.5", 0, "hint 2");
  CHECK(has(cli::read(state), "9.99 done of another version\n5.06 done x y z -\n"));
  cli::write(state, std::string("\0\1\2 rubbish", 11));
  expect(learner, "hint 5.5", 0, "was damaged");
  expect(learner, "hint 5.5", 0, "hint 2");
  CHECK(cli::shell(learner, "cat work/.backup/state-*.txt").out == std::string("\0\1\2 rubbish", 11));
}

TEST_CASE("from the stub over every kind of trouble to a pass") {
  Learner learner;
  INFO("not written");
  const Result stub = expect(learner, "check 5.5", 1, "not written yet");
  CHECK(has(stub.out, "weights from q and k"));
  expect(learner, "check 5.5 --json", 1, "\"outcome\":\"todo\",\"passed\":0,\"total\":9");
  CHECK(listed(learner) == "todo");

  INFO("does not compile: the first error, in the learner's own file and line");
  learner.write(learner.with("return matmul", "return matmull(scores, v) + sofmax(v); return matmul"));
  const Result broken = expect(learner, "check 5.5", 1, "does not compile");
  CHECK(has(broken.out, learner.name + "/exercise.cpp:11:10: error: "));
  CHECK(has(broken.out, "matmull'"));
  CHECK(has(broken.out, "11 |   return matmull(scores, v)"));
  CHECK(count(broken.out, "error:") == 1);
  const Result all = expect(learner, "check 5.5 -v", 1, "Building CXX");
  CHECK(count(all.out, "error:") >= 2);
  CHECK(has(expect(learner, "check 5.5 --json", 1, "\"outcome\":\"build_error\"").out, "\"line\":11"));
  CHECK(listed(learner) == "failing");

  INFO("crashes");
  learner.write(learner.with("return matmul", "*reinterpret_cast<volatile int*>(8) = 1; return matmul"));
  const Result crash = expect(learner, "check 5.5", 1, "(segmentation fault)");
  CHECK(has(crash.out, "crashed in \"the output has a row for every query"));
  CHECK(has(joined(crash.out), "an empty tensor, or a recursion without end does this."));
  expect(learner, "check 5.5 --json", 1, "\"outcome\":\"crashed\"");

  INFO("an index outside of its vector, with and without at()");
  learner.write(learner.with(
      "return matmul", "std::vector<float> w(16); w.at(static_cast<std::size_t>(-1)) = d_k; return matmul"));
  expect(learner, "check 5.5", 1, "your code threw: index -1 of a vector of 16 is outside 0 ... 15: was");
  learner.write(
      learner.with("return matmul",
                   "std::vector<float> w(3); w[3 + static_cast<std::size_t>(q.size(0))] = 1; return matmul"));
  CHECK(has(expect(learner, "check 5.5", 1, "(abort)").out, "An index outside of its vector"));

  INFO("never comes back");
  learner.seconds = "0.5";
  learner.write(
      learner.with("return matmul", "if (d_k > 0) for (volatile int i = 0;; i = 1) {} return matmul"));
  const Result endless =
      expect(learner, "check 5.5", 1, "no answer after 0.5 s in \"the output has a row for every query");
  CHECK(has(endless.out, "an endless loop?"));
  learner.seconds = "20";

  INFO("ends the program");
  learner.write("#include <cstdlib>\n" + learner.with("return matmul", "std::exit(0); return matmul"));
  expect(learner, "check 5.5", 1, "the program was ended in");

  INFO("calls what it is to build");
  learner.write(
      "#include \"gradus/ops/attention.h\"\n" +
      learner.with("return matmul", "if (d_k < 0) return gradus::attention(q, k, v); return matmul"));
  const Result closed =
      expect(learner, "check 5.5", 1, "closed book: this exercise is the thing you are calling");
  CHECK(has(closed.out, "gradus::attention"));

  INFO("is wrong: one failure in full, the rest in a line");
  learner.write(learner.with("std::sqrt(d_k);",
                             "d_k; std::cout << \"d_k = \" << d_k << \" !\\n\" << q.sum() << '\\n';"));
  const Result wrong = expect(learner, "check 5.5", 1, "2 of 9 checks pass");
  CHECK(has(joined(wrong.out), "d_k itself: the root is missing"));
  for (const std::string& line : cli::lines(wrong.out))
    CHECK((line.size() <= 90 || has(line, place::program())));
  CHECK(has(wrong.out, "not judged yet: 6 more checks"));
  CHECK(has(wrong.out, "| d_k = 7 !\n"));
  CHECK(has(wrong.out, "  float32 []\n"));
  CHECK_FALSE(has(wrong.out, "\033"));
  const std::string seed = wrong.out.substr(wrong.out.find("seed "));
  CHECK(has(expect(learner, "check 5.5", 1, "").out, seed));
  const Result json = expect(learner, "check 5.5 --json --seed 7", 1, "\"cause\":\"scale\"");
  CHECK(cli::lines(json.out).size() == 1);
  CHECK(has(json.out, "\"outcome\":\"failed\",\"passed\":2,\"total\":9"));
  CHECK(has(json.out, "\"seed\":7"));
  CHECK(has(cli::read(learner / "work/state.txt"), "5.05 failing "));
  CHECK(has(learner.run("").out, "now    5.5"));

  INFO("passes");
  learner.write(learner.solution());
  expect(learner, "check 5.5", 0, "all 9 checks pass");
  expect(learner, "check 5.5 --json", 0, "\"outcome\":\"passed\",\"passed\":9,\"total\":9");
  CHECK(listed(learner) == "done");
  expect(learner, "solution 5.5", 0, "Three lines");
  const bool others_wait = has(learner.run("list").out, "todo");
  expect(learner, "check all", others_wait ? 1 : 0, "all 9 checks pass");

  INFO("is edited after the pass");
  learner.write(learner.solution() + "// and a thought\n");
  CHECK(listed(learner) == "done, edited since");
  const std::string state = learner / "work/state.txt";
  std::string line = cli::read(state);
  const std::size_t at = line.find("5.05 done ") + 27;
  cli::write(state, line.replace(at, 16, "0123456789abcdef"));
  CHECK(listed(learner) == "done, edited and checks changed since");
  learner.write(learner.solution());
  CHECK(listed(learner) == "done, checks changed since");
  learner.write("");
  expect(learner, "check 5.5", 3, "is empty");
}

TEST_CASE("two learners who share a build folder do not get each other's verdict") {
  const Learner one, two;
  for (const Learner* learner : {&one, &two}) expect(*learner, "reset 5.5", 0, "");
  one.write(one.solution());
  two.write(two.with("/ std::sqrt(d_k)", "/ 1.0"));
  const Result both = cli::shell(
      one, one.command("check 5.5 & a=$!; ") + two.command("check 5.5; b=$?; wait $a; echo $? $b"));
  INFO(both.out, both.err);
  CHECK(has(both.out, "\n0 1\n"));
}

TEST_CASE("watch --once is a check, and run judges nothing") {
  const Learner learner;
  expect(learner, "watch 5.5 --once", 1, "not written yet");
  expect(learner, "run 5.5", 0, "5.5 has no experiment");
  expect(learner, "run 5.2", 1, "not written yet: ");
}

TEST_CASE("watch without a terminal prints verdicts, and loses no save") {
  const Learner learner;
  expect(learner, "reset 5.5", 0, "");
  learner.write(
      "#include <chrono>\n#include <thread>\n" +
      learner.with("return matmul", "std::this_thread::sleep_for(std::chrono::seconds(60)); return matmul"));
  Background watch(learner, learner.command("watch 5.5"));
  CHECK(watch.says("watching"));
  std::this_thread::sleep_for(std::chrono::seconds(3));  // it builds, or already waits for this answer
  learner.write(learner.with("/ std::sqrt(d_k)", "/ 1.0"));
  CHECK(watch.says("2 of 9 checks pass"));
  CHECK_FALSE(has(watch.output(), "no answer after"));

  std::filesystem::rename(learner.file(), learner / "away.cpp");
  CHECK(watch.says("waiting for it"));
  cli::write(learner / "new.cpp", learner.solution());
  std::filesystem::rename(learner / "new.cpp", learner.file());  // as editors save
  CHECK(watch.says("all 9 checks pass"));
  CHECK_FALSE(has(watch.output(), "\033"));
  CHECK(listed(learner) == "done");
}

TEST_CASE("watch on a terminal obeys keys") {
  const Learner learner;
  if (cli::shell(learner, "command -v script").status != 0) {
    MESSAGE("skipped: there is no script(1) to make a terminal with");
    return;
  }
  expect(learner, "reset 5.5", 0, "");
  learner.write(
      learner.with("return matmul",
                   "static int calls = 0; for (volatile int i = calls++; i > 0; i = 1) {} return matmul"));
  cli::write(learner / "watch.sh", "export TERM=xterm; unset NO_COLOR\n" + learner.command("watch 5.5"));
  Background terminal(learner, "script -qec 'sh watch.sh' /dev/null");
  CHECK(terminal.says("running: the weights of each query sum to 1"));
  learner.write(learner.with("/ std::sqrt(d_k)", "/ 1.0"));
  CHECK(terminal.says("\033[31m2 of 9 checks pass"));
  CHECK(terminal.says("q quit"));
  terminal.type("h");
  CHECK(terminal.says("hint 1 of 3"));
  terminal.type("l");
  CHECK(terminal.says("Dot-product attention"));
  CHECK(terminal.says("failing"));
  terminal.type("s");
  CHECK(terminal.says("opens when your answer has passed"));
  terminal.type("r");
  CHECK(terminal.says("y/n"));
  terminal.type("n");
  CHECK(terminal.says("left as it is"));
  learner.write(learner.solution());
  CHECK(terminal.says("\033[32mall 9 checks pass"));
  terminal.type("r");
  CHECK(terminal.says("y/n"));
  terminal.type("y");
  CHECK(terminal.says("to undo"));
  CHECK(cli::read(learner.file()) == learner.stub());
  terminal.type("n");  // a pass alone has not moved on
  CHECK(terminal.says(count(learner.run("list").out, "todo") > 0 ? "not written yet"
                                                                 : "no other exercise waits"));
  terminal.type("q");
  CHECK(terminal.ended() == 0);
}
