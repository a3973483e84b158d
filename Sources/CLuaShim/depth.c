// How deep calls are nested. The limit of depth is the script's; liblua has two more of its own: the slots of a stack,
// and 200 levels of calls through C. All three end the state, so a script can't see how deep it came.
#include <string.h>

#include "internal.h"

/// Up to this limit, the depth is checked at each call. Above it, it is checked at one instruction in SWL_PERIOD, which
/// costs nothing in between.
#define EXACT_DEPTH 10000
/// More than what one period of instructions can add through C.
#define MARGIN (2 * SWL_PERIOD)

int swl_hook_mask(const swl_state *S) { return S->limits.depth <= EXACT_DEPTH ? LUA_MASKCALL : 0; }

void swl_check_depth(swl_state *S, lua_State *L) {
  // Each call takes at least one slot, so no smaller stack is too deep.
  if (S->large_stacks == 0) return;
  if (S->unchecked_thread == L && S->unchecked_hooks > 0) {
    S->unchecked_hooks--;
    return;
  }
  lua_Debug frame;
  int64_t limit = S->limits.depth < INT32_MAX ? S->limits.depth : INT32_MAX;
  if (lua_getstack(L, (int)limit, &frame)) swl_kill(S, L, SWL_LIMIT_DEPTH);
  if (swl_hook_mask(S) != 0) return;
  // A look at the depth takes as many steps as there are calls. A thread that is at least `rest` calls below the limit
  // needs at least that many instructions to reach it, so it is not checked until then.
  for (int64_t rest = limit / 4; rest > MARGIN; rest /= 4) {
    if (lua_getstack(L, (int)(limit - rest), &frame)) continue;
    S->unchecked_thread = L;
    S->unchecked_hooks = (rest - MARGIN) / SWL_PERIOD;
    return;
  }
}

/// Whether the value on top is what liblua raises at its limit of C calls.
static int is_c_overflow(lua_State *L) {
  static const char text[] = "C stack overflow";
  size_t count, end = sizeof text - 1;
  if (lua_type(L, -1) != LUA_TSTRING) return 0;
  const char *message = lua_tolstring(L, -1, &count);
  return count >= end && memcmp(message + count - end, text, end) == 0;
}

void swl_notice_overflow(swl_state *S, lua_State *L) {
  if (S->killed != SWL_LIMIT_NONE || !S->is_enforcing || S->flags & SWL_OVERFLOW_IS_CAUGHT) return;
  if (!S->has_overflowed && !is_c_overflow(L)) return;
  // A coroutine that could not even start has no location.
  lua_Debug place;
  if (swl_find_place(L, &place)) S->running = L;
  swl_mark_killed(S, SWL_LIMIT_NESTING);
}
