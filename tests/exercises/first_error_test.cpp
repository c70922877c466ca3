// What the runner reads in the words of compilers, linkers and nm.
#include "tools/exercises/first_error.h"

#include <doctest/doctest.h>

#include <string>

#include "tools/exercises/closed_book.h"

using namespace gradus::tools::exercises;

namespace {
const std::string label = "exercises/work/5.05-dot-product-attention/exercise.cpp";
}

TEST_CASE("the first of several errors, with its place in the learner's file") {
  const FirstError e = first_error(
      "[1/2] Building CXX object exercise.cpp.o\n"
      "FAILED: exercise.cpp.o\n"
      "c++ -Werror -c exercise.cpp\n" +
          label + ": In function 'Tensor attention(const Tensor&)':\n" + label +
          ":9:12: warning: unused variable 'n'\n" + label + ":11:10: error: 'matmull' was not declared\n" +
          label + ":12:1: error: expected '}'\n",
      label);
  CHECK(e.line == 11);
  CHECK(e.column == 10);
  CHECK(e.message == "'matmull' was not declared");
  CHECK(e.elsewhere == "");
}

TEST_CASE("colours are not in the way") {
  const FirstError e =
      first_error("\033[01m\033[K" + label +
                      ":4:1:\033[m\033[K \033[01;31m\033[Kerror: \033[m\033[Kno \033[01mreturn\033[m\n",
                  label);
  CHECK(e.line == 4);
  CHECK(e.message == "no return");
}

TEST_CASE("an error inside a template of the library is shown where the learner's line led to it") {
  const std::string gcc =
      "In file included from " + label +
      ":4:\n"
      "/usr/include/c++/12/bits/predefined_ops.h: In instantiation of 'bool less()':\n"
      "/usr/include/c++/12/bits/stl_algo.h:1809:14:   required from 'void insertion_sort()'\n" +
      label +
      ":10:30:   required from here\n"
      "/usr/include/c++/12/bits/predefined_ops.h:45:23: error: no match for 'operator<'\n"
      "   45 |       { return *__it1 < *__it2; }\n";
  const std::string clang =
      "In file included from " + label +
      ":4:\n"
      "/usr/include/c++/12/bits/predefined_ops.h:45:23: error: no match for 'operator<'\n"
      "      { return *__it1 < *__it2; }\n"
      "/usr/include/c++/12/bits/stl_heap.h:232:8: note: in instantiation of function 'less' requested "
      "here\n" +
      label +
      ":10:30: note: in instantiation of function template specialization 'std::sort' requested here\n" +
      label + ":12:3: error: another\n";
  for (const std::string& output : {gcc, clang}) {
    const FirstError e = first_error(output, label);
    CHECK(e.line == 10);
    CHECK(e.column == 30);
    CHECK(e.message == "no match for 'operator<'");
    CHECK(e.elsewhere == "predefined_ops.h:45");
  }
}

TEST_CASE("an error that is not the learner's has no line of theirs") {
  const FirstError e = first_error(
      "/src/exercises/common/todo.h:7:1: error: expected ';'\n" + label + ":3:1: error: b\n", label);
  CHECK_FALSE(e.in_answer);
  CHECK(e.line == 0);
  CHECK(e.message == "expected ';'");
  CHECK(e.elsewhere == "todo.h:7");
  CHECK(first_error("ninja: error: loading 'build.ninja': No such file", label).message.find("build.ninja") !=
        std::string::npos);
  CHECK(first_error("", label).message == "");
}

TEST_CASE("a function that has another name or other parameters is a matter for the linker") {
  const FirstError e = first_error(
      "/usr/bin/ld: checks.cpp.o: in function `answer()':\n"
      "checks.cpp:(.text+0xf66): undefined reference to `gradus::exercises::attention(gradus::Tensor "
      "const&)'\n"
      "collect2: error: ld returned 1 exit status\n",
      label);
  CHECK(e.in_answer);
  CHECK(e.line == 0);
  CHECK(e.message.find("gradus::exercises::attention(gradus::Tensor const&)") != std::string::npos);
  CHECK(e.message.find("exercise.h") != std::string::npos);
}

TEST_CASE("the line in question is shown with a mark below its column") {
  FirstError e;
  e.line = 2;
  e.column = 5;
  CHECK(excerpt("first\n\tx = \xc3\xa4y;\nlast", e) == "    2 | \tx = \xc3\xa4y;\n      | \t   ^");
  e.column = 0;
  CHECK(excerpt("a\nb", e) == "    2 | b\n      | ");
  e.line = 9;
  CHECK(excerpt("a\nb", e) == "");
}

TEST_CASE("the book is closed at the names on the list, their overloads and members") {
  const std::string symbols =
      "                 U gradus::matmul(gradus::Tensor const&, gradus::Tensor const&)\n"
      "                 U gradus::attention_weights(gradus::Tensor const&)\n"
      "0000000000000010 T gradus::exercises::attention(gradus::Tensor const&)\n"
      "0000000000000000 W gradus::models::composed_attention(gradus::Tensor const&)\n"
      "                 U gradus::nn::MultiHeadAttention::operator()(gradus::Tensor const&) const\n";
  const auto found = [&](const std::string& list) { return spoilers_in(symbols, list); };
  CHECK(found("gradus::attention\ngradus::composed::attention\n").empty());
  CHECK(found("# gradus::matmul\n\n").empty());
  CHECK(found("gradus::matmul  # the product").size() == 1);
  CHECK(found("gradus::models::composed_attention\n").size() == 1);
  CHECK(found("gradus::nn::MultiHeadAttention\n").size() == 1);
  CHECK(found("gradus::nn::MultiHead\n").empty());
  CHECK(found("gradus::exercises::attention(gradus::Array\n").empty());
}
