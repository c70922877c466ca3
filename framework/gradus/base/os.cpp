#include "gradus/base/os.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "gradus/base/error.h"

namespace gradus::os {
namespace {

std::string field_of(const char* file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (line.rfind(key, 0) == 0) {
      const std::size_t colon = line.find(':');
      const std::size_t start =
          colon == std::string::npos ? line.size() : line.find_first_not_of(" \t", colon + 1);
      return start == std::string::npos ? "" : line.substr(start);
    }
  return "";
}

/// A descriptor that closes itself.
struct File {
  int fd;
  ~File() {
    if (fd >= 0) ::close(fd);
  }
};

std::string reason() { return std::strerror(errno); }

}  // namespace

int usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

std::int64_t usable_memory() {
  const std::string text = field_of("/proc/meminfo", "MemAvailable");
  return text.empty() ? std::int64_t{sysconf(_SC_AVPHYS_PAGES)} * sysconf(_SC_PAGESIZE)
                      : std::stoll(text) * 1024;
}

std::string cpu_name() {
  const std::string text = field_of("/proc/cpuinfo", "model name");
  return text.empty() ? "unknown" : text;
}

bool is_terminal(int descriptor) { return isatty(descriptor) == 1; }

int terminal_columns(int descriptor) {
  winsize window{};
  return ::ioctl(descriptor, TIOCGWINSZ, &window) == 0 ? window.ws_col : 0;
}

void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

MappedFile::MappedFile(const std::string& path) {
  const File file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  struct stat info {};
  if (file.fd < 0 || ::fstat(file.fd, &info) != 0) fail(Kind::input, path + ": cannot open: " + reason());
  if (!S_ISREG(info.st_mode)) fail(Kind::input, path + ": not a regular file");
  size_ = static_cast<std::size_t>(info.st_size);
  if (size_ == 0) return;
  void* p = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.fd, 0);
  if (p == MAP_FAILED) fail(Kind::resources, path + ": cannot map: " + reason());
  data_ = static_cast<const char*>(p);
}

MappedFile::MappedFile(MappedFile&& o) noexcept
    : data_(std::exchange(o.data_, nullptr)), size_(std::exchange(o.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& o) noexcept {
  std::swap(data_, o.data_);
  std::swap(size_, o.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(const_cast<char*>(data_), size_);
}

std::string read_file(const std::string& path) {
  const File file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) fail(Kind::input, path + ": cannot open: " + reason());
  std::string bytes;
  char block[1 << 16];
  for (;;) {
    const ssize_t n = ::read(file.fd, block, sizeof block);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(Kind::input, path + ": cannot read: " + reason());
    if (n == 0) return bytes;
    bytes.append(block, static_cast<std::size_t>(n));
  }
}

InputFile::InputFile(const std::string& path) : path_(path) {
  const auto refuse = [&](const std::string& why) {
    if (descriptor_ >= 0) ::close(descriptor_);
    fail(Kind::input, path + why);
  };
  struct stat info {};
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0 || ::fstat(descriptor_, &info) != 0) refuse(": cannot open: " + reason());
  if (!S_ISREG(info.st_mode)) refuse(": not a regular file");
  size_ = static_cast<std::uint64_t>(info.st_size);
}

InputFile::~InputFile() { ::close(descriptor_); }

void InputFile::read(std::uint64_t offset, void* out, std::size_t bytes) const {
  auto* to = static_cast<char*>(out);
  while (bytes > 0) {
    const ssize_t n = ::pread(descriptor_, to, bytes, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(Kind::input, path_ + ": cannot read: " + reason());
    if (n == 0) fail(Kind::input, path_ + ": ends at byte " + std::to_string(offset) + ", more was expected");
    to += n;
    offset += static_cast<std::uint64_t>(n);
    bytes -= static_cast<std::size_t>(n);
  }
}

OutputFile::OutputFile(const std::string& path) : path_(path), temporary_(path + ".tmp") {
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor_ < 0) give_up("create");
}

OutputFile::~OutputFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void OutputFile::give_up(const char* step) {
  fail(Kind::resources, path_ + ": cannot " + step + ": " + reason());
}

void OutputFile::write(const void* bytes, std::size_t count) {
  const auto* from = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t n = ::write(descriptor_, from, count);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) give_up("write");
    from += n;
    count -= static_cast<std::size_t>(n);
  }
}

void OutputFile::commit() {
  if (::fsync(descriptor_) != 0) give_up("write");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) give_up("replace");
  ::close(std::exchange(descriptor_, -1));
  const std::size_t slash = path_.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path_.substr(0, slash);
  const File directory{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (directory.fd >= 0) ::fsync(directory.fd);
}

void write_file(const std::string& path, const std::string& bytes) {
  OutputFile file(path);
  file.write(bytes.data(), bytes.size());
  file.commit();
}

void make_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) fail(Kind::resources, path + ": cannot create the folder: " + error.message());
}

}  // namespace gradus::os
