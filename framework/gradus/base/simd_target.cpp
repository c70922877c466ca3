#include "gradus/base/simd_target.h"

#define HWY_TARGET_INCLUDE "gradus/base/simd_target.cpp"
#include "gradus/base/simd.h"

HWY_BEFORE_NAMESPACE();
namespace gradus::HWY_NAMESPACE {
const char* target_name() { return hwy::TargetName(HWY_TARGET); }
}  // namespace gradus::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {
// Dispatched as a kernel is, so it cannot claim more than a kernel gets.
const char* simd_target() { return GRADUS_SIMD(target_name)(); }
}  // namespace gradus
#endif
