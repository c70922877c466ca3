#include "gradus/ops/table.h"

#include "gradus/base/random.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/attention.h"
#include "gradus/ops/copy.h"
#include "gradus/ops/dropout.h"
#include "gradus/ops/embedding.h"
#include "gradus/ops/join.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/masking.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/norm.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/views.h"

namespace gradus {
namespace {

using In = const std::vector<Tensor>&;

template <Tensor (*f)(const Tensor&)> Tensor unary(In x) { return f(x[0]); }
template <Tensor (*f)(const Tensor&, const Tensor&)> Tensor binary(In x) { return f(x[0], x[1]); }

/// The generator at a fixed place while one lives, so that an op that draws its own seed draws the same every
/// time.
struct FixedGenerator {
  GeneratorState before = generator_state();
  FixedGenerator() { manual_seed(7); }
  ~FixedGenerator() { set_generator_state(before); }
};

// What an attention row asks for; the mask is its fourth input.
constexpr unsigned causal = 1, masked = 2, scaled = 4, dropping = 8;

AttentionOptions attention_options(unsigned asked, In x) {
  AttentionOptions o{.causal = (asked & causal) != 0, .dropout = asked & dropping ? 0.4 : 0};
  if (asked & masked) o.mask = x[3];
  if (asked & scaled) o.scale = 0.7;
  return o;
}
template <unsigned asked> Tensor attend(In x) {
  const FixedGenerator fixed;
  return attention(x[0], x[1], x[2], attention_options(asked, x));
}
template <unsigned asked> Tensor composed_attend(In x) {
  const FixedGenerator fixed;
  return composed::attention(x[0], x[1], x[2], attention_options(asked, x), next_seed());
}

constexpr Fill positive = Fill::positive, distinct = Fill::distinct, boolean = Fill::boolean, ids = Fill::ids;

// clang-format off
// B batch, T queries or rows, S keys, H heads, G key heads, D and E head widths, C channels, V classes;
// m, k and n a matrix's.
std::vector<OpRow> make_table() {
  return {
      // arithmetic.h
      {"add", "same shape", {{"TC"}, {"TC"}}, binary<operator+>},
      {"add", "broadcast", {{"BTC"}, {"T1"}}, binary<operator+>},
      {"add", "number", {{"TC"}}, [](In x) { return 1.5 + (x[0] + 2.0); }},
      {"sub", "same shape", {{"TC"}, {"TC"}}, [](In x) { return x[0] - x[1]; }},
      {"sub", "broadcast", {{"1C"}, {"BT1"}}, [](In x) { return x[0] - x[1]; }},
      {"sub", "number", {{"TC"}}, [](In x) { return 1.5 - (x[0] - 2.0); }},
      {"mul", "same shape", {{"TC"}, {"TC"}}, binary<operator*>},
      {"mul", "broadcast", {{"C"}, {"BT1"}}, binary<operator*>},
      {"mul", "one tensor twice", {{"TC"}}, [](In x) { return x[0] * x[0]; }},
      {"mul", "number", {{"TC"}}, [](In x) { return -1.5 * (x[0] * 2.0); }},
      {"div", "same shape", {{"TC"}, {"TC", positive}}, binary<operator/>},
      {"div", "broadcast", {{"T1"}, {"BTC", positive}}, binary<operator/>},
      {"div", "number", {{"TC", positive}}, [](In x) { return 1.5 / (x[0] / 2.0); }},
      {"neg", "", {{"TC"}}, [](In x) { return -x[0]; }},
      {"pow", "same shape", {{"TC", positive}, {"TC"}}, binary<pow>},
      {"pow", "broadcast", {{"TC", positive}, {"C"}}, binary<pow>},
      {"pow", "cube", {{"TC", distinct}}, [](In x) { return pow(x[0], 3.0); }},
      {"pow", "reciprocal root", {{"TC", positive}}, [](In x) { return pow(x[0], -0.5); }},
      {"minimum", "same shape", {{"TC", distinct}, {"TC", distinct}}, binary<minimum>},
      {"minimum", "broadcast", {{"TC", distinct}, {"C", distinct}}, binary<minimum>},
      {"maximum", "same shape", {{"TC", distinct}, {"TC", distinct}}, binary<maximum>},
      {"maximum", "broadcast", {{"TC", distinct}, {"T1", distinct}}, binary<maximum>},
      {"where", "same shape", {{"TC", boolean}, {"TC"}, {"TC"}},
       [](In x) { return where(x[0], x[1], x[2]); }},
      {"where", "broadcast", {{"T1", boolean}, {"BTC"}, {"C"}}, [](In x) { return where(x[0], x[1], x[2]); }},
      {"mul_where_nonzero", "", {{"TC", distinct}, {"TC", distinct}}, binary<mul_where_nonzero>},

      // pointwise.h
      {"exp", "", {{"BTC"}}, unary<exp>},
      {"log", "", {{"BTC", positive}}, unary<log>},
      {"sqrt", "", {{"BTC", positive}}, unary<sqrt>},
      {"rsqrt", "", {{"BTC", positive}}, unary<rsqrt>},
      {"abs", "", {{"BTC", distinct}}, unary<abs>},
      {"sign", "", {{"BTC", distinct}}, unary<sign>},
      {"square", "", {{"BTC"}}, unary<square>},
      {"sin", "", {{"BTC"}}, unary<sin>},
      {"cos", "", {{"BTC"}}, unary<cos>},
      {"tanh", "", {{"BTC"}}, unary<tanh>},
      {"sigmoid", "", {{"BTC"}}, unary<sigmoid>},
      {"erf", "", {{"BTC"}}, unary<erf>},
      {"relu", "", {{"BTC", distinct}}, unary<relu>},
      {"gelu_erf", "", {{"BTC"}}, unary<gelu_erf>, unary<composed::gelu_erf>},
      {"gelu_tanh", "", {{"BTC"}}, unary<gelu_tanh>, unary<composed::gelu_tanh>},
      {"silu", "", {{"BTC"}}, unary<silu>, unary<composed::silu>},
      {"dropout", "fixed seed", {{"BTC"}}, [](In x) { return dropout(x[0], 0.5, 3); }},
      {"dropout", "drawn seed", {{"BTC"}}, [](In x) { return FixedGenerator(), dropout(x[0], 0.25); }},

      // copy.h
      {"contiguous", "of a transposed view", {{"BTC"}},
       [](In x) { return contiguous(transpose(x[0], 0, 2)); }},
      {"clone", "", {{"BTC"}}, unary<clone>},

      // reduce.h
      {"sum", "all", {{"BTC"}}, [](In x) { return sum(x[0]); }},
      {"sum", "last axis", {{"BTC"}}, [](In x) { return sum(x[0], {-1}); }},
      {"sum", "outer axes, kept", {{"BTC"}}, [](In x) { return sum(x[0], {0, 2}, true); }},
      {"mean", "all", {{"BTC"}}, [](In x) { return mean(x[0]); }},
      {"mean", "middle axis", {{"BTC"}}, [](In x) { return mean(x[0], {1}); }},
      {"max", "all", {{"BTC", distinct}}, [](In x) { return max(x[0]); }, nullptr, "BTC"},
      {"max", "last axis", {{"BTC", distinct}}, [](In x) { return max(x[0], -1); }, nullptr, "C"},
      {"min", "all", {{"BTC", distinct}}, [](In x) { return min(x[0]); }, nullptr, "BTC"},
      {"min", "middle axis, kept", {{"BTC", distinct}},
       [](In x) { return min(x[0], 1, true); }, nullptr, "T"},
      {"var", "all", {{"BTC"}}, [](In x) { return var(x[0]); }},
      {"var", "two axes, biased, kept", {{"BTC"}}, [](In x) { return var(x[0], {0, 2}, 0, true); }},
      {"logsumexp", "last axis", {{"BTC"}}, [](In x) { return logsumexp(x[0], -1); }},
      {"logsumexp", "first axis, kept", {{"BTC"}}, [](In x) { return logsumexp(x[0], 0, true); }},
      {"sum_to", "", {{"BTC"}}, [](In x) { return sum_to(x[0], {x[0].size(1), 1}); }},

      // views.h
      {"reshape", "", {{"BTC"}},
       [](In x) { return reshape(x[0], {x[0].size(2), x[0].size(1), x[0].size(0)}); }},
      {"view", "", {{"BTC"}},
       [](In x) { return view(contiguous(x[0]), {x[0].size(0) * x[0].size(1), x[0].size(2)}); }},
      {"flatten", "last two axes", {{"BTC"}}, [](In x) { return flatten(x[0], 1); }},
      {"transpose", "", {{"BTC"}}, [](In x) { return transpose(x[0], 0, -1); }},
      {"permute", "", {{"BTC"}}, [](In x) { return permute(x[0], {2, 0, 1}); }},
      {"slice", "middle", {{"BTC"}}, [](In x) { return slice(x[0], 1, 1, -1); }},
      {"slice", "every other", {{"BTC"}}, [](In x) { return slice(x[0], -1, 1, 99999, 2); }},
      {"narrow", "", {{"BTC"}}, [](In x) { return narrow(x[0], 1, 1, 2); }, nullptr, "T"},
      {"select", "", {{"BTC"}}, [](In x) { return select(x[0], 1, -2); }, nullptr, "T"},
      {"expand", "", {{"T1"}}, [](In x) { return expand(x[0], {3, -1, 4}); }},
      {"squeeze", "", {{"T1C"}}, [](In x) { return squeeze(x[0], 1); }},
      {"unsqueeze", "", {{"TC"}}, [](In x) { return unsqueeze(x[0], 1); }},
      {"split", "unequal parts, swapped", {{"TC"}},
       [](In x) {
         const std::vector<Tensor> part = split(x[0], x[0].size(1) / 2 + 1, 1);
         return cat({part.rbegin(), part.rend()}, 1);
       }, nullptr, "C"},
      {"chunk", "", {{"TH"}},
       [](In x) {
         const auto [a, b] = chunk<2>(x[0], 1);
         return a * b;
       }},

      // join.h
      {"cat", "three, last axis", {{"TC"}, {"T1"}, {"TD"}}, [](In x) { return cat(x, -1); }},
      {"cat", "one tensor twice", {{"TC"}}, [](In x) { return cat({x[0], x[0]}); }},
      {"stack", "middle axis", {{"TC"}, {"TC"}}, [](In x) { return stack(x, 1); }},

      // masking.h
      {"masked_fill", "broadcast mask", {{"BTC"}, {"1TC", boolean}},
       [](In x) { return masked_fill(x[0], x[1], -2.5); }},
      {"tril", "", {{"BTC"}}, [](In x) { return tril(x[0]); }},
      {"tril", "shifted", {{"BTC"}}, [](In x) { return tril(x[0], 1); }},
      {"triu", "shifted", {{"TC"}}, [](In x) { return triu(x[0], -1); }},

      // matmul.h
      {"matmul", "matrices", {{"mk"}, {"kn"}}, binary<matmul>},
      {"matmul", "batch", {{"Bmk"}, {"Bkn"}}, binary<matmul>},
      {"matmul", "batch by matrix", {{"Bmk"}, {"kn"}}, binary<matmul>},
      {"matmul", "matrix by batch", {{"mk"}, {"Bkn"}}, binary<matmul>},
      {"matmul", "broadcast batch", {{"B1mk"}, {"Hkn"}}, binary<matmul>},
      {"matmul", "vectors", {{"k"}, {"k"}}, binary<matmul>},
      {"matmul", "vector by batch", {{"k"}, {"Bkn"}}, binary<matmul>},
      {"matmul", "batch by vector", {{"Bmk"}, {"k"}}, binary<matmul>},
      {"matmul", "transposed views", {{"Bkm"}, {"Bnk"}}, [](In x) { return matmul(x[0].t(), x[1].t()); }},
      {"linear", "bias", {{"Bmk"}, {"nk"}, {"n"}},
       [](In x) { return linear(x[0], x[1], x[2]); },
       [](In x) { return composed::linear(x[0], x[1], x[2]); }},
      {"linear", "no bias", {{"mk"}, {"nk"}},
       [](In x) { return linear(x[0], x[1]); }, [](In x) { return composed::linear(x[0], x[1]); }},
      {"linear", "vector", {{"k"}, {"nk"}, {"n"}},
       [](In x) { return linear(x[0], x[1], x[2]); },
       [](In x) { return composed::linear(x[0], x[1], x[2]); }},

      // softmax.h
      {"softmax", "last axis", {{"BTC"}},
       [](In x) { return softmax(x[0]); }, [](In x) { return composed::softmax(x[0]); }},
      {"softmax", "first axis", {{"BTC"}},
       [](In x) { return softmax(x[0], 0); }, [](In x) { return composed::softmax(x[0], 0); }},
      {"log_softmax", "last axis", {{"BTC"}},
       [](In x) { return log_softmax(x[0]); }, [](In x) { return composed::log_softmax(x[0]); }},
      {"log_softmax", "middle axis", {{"BTC"}},
       [](In x) { return log_softmax(x[0], 1); }, [](In x) { return composed::log_softmax(x[0], 1); }},

      // norm.h
      {"layer_norm", "weight and bias", {{"BTC"}, {"C"}, {"C"}},
       [](In x) { return layer_norm(x[0], x[1], x[2]); },
       [](In x) { return composed::layer_norm(x[0], x[1], x[2]); }},
      {"layer_norm", "weight", {{"BTC"}, {"C"}},
       [](In x) { return layer_norm(x[0], x[1], {}); },
       [](In x) { return composed::layer_norm(x[0], x[1], {}); }},
      {"layer_norm", "plain, large eps", {{"TC"}},
       [](In x) { return layer_norm(x[0], {}, {}, 0.5); },
       [](In x) { return composed::layer_norm(x[0], {}, {}, 0.5); }},
      {"rms_norm", "weight", {{"BTC"}, {"C"}},
       [](In x) { return rms_norm(x[0], x[1]); }, [](In x) { return composed::rms_norm(x[0], x[1]); }},
      {"rms_norm", "plain, large eps", {{"TC"}},
       [](In x) { return rms_norm(x[0], {}, 0.5); }, [](In x) { return composed::rms_norm(x[0], {}, 0.5); }},

      // attention.h
      {"attention", "", {{"BHTD"}, {"BHSD"}, {"BHSE"}},
       attend<0>, composed_attend<0>, "DH"},
      {"attention", "causal, scaled", {{"BHTD"}, {"BHTD"}, {"BHTD"}},
       attend<causal | scaled>, composed_attend<causal | scaled>, "DH"},
      {"attention", "causal, fewer queries than keys", {{"BHTD"}, {"BHSD"}, {"BHSE"}},
       attend<causal>, composed_attend<causal>, "DH"},
      {"attention", "causal, queries that see no key", {{"BHSD"}, {"BHTD"}, {"BHTE"}},
       attend<causal>, composed_attend<causal>, "DH"},
      {"attention", "grouped heads", {{"BHTD"}, {"BGSD"}, {"BGSE"}},
       attend<0>, composed_attend<0>, "DG"},
      {"attention", "one key head, causal", {{"BHTD"}, {"B1TD"}, {"B1TE"}},
       attend<causal>, composed_attend<causal>, "D"},
      {"attention", "bias for each head", {{"BHTD"}, {"BHSD"}, {"BHSE"}, {"HTS"}},
       attend<masked>, composed_attend<masked>, "DH"},
      {"attention", "bias for each batch, causal, grouped heads", {{"BHTD"}, {"BGTD"}, {"BGTE"}, {"B1TT"}},
       attend<causal | masked>, composed_attend<causal | masked>, "DG"},
      {"attention", "boolean mask", {{"BHTD"}, {"BHSD"}, {"BHSE"}, {"TS", boolean}},
       attend<masked>, composed_attend<masked>, "DH"},
      {"attention", "boolean mask for each key, causal", {{"BHTD"}, {"BHTD"}, {"BHTE"}, {"B11T", boolean}},
       attend<causal | masked>, composed_attend<causal | masked>, "DH"},
      {"attention", "dropout, causal", {{"BHTD"}, {"BHTD"}, {"BHTE"}},
       attend<causal | dropping>, composed_attend<causal | dropping>, "DH"},
      {"attention", "dropout, bias, grouped heads", {{"BHTD"}, {"BGSD"}, {"BGSE"}, {"TS"}},
       attend<masked | dropping>, composed_attend<masked | dropping>, "DG"},

      // embedding.h
      {"embedding", "", {{"VC"}, {"BT", ids, 'V'}}, binary<embedding>, nullptr, "V"},
      {"index_select", "middle axis", {{"BVC"}, {"T", ids, 'V'}},
       [](In x) { return index_select(x[0], 1, x[1]); }, nullptr, "V"},
      {"gather", "middle axis", {{"BVC"}, {"BTC", ids, 'V'}},
       [](In x) { return gather(x[0], 1, x[1]); }, nullptr, "V"},

      // loss.h
      {"cross_entropy", "mean", {{"BTV"}, {"BT", ids, 'V'}},
       [](In x) { return cross_entropy(x[0], x[1]); },
       [](In x) { return composed::cross_entropy(x[0], x[1]); }, "V"},
      {"cross_entropy", "sum, one class ignored", {{"TV"}, {"T", ids, 'V'}},
       [](In x) { return cross_entropy(x[0], x[1], {1, 0, Reduction::sum}); },
       [](In x) { return composed::cross_entropy(x[0], x[1], {1, 0, Reduction::sum}); }, "V"},
      {"cross_entropy", "none, smoothed, one class ignored", {{"BTV"}, {"BT", ids, 'V'}},
       [](In x) { return cross_entropy(x[0], x[1], {1, 0.1, Reduction::none}); },
       [](In x) { return composed::cross_entropy(x[0], x[1], {1, 0.1, Reduction::none}); }, "V"},
      {"mse_loss", "mean", {{"TC"}, {"TC"}}, [](In x) { return mse_loss(x[0], x[1]); }},
      {"mse_loss", "sum", {{"TC"}, {"TC"}}, [](In x) { return mse_loss(x[0], x[1], Reduction::sum); }},
      {"mse_loss", "none", {{"TC"}, {"TC"}}, [](In x) { return mse_loss(x[0], x[1], Reduction::none); }},
  };
}
// clang-format on

}  // namespace

const std::vector<OpRow>& op_table() {
  static const std::vector<OpRow> table = make_table();
  return table;
}

}  // namespace gradus
