#include "rl/vocabulary.h"

#include "model/error.h"

namespace hone::rl {

std::int64_t shared_vocabulary(const model::Tokenizer& teacher, const model::Tokenizer& student,
                               const std::string& place) {
  const std::int64_t count = teacher.vocab_size();
  if (student.vocab_size() != count) {
    throw DataError(place, "the teacher's vocabulary of " + std::to_string(count) + " ids",
                    std::to_string(student.vocab_size()));
  }
  for (std::int32_t id = 0; id < count; ++id) {
    // Twice: a tokenizer may drop the space at the start of a text, never the one in between.
    const std::string wanted = teacher.decode({id, id});
    const std::string got = student.decode({id, id});
    if (wanted == got) continue;
    throw DataError(place,
                    "the teacher's vocabulary, in which id " + std::to_string(id) + " twice is \"" +
                        wanted + "\"",
                    "\"" + got + "\"");
  }
  return count;
}

}  // namespace hone::rl
