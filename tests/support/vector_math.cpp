#include "model/vector_math.h"

// As the program does when it starts: the plain operations that kernels are tested against are
// LibTorch's.
namespace {
[[maybe_unused]] const bool ready = (hone::model::set_up_vector_math(), true);
}
