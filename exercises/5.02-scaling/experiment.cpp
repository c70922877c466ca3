#include <fmt/format.h>

#include "claims.h"
#include "exercise.h"
#include "exercises/common/answers.h"
#include "exercises/common/experiment_part.h"
#include "judge.h"

namespace gradus::exercises {

namespace {

void show_table(const Trial& t) {
  fmt::print(
      "Your two functions: the variance of 10000 products, and the mean entropy of 1000 rows with 16 keys.\n"
      "Beside them the mean of the largest weight. ln 16 = {:.3f}\n\n"
      "                        not divided        divided by sqrt(d_k)\n"
      "  d_k   variance     entropy  largest       entropy  largest\n",
      std::log(16.0));
  std::vector<double> sizes, variances;
  double raw = 0, scaled = 0;
  for (const std::int64_t d : {4, 16, 64, 256}) {
    const double size = static_cast<double>(d);
    const Rows rows = draw_rows(d, 16, 1000, next_seed());
    sizes.push_back(size);
    variances.push_back(dot_product_variance(d, 10000));
    raw = mean_entropy(d, 16, false, 1000);
    scaled = mean_entropy(d, 16, true, 1000);
    fmt::print("{:5}{:11.3f}{:12.3f}{:9.3f}{:14.3f}{:9.3f}\n", d, variances.back(), raw,
               over(rows, 1, largest).value, scaled, over(rows, std::sqrt(size), largest).value);
  }
  fmt::print("\nFrom d_k = 64 to 256 the variance grows by a factor of {:.2f}   ({})\n",
             variances[3] / variances[2], expected_by_you(t, "predict.variance_factor"));
  fmt::print("entropy at d_k = 256, not divided: {:.2f}   ({})\n", raw,
             expected_by_you(t, "predict.entropy"));
  fmt::print("entropy at d_k = 256, divided:     {:.2f}   ({})\n", scaled,
             expected_by_you(t, "predict.scaled_entropy"));
  fmt::print("Over all four sizes the variance grows like d_k to the power of {:.2f}.\n",
             power_of(sizes, variances));
}

}  // namespace

void experiment(Trial& t) {
  expect_predictions(t, {"predict.variance_factor", "predict.entropy", "predict.scaled_entropy"});
  experiment_part([&] { show_table(t); });
}

}  // namespace gradus::exercises
