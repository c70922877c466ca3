#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

/// Everything Gradus asks of the operating system, in one place. Linux today.
namespace gradus::os {

int usable_cpus();                     ///< CPUs this process may run on
std::int64_t usable_memory();          ///< bytes of memory still available to this process
std::string cpu_name();                ///< as the CPU reports itself
bool is_terminal(int descriptor);      ///< 1 standard output, 2 standard error
int terminal_columns(int descriptor);  ///< of the terminal's window; 0 when it is none, or does not say

void relax();  ///< a hint to the CPU inside a spin loop

/// Bytes of a file, mapped read-only. Error (input) when it cannot be opened.
class MappedFile {
 public:
  MappedFile() = default;
  explicit MappedFile(const std::string& path);
  MappedFile(MappedFile&& o) noexcept;
  MappedFile& operator=(MappedFile&& o) noexcept;
  ~MappedFile();
  const char* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

/// A regular file, read piece by piece. Errors (input) name the path and the reason.
class InputFile {
 public:
  explicit InputFile(const std::string& path);
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();
  const std::string& path() const { return path_; }
  std::uint64_t size() const { return size_; }  ///< when it was opened
  /// Bytes [offset, offset + bytes); error where the file ends before.
  void read(std::uint64_t offset, void* out, std::size_t bytes) const;

 private:
  std::string path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

/// Writes a file, piece by piece, so that it is either the old or the new one, never half: a temporary file,
/// and in commit() fsync, rename, fsync of the folder. Errors (resources) give the reason; without commit()
/// the old file is untouched.
class OutputFile {
 public:
  explicit OutputFile(const std::string& path);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile();
  void write(const void* bytes, std::size_t count);
  void commit();

 private:
  [[noreturn]] void give_up(const char* step);
  std::string path_, temporary_;
  int descriptor_ = -1;
};

std::string read_file(const std::string& path);  ///< whole file; error (input) with the reason
void write_file(const std::string& path, const std::string& bytes);  ///< an OutputFile in one go
void make_folder(const std::string& path);  ///< with those above it; error (resources) with the reason

}  // namespace gradus::os
