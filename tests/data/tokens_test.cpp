#include "gradus/data/tokens.h"

#include <doctest/doctest.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "folder.h"
#include "gradus/base/error.h"
#include "gradus/base/os.h"
#include "reference/expect.h"

using namespace gradus;
using Ids = std::vector<std::int64_t>;

namespace {

/// A file that goes away with its test.
struct Scratch {
  Folder folder;
  std::string path = folder / "tokens.bin";
  explicit Scratch(const std::string& bytes) { os::write_file(path, bytes); }
};

Ids all(const Tokens& tokens) {
  Ids ids(static_cast<std::size_t>(tokens.size()));
  tokens.copy(0, tokens.size(), ids.data());
  return ids;
}

std::string header(std::int32_t magic, std::int32_t version, std::int32_t count) {
  std::string bytes(1024, '\0');
  const std::int32_t fields[] = {magic, version, count};
  std::memcpy(bytes.data(), fields, sizeof fields);
  return bytes;
}

std::string reason(const std::string& bytes) {
  const Scratch file(bytes);
  try {
    Tokens::open(file.path);
  } catch (const Error& e) {
    CHECK(e.kind() == Kind::input);
    return e.what();
  }
  FAIL("no error");
  return "";
}

}  // namespace

TEST_CASE("ids are kept as given, small or large") {
  for (const Ids& ids : {Ids{}, Ids{0}, Ids{5, 65535, 0}, Ids{5, 65536, 4294967295}}) {
    const Tokens tokens(ids);
    CHECK(tokens.size() == static_cast<std::int64_t>(ids.size()));
    CHECK(all(tokens) == ids);
  }
  CHECK(Tokens().size() == 0);
  CHECK(Tokens().max() == -1);
  CHECK(Tokens(Ids{5, 65536, 7}).max() == 65536);
  CHECK_THROWS_AS(Tokens(Ids{-1}), Error);
  CHECK_THROWS_AS(Tokens(Ids{4294967296}), Error);
}

TEST_CASE("slices and copies share the ids and outlive the original") {
  Tokens part;
  {
    const Tokens whole(Ids{10, 70000, 12, 13, 14});
    part = whole.slice(1, 4);
    CHECK(whole.slice(5, 5).size() == 0);
    CHECK_THROWS_AS(whole.slice(2, 6), Error);
    CHECK_THROWS_AS(whole.slice(3, 2), Error);
  }
  CHECK(all(part) == Ids{70000, 12, 13});
  CHECK(all(part.slice(1, 3)) == Ids{12, 13});
  std::int64_t out = 0;
  CHECK_THROWS_AS(part.copy(2, 2, &out), Error);
  CHECK_THROWS_AS(part.copy(-1, 1, &out), Error);
  CHECK(Tokens().slice(0, 0).size() == 0);
}

TEST_CASE("a nanoGPT file is mapped, and written back byte by byte the same") {
  const std::string bytes("\x01\x00\xFF\xFF\x39\x30", 6);
  const Scratch file(bytes);
  const Tokens tokens = Tokens::open(file.path);
  CHECK(all(tokens) == Ids{1, 65535, 12345});
  tokens.save(file.path + ".copy");
  CHECK(os::read_file(file.path + ".copy") == bytes);
  std::filesystem::remove(file.path + ".copy");
  CHECK_THROWS_AS(Tokens(Ids{65536}).save(file.path + ".copy"), Error);
  CHECK(!std::filesystem::exists(file.path + ".copy"));
}

TEST_CASE("llm.c files are known by their header") {
  CHECK(all(Tokens::open(Scratch(header(20240520, 1, 2) + std::string("\x07\x00\x50\xC3", 4)).path)) ==
        Ids{7, 50000});
  CHECK(all(Tokens::open(Scratch(header(20240801, 7, 1) + std::string("\x40\xF4\x01\x00", 4)).path)) ==
        Ids{128064});
  // Another number in front is a file of plain tokens.
  CHECK(Tokens::open(Scratch(header(20240521, 1, 2) + "abcd").path).size() == 514);
}

TEST_CASE("damaged token files are refused with the reason") {
  CHECK(has(reason(""), "the file is empty"));
  CHECK(has(reason("abc"), "no whole number of 2-byte tokens"));
  CHECK(has(reason(header(20240520, 1, 3) + "abcd"), "promises 3 tokens of 2 bytes, but 4 bytes follow"));
  CHECK(has(reason(header(20240520, 1, -1) + "abcd"), "promises -1"));
  CHECK(has(reason(header(20240801, 7, 2147483647) + "abcd"), "promises 2147483647"));
  CHECK(has(reason(header(20240520, 1, 0)), "no tokens"));
  CHECK_THROWS_AS(Tokens::open("/nowhere/tokens.bin"), Error);
  CHECK_THROWS_AS(Tokens::open("/"), Error);
}
