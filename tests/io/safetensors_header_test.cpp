#include "gradus/io/safetensors_header.h"

#include <doctest/doctest.h>

#include <string>

#include "gradus/base/random.h"
#include "io/scratch.h"

using namespace gradus;

namespace {

std::string reason(const std::string& json, std::uint64_t data_bytes) {
  return message(Kind::input, [&] { io::parse_safetensors_header(json, data_bytes); });
}

/// A header with one tensor "a" of four bytes, one field of it replaced.
std::string one(const std::string& shape, const std::string& offsets = "[0,4]",
                const std::string& dtype = "\"F32\"") {
  return R"({"a":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

struct Bad {
  std::string json, why;
  std::uint64_t data_bytes = 4;
};

}  // namespace

TEST_CASE("every rule of the format has a file that breaks it, and is refused for that reason") {
  const Bad cases[] = {
      // Not the JSON it must be.
      {"", "does not begin with \"{\""},
      {" {}", "does not begin with \"{\""},
      {"[]", "does not begin with \"{\""},
      {"{", "not JSON"},
      {"{\"a\"", "not JSON"},
      {"{}x", "not JSON", 0},
      {"{}{}", "not JSON", 0},
      {std::string("{}\0", 3), "not JSON: it goes wrong at byte 3", 0},
      {std::string("{}\0{", 4), "not JSON", 0},
      {"{\"\xFF\":1}", "not JSON"},
      {"{\"\xED\xA0\x80\":1}", "not JSON"},
      {"{'a':1}", "not JSON"},
      {one("[1]").insert(1, "/* no comments */"), "not JSON"},
      {one("[01]"), "not JSON"},
      {one("[1,]"), "not JSON"},
      // Not the objects and fields it must have.
      {R"({"a":3})", "\"a\": must be an object, not a number"},
      {R"({"a":null})", "must be an object, not null"},
      {R"({"a":[]})", "must be an object, not a list"},
      {R"({"a":{}})", "\"dtype\" is missing"},
      {R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", "\"shape\" is missing"},
      {R"({"a":{"dtype":"F32","shape":[1]}})", "\"data_offsets\" is missing"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}})", "unknown field \"x\""},
      {R"({"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}})", "\"shape\" appears twice"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}})",
       "the name \"a\" appears twice"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0061":{}})",
       "the name \"a\" appears twice"},
      {R"({"__metadata__":3})", "\"__metadata__\": must be an object"},
      {R"({"__metadata__":{"k":3}})", "metadata: \"k\" must be a string, not a number"},
      {R"({"__metadata__":{"k":{}}})", "metadata: \"k\" must be a string"},
      {R"({"__metadata__":{"k":"v","k":"w"}})", "the key \"k\" appears twice"},
      {R"({"__metadata__":{},"__metadata__":{}})", "appears twice"},
      // Types.
      {one("[1]", "[0,4]", "32"), "dtype must be a string, not a number"},
      {one("[1]", "[0,4]", "[\"F32\"]"), "dtype must be a string, not a list"},
      {one("[1]", "[0,4]", "\"f32\""), "element type \"f32\" is not supported"},
      {one("[4]", "[0,4]", "\"F8_E4M3\""),
       "element type \"F8_E4M3\" is not supported; store the tensor as F32"},
      {one("[8]", "[0,4]", "\"F4\""), "\"F4\" is not supported"},
      // Shapes.
      {one("1"), "shape must be a list of whole numbers from 0, not a number"},
      {one("[-1]"), "shape must be a list of whole numbers from 0, not a negative number"},
      {one("[1.0]"), "not the number 1.0"},
      {one("[1e0]"), "not the number 1e0"},
      {one("[\"1\"]"), "not a string"},
      {one("[true]"), "not true or false"},
      {one("[[1]]"), "not a list"},
      {one("[18446744073709551616]"), "not the number 18446744073709551616"},
      {one("[2,18446744073709551614]"), "shape [2, 18446744073709551614] needs more than 2^63 bytes"},
      {one("[65536,65536,65536,65536]", "[0,0]"), "needs more than 2^63 bytes"},
      {one("[4294967296,4294967296,0]", "[0,0]"), "needs more than 2^63 bytes"},
      {one("[4611686018427387904]", "[0,0]"), "needs more than 2^63 bytes"},
      {one("[1,1,1,1,1,1,1,1,1]"), "9 axes; Gradus tensors have at most 8"},
      {one("[4294967297]"), "F32 of shape [4294967297] takes 17179869188 bytes"},
      {one("[2]"), "F32 of shape [2] takes 8 bytes, but data_offsets [0, 4] do not"},
      {one("[]", "[0,8]"), "F32 of shape [] takes 4 bytes", 8},
      // Offsets.
      {one("[1]", "[0]"), "data_offsets has 1 numbers, not 2"},
      {one("[1]", "[0,2,4]"), "data_offsets has 3 numbers, not 2"},
      {one("[1]", "[-4,0]"), "data_offsets must be two whole numbers from 0, not a negative number"},
      {one("[1]", "{}"), "data_offsets must be two whole numbers from 0, not an object"},
      {one("[1]", "[4,0]"), "data_offsets [4, 0] do not"},
      {one("[1]", "[18446744073709551612,0]"), "do not"},
      {one("[1]", "[18446744073709551608,18446744073709551612]"), "reach past the file's 4 data bytes"},
      {one("[1]", "[4,8]"), "a hole", 8},
      {one("[1]"), "4 bytes follow the last tensor", 8},
      {one("[1]"), "reach past the file's 3 data bytes; was the file copied to its end?", 3},
      {"{}", "1 bytes follow", 1},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}})",
       "\"b\": its data begin at 2, but the data before end at 4: an overlap", 6},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
       "an overlap", 4},
      {R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[2,2]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
       "an overlap", 4},
      {R"({"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
       "\"b\": its data begin at 8, but the data before end at 4: a hole", 12},
  };
  for (const Bad& bad : cases) {
    INFO(bad.json);
    const std::string what = reason(bad.json, bad.data_bytes);
    INFO(what);
    CHECK(what != "");
    CHECK(has(what, bad.why));
  }
}

TEST_CASE("headers within the rules are accepted") {
  CHECK(io::parse_safetensors_header("{}", 0).entries.empty());
  CHECK(io::parse_safetensors_header("{}      ", 0).entries.empty());
  CHECK(io::parse_safetensors_header(R"({"__metadata__":{}})", 0).metadata.empty());
  CHECK(io::parse_safetensors_header(one("[1]"), 4).entries.size() == 1);
  CHECK(io::parse_safetensors_header(one("[]"), 4).entries.size() == 1);
  CHECK(io::parse_safetensors_header(one("[0,7]", "[0,0]"), 0).entries.size() == 1);
  const auto header = io::parse_safetensors_header(
      R"({"c":{"dtype":"U8","shape":[2],"data_offsets":[4,6]},"b":{"dtype":"U8","shape":[0],"data_offsets":[4,4]},)"
      R"("__metadata__":{"a":"1","b":""},"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}})",
      6);
  REQUIRE(header.entries.size() == 3);
  CHECK(header.entries[0].name == "a");
  CHECK(header.entries[1].name == "b");
  CHECK(header.entries[2].name == "c");
  CHECK(header.metadata == Metadata{{"a", "1"}, {"b", ""}});
}

TEST_CASE("a header nested a million deep is refused, not followed") {
  std::string deep = R"({"a":{"dtype":"F32","shape":)";
  deep.append(1'000'000, '[');
  CHECK(has(reason(deep, 4), "not a list"));
  std::string objects = "{";
  for (int i = 0; i < 100'000; ++i) objects += "\"a\":{";
  CHECK(has(reason(objects, 4), "\"a\": unknown field \"a\""));
}

TEST_CASE("headers with bytes changed at random are read or refused, nothing else") {
  const std::string good =
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
      R"("b":{"dtype":"BF16","shape":[3],"data_offsets":[8,14]}})";
  const Philox random{12};
  const std::string useful = "{}[]\",:0123456789-.eE \\u\x80\xFF";
  int accepted = 0;
  for (std::uint64_t trial = 0; trial < 20000; ++trial) {
    std::string json = good;
    for (std::uint64_t edit = 0; edit <= trial % 3; ++edit) {
      const std::size_t at = random.below(trial * 16 + edit * 4, json.size());
      const char c = useful[random.below(trial * 16 + edit * 4 + 1, useful.size())];
      switch (random.below(trial * 16 + edit * 4 + 2, 3)) {
        case 0: json[at] = c; break;
        case 1: json.insert(at, 1, c); break;
        default: json.erase(at, 1);
      }
    }
    try {
      const auto header = io::parse_safetensors_header(json, 14);
      ++accepted;
      std::uint64_t end = 0;
      for (const auto& entry : header.entries) {
        if (entry.begin != end) FAIL(json);
        end = entry.end;
      }
      if (end != 14) FAIL(json);
    } catch (const Error& e) {
      if (e.kind() != Kind::input) FAIL(json);
    }
  }
  CHECK(accepted > 100);
  CHECK(accepted < 19000);
}
