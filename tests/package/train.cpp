// A user's whole program: learns exclusive or.
#include <cstdio>

#include "gradus/gradus.h"
using namespace gradus;

int main() {
  manual_seed(1);
  const Tensor x = tensor({{0, 0}, {0, 1}, {1, 0}, {1, 1}});
  const Tensor y = tensor({{0}, {1}, {1}, {0}});
  nn::Linear hidden(2, 8), output(8, 1);
  AdamW adam({hidden.weight, hidden.bias, output.weight, output.bias}, {.lr = 0.05});

  double last = 0;
  for (int step = 0; step < 200; ++step) {
    const Tensor loss = mse_loss(output(tanh(hidden(x))), y);
    adam.zero_grad();
    loss.backward();
    adam.step();
    last = loss.item();
  }
  std::printf("gradus %s: loss %.6f\n", version, last);
  return last < 0.01 ? 0 : 1;
}
