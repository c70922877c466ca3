#pragma once

namespace gradus {

/// The instruction set that kernels run with on this CPU, in Highway's words: "AVX3", "AVX2", "NEON",
/// "EMU128" (plain C++).
const char* simd_target();

}  // namespace gradus
