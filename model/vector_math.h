#pragma once

namespace hone::model {

/// Calls LibTorch's vector functions (exp, log, tanh, sin, cos) once on each thread, one thread
/// after the other. MKL, which computes them, sets itself up on the first call; two threads that
/// make it at once can get a coarser result: tanh was off by 5e-5 in one of some dozens of
/// processes. To be called before anything else is computed, and again after a change of the number
/// of threads.
void set_up_vector_math();

}  // namespace hone::model
