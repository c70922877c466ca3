// Two spirals, told apart by a multi-layer perceptron: what hidden layers buy that a straight line cannot.
//   mlp [PICTURE.png]     trains for some seconds, prints its accuracy and draws what it learned
#include <gradus/gradus.h>

#include <cmath>
#include <cstdio>
#include <numbers>

#include "picture.h"

using namespace gradus;
using models::Colour, models::mix, models::Picture;

struct Mlp {
  nn::Linear first{2, 64}, second{64, 64}, last{64, 2};

  /// points [N, 2]  ->  logits [N, 2]
  Tensor operator()(const Tensor& points) const { return last(tanh(second(tanh(first(points))))); }
  Fields fields() const { return {{"first", first}, {"second", second}, {"last", last}}; }
};

struct Spirals {
  Tensor points, arm;  // [N, 2] in [-1, 1], [N]: which of the two
};
Spirals spirals(std::int64_t each) {
  const Tensor radius = sqrt(linspace(0.008, 0.8, each)), angle = radius * (4 * std::numbers::pi);
  const Tensor one = stack({radius * cos(angle), radius * sin(angle)}, 1);
  const Tensor points = cat({one, -one}) + normal({2 * each, 2}, 0, 0.012);
  return {points, cat({zeros({each}, Dtype::int64), ones({each}, Dtype::int64)})};
}

/// Each place in the colour of its arm, paler where the model is in doubt, with a line where it cannot tell.
Picture draw(const Mlp& model, const Spirals& data, int side) {
  const Colour arms[] = {{0.93, 0.47, 0.25}, {0.16, 0.45, 0.70}}, paper{0.99, 0.98, 0.96};
  Picture picture(side, side);
  for (int row = 0; row < side; ++row) {
    const Tensor x = linspace(-1, 1, side), y = full_like(x, 1 - 2.0 * row / (side - 1));
    Tensor places = stack({x, y}, 1);  // [side, 2]
    const Tensor logits = model(places.requires_grad_());
    const Tensor margin = logits.select(1, 1) - logits.select(1, 0);
    // The boundary is as far as the margin over its slope: a gradient by the inputs, not the parameters.
    const Tensor slope = sqrt(sum(square(grad(margin.sum(), {places})[0]), {1}));
    const auto pixels = (abs(margin) / slope * (side / 2.0)).to_vector<float>();
    const auto odds = sigmoid(margin).to_vector<float>();
    for (std::size_t column = 0; column < odds.size(); ++column) {
      const double odd = odds[column], sure = 2 * std::fabs(odd - 0.5);
      const Colour field = mix(paper, arms[odd > 0.5], 0.15 + 0.45 * sure);
      picture.at(static_cast<int>(column), row) = mix(paper, field, std::fmin(1, pixels[column] / 1.2));
    }
  }
  for (std::int64_t i = 0; i < data.arm.numel(); ++i) {
    const double x = (1 + data.points[i][0].item()) / 2 * (side - 1);
    const double y = (1 - data.points[i][1].item()) / 2 * (side - 1);
    picture.disc(x, y, 5.5, paper);
    picture.disc(x, y, 4, mix(arms[data.arm[i].item<int>()], {0, 0, 0}, 0.15));
  }
  return picture;
}

int main(int argc, char** argv) {
  const char* path = argc > 1 ? argv[1] : "spirals.png";
  manual_seed(1);
  const Spirals data = spirals(200), fresh = spirals(1000);
  const Mlp model;
  AdamW optimizer(parameters(model), {.lr = 5e-3, .weight_decay = 0.3});  // keeps the boundary smooth
  for (int step = 0; step <= 1000; ++step) {
    const Tensor loss = cross_entropy(model(data.points), data.arm);
    if (step % 200 == 0) std::printf("step %4d   loss %.4f\n", step, loss.item());
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
  }
  const double right = eq(argmax(model(fresh.points)), fresh.arm).to(Dtype::float32).mean().item();
  std::printf("%.2f %% of 2000 fresh points are on their arm\n", 100 * right);
  if (!draw(model, data, 640).save(path)) return std::printf("cannot write %s\n", path), 4;
  std::printf("picture: %s\n", path);
  return right > 0.99 ? 0 : 1;
}
