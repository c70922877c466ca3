// ctest: LABELS gradcheck
#include "gradus/kernels/attention.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "gradus/base/parallel.h"
#include "kernels/attention_problem.h"
#include "kernels/measure.h"

using namespace gradus;
using namespace gradus::kernels;
using namespace attention_problem;
using measure::same_bits;

TEST_CASE_TEMPLATE("attention: values, weights and gradients are those of the definition at every odd size",
                   T, float, double) {
  for (const Size q_len : {1, 2, 31, 33, 70})
    for (const Size k_len : {1, 3, 64, 129, 150})
      for (const bool causal : {false, true})
        check(Problem<T>{.batch = 2,
                         .heads = 3,
                         .kv_heads = 3,
                         .q_len = q_len,
                         .k_len = k_len,
                         .qk_dim = 17,
                         .v_dim = 5,
                         .causal = causal});
  for (const Size qk_dim : {1, 8, 16, 32, 65})
    for (const Size v_dim : {1, 7, 16, 33})
      check(Problem<T>{.heads = 2,
                       .kv_heads = 2,
                       .q_len = 19,
                       .k_len = 40,
                       .qk_dim = qk_dim,
                       .v_dim = v_dim,
                       .causal = true});
}

TEST_CASE_TEMPLATE("attention: all options together, in every layout", T, float, double) {
  for (const bool packed : {false, true})
    for (const bool bias : {false, true})
      for (const bool allowed : {false, true})
        for (const double dropout : {0.0, 0.3})
          for (const Size kv_heads : {1, 2, 4})
            check(Problem<T>{.batch = 2,
                             .heads = 4,
                             .kv_heads = kv_heads,
                             .q_len = 37,
                             .k_len = 141,
                             .qk_dim = 12,
                             .v_dim = 20,
                             .causal = true,
                             .packed = packed,
                             .bias = bias,
                             .allowed = allowed,
                             .dropout = dropout});
}

TEST_CASE_TEMPLATE("attention: every instruction set agrees with the definition", T, float, double) {
  measure::on_every_target([] {
    check(Problem<T>{.batch = 2,
                     .heads = 4,
                     .kv_heads = 2,
                     .q_len = 45,
                     .k_len = 141,
                     .qk_dim = 13,
                     .v_dim = 20,
                     .causal = true,
                     .packed = true,
                     .bias = true,
                     .allowed = true,
                     .dropout = 0.3});
  });
}

TEST_CASE_TEMPLATE("attention: long sequences, cut into blocks of queries and ranges of keys", T, float,
                   double) {
  check(Problem<T>{.q_len = 300, .k_len = 700, .qk_dim = 16, .v_dim = 16, .causal = true});
  check(Problem<T>{
      .heads = 2, .q_len = 520, .k_len = 300, .qk_dim = 8, .v_dim = 24, .causal = true, .dropout = 0.2});
  check(Problem<T>{.q_len = 260, .k_len = 2100, .qk_dim = 4, .v_dim = 4, .allowed = true});
}

TEST_CASE("attention: the gradients are the slopes of the value") {
  Problem<double> x{.batch = 1,
                    .heads = 4,
                    .kv_heads = 2,
                    .q_len = 9,
                    .k_len = 12,
                    .qk_dim = 5,
                    .v_dim = 6,
                    .causal = true,
                    .bias = true,
                    .allowed = true,
                    .dropout = 0.25};
  x.make();
  x.forward();
  x.backward();
  const auto value = [&] {  // <dout, out>
    Problem<double> y = x;
    y.forward();
    double sum = 0;
    for (Size h = 0; h < x.heads; ++h)
      for (Size i = 0; i < x.q_len; ++i)
        for (Size d = 0; d < x.v_dim; ++d) sum += x.dout(0, h, i, d) * y.out(0, h, i, d);
    return sum;
  };
  const auto slope = [&](double& at) {
    const double kept = at, step = 1e-5;
    at = kept + step;
    const double above = value();
    at = kept - step;
    const double below = value();
    at = kept;
    return (above - below) / (2 * step);
  };
  double worst = 0;
  const auto compare = [&](std::vector<double>& values, const std::vector<double>& gradient) {
    for (std::size_t i = 0; i < values.size(); ++i) Naive<double>::note(worst, gradient[i], slope(values[i]));
  };
  compare(x.q.memory, x.dq.memory);
  compare(x.k.memory, x.dk.memory);
  compare(x.v.memory, x.dv.memory);
  std::vector<double> dbias(x.bias_values.size(),
                            0);  // the bias is [H, 1, Tk]: its gradient is a sum over queries
  for (Size h = 0; h < x.heads; ++h)
    for (Size i = 0; i < x.q_len; ++i)
      for (Size j = 0; j < x.k_len; ++j)
        dbias[static_cast<std::size_t>(h * x.k_len + j)] +=
            x.dbias[static_cast<std::size_t>((h * x.q_len + i) * x.k_len + j)];
  compare(x.bias_values, dbias);
  CHECK(worst <= 1e-8);
}

TEST_CASE_TEMPLATE("attention: a query that sees no key has zeros, -inf and zero gradients, and harms nobody",
                   T, float, double) {
  Problem<T> x{.heads = 2,
               .kv_heads = 2,
               .q_len = 45,
               .k_len = 20,
               .qk_dim = 6,
               .v_dim = 9,
               .causal = true};  // queries 0-24 see nothing
  check(x);
  x.make();
  x.forward();
  x.backward();
  for (Size d = 0; d < x.v_dim; ++d) CHECK(x.out(0, 1, 24, d) == 0);
  for (Size d = 0; d < x.qk_dim; ++d) CHECK(x.dq(0, 1, 24, d) == 0);
  CHECK(x.logsumexp[45 + 24] == -std::numeric_limits<T>::infinity());
  CHECK(std::isfinite(x.logsumexp[45 + 25]));
}

TEST_CASE_TEMPLATE("attention: NaN, infinity and 1e30 in keys and values that are not seen change no bit", T,
                   float, double) {
  for (const bool causal : {false, true})
    for (const double poison : {not_a_number, inf, 1e30}) {
      CAPTURE(causal);
      CAPTURE(poison);
      // Nobody sees key 3, and only the witness sees key 159: query 0, or the last one if causal. Head 1 of
      // sample 0 is poisoned.
      Problem<T> x{.batch = 2,
                   .heads = 2,
                   .kv_heads = 2,
                   .q_len = 40,
                   .k_len = 160,
                   .qk_dim = 8,
                   .v_dim = 8,
                   .causal = causal,
                   .allowed = true};
      const Size witness = causal ? 39 : 0;
      x.make();
      for (Size row = 0; row < 2 * 40; ++row) {
        x.allowed_values[static_cast<std::size_t>(row * 160 + 3)] = false;
        x.allowed_values[static_cast<std::size_t>(row * 160 + 159)] = row % 40 == witness;
      }
      Problem<T> y = x;
      for (const Size key : {3, 159})
        for (Size d = 0; d < 8; ++d) y.k(0, 1, key, d) = y.v(0, 1, key, d) = static_cast<T>(poison);
      for (Problem<T>* p : {&x, &y}) {
        p->forward();
        p->backward();
      }
      bool equal = true;
      for (Size b = 0; b < 2; ++b)
        for (Size h = 0; h < 2; ++h)
          for (Size i = 0; i < 40; ++i)
            for (Size d = 0; d < 8; ++d)
              if (i != witness || b != 0 || h != 1)
                equal =
                    equal && x.out(b, h, i, d) == y.out(b, h, i, d) && x.dq(b, h, i, d) == y.dq(b, h, i, d);
      CHECK(equal);
      CHECK_FALSE(x.out(0, 1, witness, 0) == y.out(0, 1, witness, 0));
      for (Size d = 0; d < 8; ++d) {
        CHECK(y.dk(0, 1, 3, d) == 0);
        CHECK(y.dv(0, 1, 3, d) == 0);
      }
    }
}

TEST_CASE_TEMPLATE("attention: NaN in what a query does see reaches it", T, float, double) {
  Problem<T> x{.q_len = 5, .k_len = 140, .qk_dim = 8, .v_dim = 8};
  for (const int which : {0, 1, 2}) {
    x.make();
    (which == 0   ? x.q(0, 0, 2, 1)
     : which == 1 ? x.k(0, 0, 133, 1)
                  : x.v(0, 0, 133, 1)) = static_cast<T>(not_a_number);
    x.forward();
    for (Size i = 0; i < 5; ++i) CHECK(std::isnan(x.out(0, 0, i, 1)) == (which != 0 || i == 2));
  }
}

TEST_CASE_TEMPLATE("attention: logits of 1e4 give no NaN", T, float, double) {
  Problem<T> x{.heads = 2, .kv_heads = 2, .q_len = 33, .k_len = 150, .qk_dim = 4, .v_dim = 4, .scale = 1};
  x.make();
  for (T& value : x.q.memory) value *= 100;
  for (T& value : x.k.memory) value *= 100;
  x.forward();
  x.backward();
  for (const auto* array : {&x.out, &x.dq, &x.dk, &x.dv})
    for (const T value : array->memory) CHECK(std::isfinite(value));
}

TEST_CASE_TEMPLATE("attention: empty sizes", T, float, double) {
  for (Problem<T> x :
       {Problem<T>{.batch = 0}, Problem<T>{.q_len = 0, .k_len = 3}, Problem<T>{.q_len = 3, .k_len = 0},
        Problem<T>{.q_len = 2, .k_len = 3, .qk_dim = 0}, Problem<T>{.q_len = 2, .k_len = 3, .v_dim = 0}})
    check(x);
}

TEST_CASE_TEMPLATE("attention: dropout of 1 gives zeros, and each mask is a seed", T, float, double) {
  Problem<T> x{.q_len = 20, .k_len = 30, .qk_dim = 4, .v_dim = 4, .dropout = 1};
  x.make();
  x.forward();
  x.backward();
  for (const auto* array : {&x.out, &x.dq, &x.dk, &x.dv})
    for (const T value : array->memory) CHECK(value == 0);
}

TEST_CASE_TEMPLATE("attention: gradients that are not wanted change nothing else", T, float, double) {
  Problem<T> x{.heads = 2, .kv_heads = 1, .q_len = 40, .k_len = 300, .qk_dim = 8, .v_dim = 8, .causal = true};
  x.make();
  x.forward();
  Problem<T> all = x;
  all.backward();
  Problem<T> y = x;
  attention_backward<T>(y.args(), y.out, y.logsumexp.data(), y.dout, {{}, y.dk, {}, nullptr});
  CHECK(same_bits(y.dk.memory, all.dk.memory));
  attention_backward<T>(y.args(), y.out, y.logsumexp.data(), y.dout, {y.dq, {}, {}, nullptr});
  CHECK(same_bits(y.dq.memory, all.dq.memory));
  attention_backward<T>(y.args(), y.out, y.logsumexp.data(), y.dout, {{}, {}, y.dv, nullptr});
  CHECK(same_bits(y.dv.memory, all.dv.memory));
  attention_backward<T>(y.args(), y.out, y.logsumexp.data(), y.dout, {{}, {}, {}, y.dbias.data()});
  CHECK(same_bits(y.dbias, all.dbias));
}

TEST_CASE_TEMPLATE("attention: the bits do not depend on the number of threads", T, float, double) {
  const int before = num_threads();
  for (Problem<T> x : {Problem<T>{.batch = 3,
                      .heads = 4,
                      .kv_heads = 2,
                      .q_len = 70,
                      .k_len = 90,
                      .qk_dim = 16,
                      .v_dim = 16,
                      .causal = true,
                      .dropout = 0.1},
                       Problem<T>{.q_len = 600, .k_len = 600, .qk_dim = 8, .v_dim = 8, .causal = true}}) {
    x.make();
    set_num_threads(1);
    x.forward();
    x.backward();
    attention_weights<T>(x.args(), x.weights.data());
    for (const int threads : {2, 3, 4, 8}) {
      Problem<T> y = x;
      y.make();
      set_num_threads(threads);
      y.forward();
      y.backward();
      attention_weights<T>(y.args(), y.weights.data());
      CHECK(same_bits(x.out.memory, y.out.memory));
      CHECK(same_bits(x.logsumexp, y.logsumexp));
      CHECK(same_bits(x.weights, y.weights));
      CHECK(same_bits(x.dq.memory, y.dq.memory));
      CHECK(same_bits(x.dk.memory, y.dk.memory));
      CHECK(same_bits(x.dv.memory, y.dv.memory));
    }
  }
  set_num_threads(before);
}

TEST_CASE_TEMPLATE(
    "attention: a query's bits are the same alone, as a cache asks it, and in the whole sequence", T, float,
    double) {
  const Size length = 300;
  Problem<T> x{
      .heads = 2, .kv_heads = 2, .q_len = length, .k_len = length, .qk_dim = 24, .v_dim = 10, .causal = true};
  x.make();
  x.forward();
  for (const Size i : {0, 1, 31, 127, 128, 200, 299}) {  // query i alone, over the i + 1 keys that it sees
    std::vector<T> out(2 * 10), logsumexp(2);
    AttentionArgs<T> one = x.args();
    one.q.data += i * one.q.time;
    one.q_len = 1, one.k_len = i + 1;
    attention_forward<T>(one, {out.data(), 20, 10, 10}, logsumexp.data());
    for (Size h = 0; h < 2; ++h)
      for (Size d = 0; d < 10; ++d) CHECK(out[static_cast<std::size_t>(h * 10 + d)] == x.out(0, h, i, d));
  }
}
