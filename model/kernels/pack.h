#pragma once

#include <cstdint>

#include "model/kernels/gemm.h"

namespace hone::model::kernels {

/// panel [k, kPanel] = b [k, columns], zeros past `columns`.
void pack_panel(const ConstMatrix& b, std::int64_t k, std::int64_t columns, float* panel);

}  // namespace hone::model::kernels
