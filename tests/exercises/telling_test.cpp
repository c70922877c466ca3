// ctest: TIMEOUT 600
// What a learner is told about an experiment, about files, about what is not judged yet, and in which words.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "exercises/learner.h"

using cli::Result;
using exercises::expect;
using exercises::has;
using exercises::Learner;

TEST_CASE("an experiment runs beside the learner's files, and says what it wrote there") {
  const Learner learner;
  const std::string name = "5.02-scaling", work = learner / ("work/" + name),
                    ours = place::source() + "/exercises/" + name + "/solution";
  expect(learner, "reset 5.2", 0, "");
  cli::write(work + "/answers.txt", cli::read(ours + "/answers.txt"));
  std::string code = cli::read(ours + "/exercise.cpp");
  const std::size_t body = code.find("{\n", code.find("dot_product_variance")) + 2;
  const auto with = [&](const std::string& statement) {
    return "#include <cstdlib>\n#include <fstream>\n#include \"gradus/base/error.h\"\n" +
           std::string(code).insert(body, "  " + statement + "\n");
  };
  cli::write(work + "/exercise.cpp", with("std::ofstream(\"picture.svg\") << \"<svg/>\";"));
  const Result first = expect(learner, "run 5.2", 0, "written to work/5.02-scaling: picture.svg\n");
  CHECK(has(first.out, "(your functions are not checked yet)"));
  CHECK(cli::read(work + "/picture.svg") == "<svg/>");
  CHECK_FALSE(cli::exists(learner / "picture.svg"));

  cli::write(work + "/exercise.cpp", with("gradus::fail(\"one row too many\");"));
  const Result stopped = learner.run("run 5.2");  // an error that the learner's code throws is no crash
  CHECK(has(stopped.out, "one row too many"));
  CHECK_FALSE(has(stopped.out, "crashed"));
  cli::write(work + "/exercise.cpp", with("std::abort();"));
  expect(learner, "run 5.2", 1, "crashed in the experiment (abort)");
  cli::write(work + "/exercise.cpp", with("std::exit(0);"));
  expect(learner, "run 5.2", 1, "the program was ended in the experiment");

  cli::write(work + "/exercise.cpp", with("return 1;"));
  expect(learner, "check 5.2", 1, " x    dot products of width d have a variance of d");
  expect(learner, "run 5.2", 0, "\n(your functions or answers do not pass the check yet)\n");
  cli::write(work + "/exercise.cpp", code);
  expect(learner, "check 5.2", 0, "all ");
  CHECK_FALSE(has(learner.run("run 5.2").out, "(your"));
}

TEST_CASE("of two files, the one is named that was made, or that waits") {
  const Learner learner;
  const std::string work = learner / "work/5.02-scaling",
                    ours = place::source() + "/exercises/5.02-scaling/solution";
  const auto write_down = [&](const std::string& name) { cli::write(work + name, cli::read(ours + name)); };
  const Result stub = expect(learner, "check 5.2", 1, "in work/5.02-scaling/exercise.cpp and answers.txt\n");
  CHECK(has(stub.out, "made work/5.02-scaling/exercise.cpp and answers.txt, yours"));
  write_down("/answers.txt");
  expect(learner, "check 5.2", 1, "in work/5.02-scaling/exercise.cpp\n");
  write_down("/exercise.cpp");
  std::filesystem::remove(work + "/answers.txt");
  const Result open = expect(learner, "check 5.2", 1, "made work/5.02-scaling/answers.txt, yours");
  CHECK(has(open.out, "in work/5.02-scaling/answers.txt\n"));
}

TEST_CASE("a verdict counts the checks that were to run, and says what --full would judge") {
  const Learner learner;
  const std::string name = "5.09-attention-visualisation", work = learner / ("work/" + name),
                    ours = place::source() + "/exercises/" + name + "/solution";
  expect(learner, "reset 5.9", 0, "");
  for (const std::string file : {"/exercise.cpp", "/answers.txt"})
    cli::write(work + file, cli::read(ours + file));
  const std::string out =
      expect(learner, "check 5.9", 0, "2 more checks train, and judge 5 of your answers:").out;
  const std::string all = out.substr(out.find(" all ") + 5);
  const std::string n = all.substr(0, all.find(' '));
  CHECK(has(all, n + " checks pass"));
  std::string answers = cli::read(ours + "/answers.txt");
  const std::size_t at = answers.find("= ", answers.find("answer.first_token")) + 2;
  cli::write(work + "/answers.txt", answers.insert(at, "7"));
  const std::string one_less = std::to_string(std::stoi(n) - 1);
  const Result wrong = expect(learner, "check 5.9", 1, one_less + " of " + n + " checks pass");
  CHECK_FALSE(has(wrong.out, "not judged yet"));
  expect(learner, "check 5.9 --json", 1, "\"passed\":" + one_less + ",\"total\":" + n);
}

TEST_CASE("running text keeps to the width of the terminal, and to 90 columns") {
  const Learner learner;
  if (cli::shell(learner, "command -v script").status != 0) {
    MESSAGE("skipped: there is no script(1) to make a terminal with");
    return;
  }
  for (const std::size_t width : {60, 80, 120}) {
    CAPTURE(width);
    cli::write(learner / "hint.sh", "stty cols " + std::to_string(width) + "; export TERM=dumb\n" +
                                        learner.command("hint 5.3 --level 3"));
    const std::string out =
        cli::shell(learner, "script -qec 'sh hint.sh' /dev/null </dev/null | tr -d '\\r'").out;
    std::size_t widest = 0;
    for (const std::string& line : cli::lines(out)) widest = std::max(widest, line.size());
    INFO(out);
    CHECK(widest <= std::min<std::size_t>(width, 90));
    CHECK(widest > std::min<std::size_t>(width, 90) - 15);
  }
}

TEST_CASE("a command that is shown can be copied, whatever the folders are called") {
  const Learner learner;
  const std::string odd = "it's $HOME";
  std::filesystem::create_directory(learner / odd);
  std::filesystem::create_symlink(place::program(), learner / (odd + "/gradus"));
  const std::string command = "export GRADUS_WORK=\"it's \\$HOME/work\"; \"it's \\$HOME/gradus\" exercise ";
  const std::string file = learner / (odd + "/work/" + learner.name + "/exercise.cpp");
  const Result hint = cli::shell(learner, command + "hint 5.5 --level 1; " + command + "reset 5.5");
  INFO(hint.out, hint.err);
  cli::write(file, "half an answer");
  std::string undo;
  for (const std::string& line : cli::lines(cli::shell(learner, command + "reset 5.5").out))
    if (has(line, "  cp ")) undo = line;
  REQUIRE(cli::shell(learner, undo).status == 0);
  CHECK(cli::read(file) == "half an answer");
  std::string next;
  for (const std::string& line : cli::lines(cli::shell(learner, command).out))
    if (line.rfind("type ", 0) == 0) next = line.substr(5, line.find(" check ") - 5);
  INFO(next);
  CHECK(has(cli::shell(learner, command.substr(0, command.find(';') + 1) + next + " list").out, "status"));
}
