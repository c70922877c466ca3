// gradus gradcheck: every op's gradient against finite differences.
#include "gradus/autograd/gradcheck.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "commands.h"
#include "gradus/base/error.h"
#include "gradus/ops/table.h"
#include "terminal.h"

namespace gradus::tools {
namespace {

struct Flags {
  std::vector<std::string> ops{"all"};
  int order = 1;
  GradcheckOptions check;
};

std::string title(const OpRow& row) {
  return *row.sample ? fmt::format("{} ({})", row.op, row.sample) : row.op;
}

std::vector<const OpRow*> rows_of(const std::vector<std::string>& ops) {
  std::vector<const OpRow*> rows;
  for (const std::string& op : ops) {
    const std::size_t before = rows.size();
    for (const OpRow& row : op_table())
      if (op == "all" || op == row.op) rows.push_back(&row);
    if (rows.size() > before) continue;
    std::vector<std::string> known;
    for (const OpRow& row : op_table())
      if (known.empty() || known.back() != row.op) known.push_back(row.op);
    fail(fmt::format("gradcheck: there is no op \"{}\". There are: {}", op, fmt::join(known, " ")));
  }
  return rows;
}

void gradcheck(const Flags& flags) {
  const std::vector<const OpRow*> rows = rows_of(flags.ops);
  std::size_t op_width = 2, sample_width = 6;
  for (const OpRow* row : rows) {
    op_width = std::max(op_width, std::string_view(row->op).size());
    sample_width = std::max(sample_width, std::string_view(row->sample).size());
  }
  GradcheckOptions options = flags.check;
  options.second_order = flags.order == 2;

  Terminal terminal;
  terminal.say(
      fmt::format("largest difference over largest entry, float64; tolerance {:g}\n", options.tolerance));
  terminal.say(
      terminal.bold(fmt::format("{:<{}}  {:<{}}  {:>11}{}  ok", "op", op_width, "sample", sample_width,
                                "first order", options.second_order ? "  second order" : "")));
  std::vector<std::string> failures;
  for (const OpRow* row : rows) {
    terminal.refresh("checking " + title(*row));
    const GradcheckReport report =
        gradus::gradcheck(row->call, sample_inputs(*row, Dtype::float64, options.seed), options);
    const std::string second =
        options.second_order ? fmt::format("  {:>12.1e}", report.second_order_error) : "";
    terminal.say(fmt::format("{:<{}}  {:<{}}  {:>11.1e}{}  {}", row->op, op_width, row->sample, sample_width,
                             report.error, second, report.ok ? "yes" : "NO"));
    if (!report.ok) failures.push_back(title(*row) + ": " + report.message);
  }
  if (!failures.empty())
    fail(Kind::check, fmt::format("{} of {} gradients are wrong\n{}", failures.size(), rows.size(),
                                  fmt::join(failures, "\n")));
  terminal.say(fmt::format("\nall {} gradients agree with finite differences", rows.size()));
}

}  // namespace

void add_gradcheck(CLI::App& program) {
  static Flags flags;
  CLI::App* command =
      program.add_subcommand("gradcheck", "Check the gradients of the ops against finite differences");
  command->add_option("op", flags.ops, "names of ops, or all")->type_name("OP");
  command->add_option("--order", flags.order, "2: also check the gradient's own gradient")
      ->check(CLI::Range(1, 2).description(""))
      ->capture_default_str();
  command
      ->add_option("--tolerance", flags.check.tolerance, "largest difference over largest entry that passes")
      ->check(number_within(1e-300, 1e300))
      ->capture_default_str();
  command->add_option("--seed", flags.check.seed, "of inputs and cotangents")->capture_default_str();
  command->footer("Example:\n  gradus gradcheck attention --order 2");
  command->callback([] { gradcheck(flags); });
}

}  // namespace gradus::tools
