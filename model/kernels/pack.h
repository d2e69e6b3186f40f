#pragma once

#include <cstdint>

#include "model/kernels/gemm.h"

namespace hone::model::kernels {

/// to [columns, rows] = from [rows, columns]; `from_row` and `to_row` floats lie between rows.
void transpose(const float* from, std::int64_t from_row, std::int64_t rows, std::int64_t columns,
               float* to, std::int64_t to_row);

/// panel [k, kPanel] = b [k, columns], zeros past `columns`.
void pack_panel(const ConstMatrix& b, std::int64_t k, std::int64_t columns, float* panel);

}  // namespace hone::model::kernels
