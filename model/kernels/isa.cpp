#include "model/kernels/isa.h"

#include "model/kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/isa.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace hone::model::kernels::HWY_NAMESPACE {
std::int64_t target() { return HWY_TARGET; }
}  // namespace hone::model::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hone::model::kernels {
namespace {

HWY_EXPORT(target);

struct Isa {
  std::string_view name;
  std::int64_t target;
};
constexpr Isa kIsas[] = {{"avx512", HWY_AVX3}, {"avx2", HWY_AVX2}, {"scalar", HWY_STATIC_TARGET}};

void choose(std::int64_t targets) {
  hwy::SetSupportedTargetsForTest(targets);  // 0: whatever the machine has
  hwy::GetChosenTarget().DeInit();           // looked up again at the next call
}

}  // namespace

std::vector<std::string> available_isas() {
  std::vector<std::string> names;
  for (const Isa& isa : kIsas) {
    if ((hwy::SupportedTargets() & HWY_TARGETS & isa.target) != 0) names.emplace_back(isa.name);
  }
  return names;
}

std::string current_isa() {
  const std::int64_t now = HWY_DYNAMIC_DISPATCH(target)();
  for (const Isa& isa : kIsas) {
    if (isa.target == now) return std::string(isa.name);
  }
  return "unknown";
}

bool use_isa(std::string_view name) {
  choose(0);
  if (name.empty()) return true;
  for (const Isa& isa : kIsas) {
    if (isa.name != name) continue;
    if ((hwy::SupportedTargets() & HWY_TARGETS & isa.target) == 0) return false;
    choose(isa.target);
    return true;
  }
  return false;
}

}  // namespace hone::model::kernels
#endif  // HWY_ONCE
