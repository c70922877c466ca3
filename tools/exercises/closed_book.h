#pragma once
#include <string>
#include <vector>

namespace gradus::tools::exercises {

/// What an exercise asks to be written is in the framework too. These are the names of `closed_book` (one on a
/// line, # begins a comment) that the object file refers to: "gradus::attention" stands for the function and
/// its overloads, "gradus::nn::MultiHeadAttention" for all members of the class.
std::vector<std::string> spoilers(const std::string& object, const std::string& closed_book);

/// The same, of what `nm -C` says about the object file.
std::vector<std::string> spoilers_in(const std::string& symbols, const std::string& closed_book);

}  // namespace gradus::tools::exercises
