#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "gradus/tensor/tensor.h"

namespace gradus {

struct AttentionOptions {
  bool causal = false;  ///< query i sees keys j <= i + Tk - Tq: aligned at the last key, as a cache needs
  /// Broadcastable to [B, H, Tq, Tk]: boolean, where true means "may attend", or floating, added to the
  /// scores and differentiable. Undefined: none.
  Tensor mask = {};
  std::optional<double> scale = {};  ///< of the scores; 1 / sqrt(D) unless given
  double dropout = 0;                ///< of the attention weights; off under Eval
  std::string_view layer = {};       ///< the name Capture and Intervene know it by
};

/// softmax(scale q k^T + mask) v for every head (Vaswani et al. 2017). O(T) memory: no T x T matrix exists
/// unless Capture, Intervene, create_graph or a mask's gradient asks for it. Strided views are read in place,
/// so a packed qkv is never copied.
/// Query head h reads head h / (H / G): G = H, or fewer (grouped queries). A row that may attend to nothing
/// gives zeros and zero gradients.
///   q [B, H, Tq, D], k [B, G, Tk, D], v [B, G, Tk, Dv]  ->  [B, H, Tq, Dv]
///   with A = softmax(S), dA = dy v^T, dS = A (dA - sum(A dA)):
///   dq = scale dS k      dk = scale dS^T q      dv = A^T dy      dmask = dS
Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options = {});

namespace composed {
/// The same from matmul, softmax and masked_fill: what `attention` means. Dropout takes its mask from `seed`.
Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options = {},
                 std::uint64_t seed = 0);
}  // namespace composed

}  // namespace gradus
