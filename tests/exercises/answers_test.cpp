// How answers.txt is read, by the program that checks an exercise, and how its answers are judged.
#include "exercises/common/answers.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "command.h"
#include "place.h"
#include "reference/expect.h"

using namespace gradus::exercises;

namespace {

/// What a trial with this one answer, "name", is told: a cause and a sentence, "todo", or "pass".
template <class Judge> Failure told(const std::string& text, const Judge& judge) {
  Trial trial;
  trial.answers["name"] = text;
  try {
    judge(trial);
  } catch (const Failure& f) { return f; } catch (const NotWritten&) {
    return {"todo", ""};
  }
  return {"pass", ""};
}

Failure number(const std::string& text, double expected, double tolerance = 0) {
  return told(text, [&](const Trial& t) {
    expect_number(t, "name", expected, tolerance,
                  {{2, "doubled", "that is twice as much."}, {-INFINITY, "masked", "nothing is left."}});
  });
}

Failure choice(const std::string& text) {
  return told(text, [](const Trial& t) {
    expect_choice(t, "name", "falls", {{"rises", "upside-down", "the other way."}, {"falls"}, {"stays"}});
  });
}

/// The checks of 5.1 with its solution and these answers.
cli::Result check(const std::string& answers) {
  const Folder folder;
  cli::write(folder / "answers.txt", answers);
  return cli::shell(folder,
                    "'" + place::build() + "/exercises/exercise_5.01_solution' --answers answers.txt");
}

std::string solution() {
  return cli::read(place::source() + "/exercises/5.01-attention-intuition/solution/answers.txt");
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

/// The solution's answers with another line for the referent.
cli::Result with_line(const std::string& line) {
  return check(replaced(solution(), "answer.referent = 2", line));
}

}  // namespace

TEST_CASE("an answer is a number as C++ writes it, all of it") {
  const auto read = [](const std::string& text, double value) { return number(text, value).cause == "pass"; };
  CHECK(read("2.5", 2.5));
  CHECK(read("-3", -3));
  CHECK(read("+.5", 0.5));
  CHECK(read("1e-3", 0.001));
  CHECK(read("inf", INFINITY));
  CHECK(read("-inf", -INFINITY));
  CHECK(read("1/8", 0.125));
  CHECK(read("-3 / 4", -0.75));
  for (const std::string text :
       {"1/0", "1/", "/2", "1/2/3", "ln 8", "0,5", "50%", "half", "1.2.3", "5 words", "1e999", "-", "--1"}) {
    CHECK(number(text, 5, 10).cause == "answer-not-a-number");
    CHECK(number(text, 5).message == "name = " + text +
                                         ": this one is a number: write it as a decimal, such as 0.25, or as "
                                         "a fraction, such as 1/4");
  }
}

TEST_CASE("a number is right within its tolerance, else it is the one that is known, else a stranger") {
  CHECK(number("1.25", 1, 0.25).cause == "pass");
  CHECK(number("0.75", 1, 0.25).cause == "pass");
  CHECK(number("1.26", 1, 0.25).cause == "unknown");
  CHECK(number("0.74", 1, 0.25).cause == "unknown");
  CHECK(number("2.25", 1, 0.25).cause == "doubled");
  CHECK(number("2", 1).message == "name = 2: that is twice as much.");
  CHECK(number("2", 1.5, 0.75).cause == "pass");  // near both
  CHECK(number("-inf", 1).cause == "masked");
  CHECK(number("-inf", INFINITY, 9).cause == "masked");
  CHECK(number("nan", 1, 100).cause == "unknown");
  CHECK(number("3", INFINITY, 0.5).cause == "unknown");
}

TEST_CASE("a choice is one of the words") {
  CHECK(choice("falls").cause == "pass");
  for (const std::string text : {"Falls", "falls.", "\"falls\"", "'FALLS'.", "`falls`"})
    CHECK(choice(text).cause == "pass");
  CHECK(choice("Rises.").cause == "upside-down");
  CHECK(choice("it falls").cause == "not-a-choice");
  CHECK(choice("rises").cause == "upside-down");
  CHECK(choice("rises").message == "name = rises: the other way.");
  CHECK(choice("stays").cause == "unknown");
  CHECK(choice("fall").message == "name = fall: choose one of rises, falls, stays");
  CHECK(choice("fall").cause == "not-a-choice");
}

TEST_CASE(
    "a question mark waits for its answer, a line that is gone is a failure, a prediction is never judged") {
  for (const std::string open : {"?", ""}) {
    CHECK(number(open, 1).cause == "todo");
    CHECK(choice(open).cause == "todo");
    CHECK(told(open, [](const Trial& t) { expect_predictions(t, {"name"}); }).cause == "todo");
  }
  const auto gone = [](const Trial& t) { expect_predictions(t, {"name", "other"}); };
  CHECK(told("1", gone).cause == "answer-missing");
  CHECK(has(told("1", gone).message, "\"other = ...\""));
  CHECK(told("no idea", [](const Trial& t) { expect_predictions(t, {"name"}); }).cause == "pass");
  Trial t;
  t.answers["guess"] = "0.9";
  CHECK(expected_by_you(t, "guess") == "you expected 0.9");
}

TEST_CASE("answers are the same with any line ends, spaces and comments") {
  const std::string all = solution();
  REQUIRE(check(all).status == 0);
  for (const std::string& text :
       {replaced(all, "\n", "\r\n"), replaced(all, " = ", "="), replaced(all, " = ", "\t=  \t"),
        replaced(all, "\n", " \t\n"), replaced(all, "\nanswer.", "\n  answer."), "\xEF\xBB\xBF" + all,
        replaced(all, "\nanswer.constant", "  # surely, x = 3\n\nanswer.constant"),
        all.substr(0, all.find_last_not_of('\n') + 1)}) {
    const cli::Result r = check(text);
    INFO(r.out);
    CHECK(r.status == 0);
  }
}

TEST_CASE("what stands between = and a comment is the answer; of two lines with one name the last counts") {
  for (const std::string line :
       {"answer.referent = 4 words", "answer.referent=4 words# or 2", "answer.referent = 4 words\r",
        "answer.referent = 2\nanswer.referent = 4 words"})
    CHECK(has(with_line(line).out, "fail answer-not-a-number\n  answer.referent = 4 words: "));
  CHECK(has(with_line("answer.referent = 2 = 2").out, "answer.referent = 2 = 2: "));
  CHECK(with_line("answer.referent = ?\nanswer.referent = 2").status == 0);
  for (const std::string line : {"answer.referent = ?", "answer.referent =", "answer.referent = # 2"}) {
    const cli::Result r = with_line(line);
    CHECK(r.status == 2);
    CHECK(has(r.out, "todo answer.referent in answers.txt " +
                         std::string(line.back() == '?' ? "still has a question mark" : "is still empty")));
  }
  for (const std::string line : {"answer.referent 2", "# answer.referent = 2", "Answer.referent = 2", ""}) {
    const cli::Result r = with_line(line);
    CHECK(r.status == 1);
    CHECK(has(r.out, "fail answer-missing"));
    CHECK(has(r.out, "\"answer.referent = ...\""));
  }
}
