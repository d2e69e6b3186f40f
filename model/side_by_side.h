#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <utility>

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
  std::atomic<std::int64_t> next = 0;
  std::int64_t turn = 0;  // guarded by the mutex, as is the failure
  std::exception_ptr failure;
  std::mutex mutex;
  std::condition_variable changed;
#pragma omp parallel num_threads(at_once)
  for (std::int64_t i = next++; i < count; i = next++) {
    try {
      auto result = work(i);
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return turn == i || failure; });
      if (failure) break;
      take(i, std::move(result));
      ++turn;
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
