#include "gradus/base/os.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

#include "folder.h"
#include "gradus/base/error.h"
#include "reference/expect.h"

using namespace gradus;
namespace fs = std::filesystem;

TEST_CASE("files: what is written is read, as a whole, in pieces and mapped") {
  const Folder scratch;
  const std::string path = scratch / "file", bytes = std::string("a\0b\n", 4) + std::string(100000, 'x');
  os::write_file(path, bytes);
  CHECK(os::read_file(path) == bytes);
  os::MappedFile mapped(path);
  CHECK(std::string(mapped.data(), mapped.size()) == bytes);
  const os::MappedFile moved = std::move(mapped);
  CHECK(std::string(moved.data(), moved.size()) == bytes);
  const os::InputFile in(path);
  CHECK(in.size() == bytes.size());
  char piece[3];
  in.read(1, piece, 3);
  CHECK(std::string(piece, 3) == bytes.substr(1, 3));
  CHECK(error_of([&] { in.read(bytes.size() - 1, piece, 3); }) != "no error");
  os::write_file(path, "");
  CHECK(os::read_file(path).empty());
  CHECK(os::MappedFile(path).size() == 0);
}

TEST_CASE("OutputFile: without commit the old file stays, and nothing else is left") {
  const Folder scratch;
  const std::string path = scratch / "file";
  os::write_file(path, "old");
  {
    os::OutputFile out(path);
    out.write("new", 3);
  }
  CHECK(os::read_file(path) == "old");
  {
    os::OutputFile out(path);
    out.write("ne", 2);
    out.write("w", 1);
    out.commit();
  }
  CHECK(os::read_file(path) == "new");
  CHECK(std::distance(fs::directory_iterator(scratch.path()), {}) == 1);
}

TEST_CASE("files: what goes wrong is told with path, reason and kind") {
  const Folder scratch;
  const auto kind_of = [](auto f) {
    try {
      f();
    } catch (const Error& e) { return e.kind(); }
    return Kind{};
  };
  const std::string missing = scratch / "missing", inside = scratch / "no_folder/file";
  CHECK(kind_of([&] { os::read_file(missing); }) == Kind::input);
  CHECK(kind_of([&] { os::MappedFile{missing}; }) == Kind::input);
  CHECK(kind_of([&] { os::InputFile{missing}; }) == Kind::input);
  CHECK(kind_of([&] { os::read_file(scratch.path()); }) == Kind::input);
  CHECK(kind_of([&] { os::write_file(inside, "x"); }) == Kind::resources);
  const std::string message = error_of([&] { os::read_file(missing); });
  CHECK(message.find(missing) != std::string::npos);
  CHECK(message.find("No such file or directory") != std::string::npos);
}

TEST_CASE("a folder is made with those above it; one that is there is fine, a file in its place is not") {
  const Folder scratch;
  const std::string deep = scratch / "a/b/c";
  os::make_folder(deep);
  os::make_folder(deep);
  CHECK(fs::is_directory(deep));
  os::write_file(deep + "/file", "x");
  const std::string message = error_of([&] { os::make_folder(deep + "/file/d"); });
  CHECK(message.find(deep + "/file/d: cannot create the folder: ") != std::string::npos);
}

TEST_CASE("the machine: it has CPUs, memory and a name") {
  CHECK(os::usable_cpus() >= 1);
  CHECK(os::usable_memory() > 0);
  CHECK_FALSE(os::cpu_name().empty());
}

TEST_CASE("what is no terminal has no columns") {
  CHECK(os::terminal_columns(-1) == 0);
  CHECK_FALSE(os::is_terminal(-1));
}
