// The processor time of a call: for work that no count of instructions sees, such as comparing long strings. It ends a
// script, and nothing that a script can see depends on it.
#include <stdatomic.h>
#include <time.h>

#include "internal.h"

/// Reading the clock of processor time is a system call. So it is read only after this many nanoseconds of the cheap
/// clock.
#define LOOK_EVERY 50000000

#ifdef CLOCK_MONOTONIC_COARSE
#define CHEAP_CLOCK CLOCK_MONOTONIC_COARSE
#else
#define CHEAP_CLOCK CLOCK_MONOTONIC
#endif

static atomic_int is_time_over;

void swl_end_time(void) { atomic_store(&is_time_over, 1); }

static int64_t nanoseconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

void swl_start_time(swl_state *S) {
  S->started_at = -1;
  S->looked_at = 0;
  S->next_look = S->fuel;
}

void swl_check_time(swl_state *S, lua_State *L) {
  S->next_look = S->fuel - SWL_PERIOD;
  if (atomic_load_explicit(&is_time_over, memory_order_relaxed)) swl_kill(S, L, SWL_LIMIT_SECONDS);
  int64_t now = nanoseconds(CHEAP_CLOCK);
  if (now - S->looked_at < LOOK_EVERY) return;
  S->looked_at = now;
  int64_t used = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
  if (S->started_at < 0) S->started_at = used;
  if ((used - S->started_at) / 1000000000 >= S->limits.seconds) swl_kill(S, L, SWL_LIMIT_SECONDS);
}
