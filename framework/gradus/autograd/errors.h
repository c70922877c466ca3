#pragma once
#include <initializer_list>
#include <string>

#include "gradus/tensor/tensor.h"

namespace gradus {

struct Operand {
  const char* name;
  const Tensor& tensor;
};

/// "float32 [32, 64, 256]   from gelu (node 41)": type, shape and, read off the tape, where a tensor came
/// from.
std::string describe(const Tensor& x);

/// The one form of an op's error: what failed, why, each operand with its shape and origin, what to try.
[[noreturn]] void fail_operands(const char* op, const std::string& why,
                                std::initializer_list<Operand> operands, const std::string& advice = "");

/// The shape both operands broadcast to, or the error that names them and the first sizes that clash from the right.
Shape broadcast_operands(const char* op, Operand a, Operand b);

/// Errors unless both operands have one floating type: "matmul: a is float32 and b is float64; write
/// b.to(Dtype::float32)".
void check_same_floating(const char* op, Operand a, Operand b);

}  // namespace gradus
