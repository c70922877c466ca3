#pragma once
#include <string>
#include <vector>

#include "folder.h"

/// Runs the gradus program as a user does, and looks at what it leaves behind.
namespace cli {

struct Result {
  int status = 0;  ///< exit code; 128 + signal when it was killed
  std::string out, err;
};

/// A shell command in a folder.
Result shell(const Folder& in, const std::string& command);
/// gradus ARGUMENTS, in a folder.
Result run(const Folder& in, const std::string& arguments);

std::string read(const std::string& file);
void write(const std::string& file, const std::string& text);
bool exists(const std::string& file);
std::vector<std::string> lines(const std::string& text);
double number(const std::string& json_line,
              const std::string& key);  ///< NaN when the line has no such number

/// Some 12 000 characters of text from a small vocabulary.
std::string some_text();
/// Flags for a model that trains in a moment.
inline const std::string tiny = " --layers 1 --heads 2 --width 16 --context 16 --batch 4 --sample-every 0 ";

}  // namespace cli
