#pragma once
#include <fmt/format.h>

#include <CLI/CLI.hpp>

/// Each subcommand lives in the file of its name and adds itself to the program: flags, an example, and what
/// to run. What goes wrong is thrown as gradus::Error, whose kind is the exit code.
namespace gradus::tools {

/// A check of a flag's value that NaN does not pass, as it does CLI11's own.
inline CLI::Validator number_within(double low, double high) {
  return CLI::Validator(
      [low, high](std::string& text) {
        double value = 0;
        const bool inside = CLI::detail::lexical_cast(text, value) && value >= low && value <= high;
        return inside ? std::string()
                      : fmt::format("must lie between {:g} and {:g}, not {}", low, high, text);
      },
      "");
}

void add_train(CLI::App& program);
void add_generate(CLI::App& program);
void add_eval(CLI::App& program);
void add_attend(CLI::App& program);
void add_gradcheck(CLI::App& program);
void add_exercise(CLI::App& program, const std::string& typed);  ///< the program's name, as typed
void add_info(CLI::App& program);

}  // namespace gradus::tools
