#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace hone::model {

/// Calls work(i) for all i < count and take(i, its result) in rising order, one at a time. Where
/// there are several threads and several i, each thread has an i of its own, and what it calls runs
/// on it alone; otherwise all threads work on the same i. Throws what one of them threw; what comes
/// after it may be left out.
template <class Work, class Take>
void side_by_side(std::int64_t count, int threads, Work work, Take take) {
  const int at_once = static_cast<int>(std::min<std::int64_t>(threads, count));
  if (at_once <= 1) {
    for (std::int64_t i = 0; i < count; ++i) take(i, work(i));
    return;
  }
  using Result = decltype(work(count));
  std::atomic<std::int64_t> next = 0;
  // Guarded by the mutex. A result waits here for those before it, so that its thread can go on;
  // but few do, as they take memory.
  std::vector<std::optional<Result>> waiting(static_cast<std::size_t>(count));
  std::int64_t turn = 0;
  std::exception_ptr failure;
  std::mutex mutex;
  std::condition_variable changed;
#pragma omp parallel num_threads(at_once)
  for (std::int64_t i = next++; i < count; i = next++) {
    try {
      Result result = work(i);
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return i < turn + 2 * at_once || failure; });
      if (failure) break;
      waiting[static_cast<std::size_t>(i)] = std::move(result);
      for (; turn < count && waiting[static_cast<std::size_t>(turn)]; ++turn) {
        std::optional<Result>& first = waiting[static_cast<std::size_t>(turn)];
        take(turn, *std::move(first));
        first.reset();
      }
    } catch (...) {  // it must not leave the parallel region
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
      next = count;
    }
    changed.notify_all();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace hone::model
