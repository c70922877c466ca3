#include "gradus/nn/layers.h"

#include "gradus/ops/dropout.h"
#include "gradus/ops/embedding.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/norm.h"
#include "gradus/tensor/creation.h"

namespace gradus::nn {

Linear::Linear(std::int64_t in, std::int64_t out, bool with_bias, Init init)
    : weight(initialised(init, {out, in}, in)) {
  if (with_bias)
    bias = Parameter(initialised(init.kind == Init::Kind::fan_in ? init : Init::zeros(), {out}, in));
}
Tensor Linear::operator()(const Tensor& x) const { return linear(x, weight, bias); }

Embedding::Embedding(std::int64_t rows, std::int64_t width, Init init)
    : weight(initialised(init, {rows, width}, width)) {}
Tensor Embedding::operator()(const Tensor& ids) const { return embedding(weight, ids); }

LayerNorm::LayerNorm(std::int64_t width, bool with_bias, double epsilon)
    : weight(ones({width})), eps(epsilon) {
  if (with_bias) bias = Parameter(zeros({width}));
}
Tensor LayerNorm::operator()(const Tensor& x) const { return layer_norm(x, weight, bias, eps); }

RMSNorm::RMSNorm(std::int64_t width, double epsilon) : weight(ones({width})), eps(epsilon) {}
Tensor RMSNorm::operator()(const Tensor& x) const { return rms_norm(x, weight, eps); }

Tensor Dropout::operator()(const Tensor& x) const { return dropout(x, p); }

}  // namespace gradus::nn
