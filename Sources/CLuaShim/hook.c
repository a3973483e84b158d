// The budget of instructions, and an end of the state that no script can prevent.
//
// A limit marks the state as killed, for good. The error value is a light userdata; pcall, xpcall, coroutine.resume,
// wrap and close raise it again, and on the killed thread the hook fires at every instruction.
#include <stdatomic.h>
#include <stdlib.h>

#include "internal.h"

struct swl_stop_flag {
  atomic_int is_raised;
};

swl_stop_flag *swl_stop_flag_make(void) {
  size_t capacity = 0;
  swl_stop_flag *flag = swl_grow(NULL, &capacity, 1, sizeof *flag);
  atomic_init(&flag->is_raised, 0);
  return flag;
}

void swl_stop_flag_free(swl_stop_flag *flag) { free(flag); }
void swl_stop_flag_raise(swl_stop_flag *flag) { atomic_store(&flag->is_raised, 1); }
void swl_watch(swl_state *S, swl_stop_flag *flag) { S->stop_flag = flag; }

int swl_is_stop_requested(const swl_state *S) {
  return S->stop_flag != NULL && atomic_load_explicit(&S->stop_flag->is_raised, memory_order_relaxed);
}

void swl_arm(swl_state *S) {
  if (S->running == NULL) return;
  S->is_armed = 1;
  lua_sethook(S->running, swl_hook, LUA_MASKCOUNT | swl_hook_mask(S), 1);
}

void swl_mark_killed(swl_state *S, int limit) {
  if (S->killed != SWL_LIMIT_NONE) return;
  S->killed = limit;
  swl_set_kill_error(S);
  swl_arm(S);
}

int swl_raise_kill(lua_State *L) {
  lua_pushlightuserdata(L, swl_of(L));
  return lua_error(L);
}

int swl_kill(swl_state *S, lua_State *L, int limit) {
  S->running = L;
  swl_mark_killed(S, limit);
  return swl_raise_kill(L);
}

void swl_charge(swl_state *S, lua_State *L, int64_t units) {
  if (!S->is_enforcing) return;  // the host's own work
  S->fuel = units < S->fuel ? S->fuel - units : -1;
  if (S->killed != SWL_LIMIT_NONE) swl_raise_kill(L);
  if (S->fuel < 0) swl_kill(S, L, SWL_LIMIT_INSTRUCTIONS);
  if (swl_is_stop_requested(S)) swl_kill(S, L, SWL_LIMIT_STOPPED);
  if (S->fuel < S->next_look) swl_check_time(S, L);
}

/// Bytes of a nearly full heap whose collection costs one instruction.
#define COLLECTED_BYTES_PER_INSTRUCTION 32

static void collect_if_due(swl_state *S, lua_State *L) {
  // The heap of a script that stays near the limit is walked again and again, and the script pays for that.
  if (swl_memory_used(S) > S->urgent_threshold) S->fuel -= S->object_bytes / COLLECTED_BYTES_PER_INSTRUCTION;
  if (S->is_collection_due || swl_memory_used(S) > S->limits.memory_bytes) swl_full_collection(S, L);
  if (swl_memory_used(S) > S->limits.memory_bytes) swl_kill(S, L, SWL_LIMIT_MEMORY);
}

void swl_hook(lua_State *L, lua_Debug *activation) {
  swl_state *S = swl_of(L);
  // A call by the host itself.
  if (!S->is_enforcing && activation->event != LUA_HOOKCOUNT) return;
  if (S->killed != SWL_LIMIT_NONE) {
    lua_sethook(L, swl_hook, LUA_MASKCOUNT | swl_hook_mask(S), 1);
    swl_raise_kill(L);
  }
  if (S->has_overflowed) swl_kill(S, L, SWL_LIMIT_NESTING);
  swl_check_depth(S, L);
  if (activation->event != LUA_HOOKCOUNT) return;
  int was_armed = lua_gethookcount(L) == 1;
  S->is_armed = 0;
  if (was_armed) lua_sethook(L, swl_hook, LUA_MASKCOUNT | swl_hook_mask(S), SWL_PERIOD);
  S->fuel -= was_armed ? 1 : SWL_PERIOD;
  if (S->fuel < 0) swl_kill(S, L, SWL_LIMIT_INSTRUCTIONS);
  if (swl_is_stop_requested(S)) swl_kill(S, L, SWL_LIMIT_STOPPED);
  swl_check_time(S, L);
  collect_if_due(S, L);
}

void swl_settle(swl_state *S, lua_State *L) {
  if (S->killed != SWL_LIMIT_NONE) swl_raise_kill(L);
  if (!S->is_enforcing) return;
  if (S->fuel < 0) swl_kill(S, L, SWL_LIMIT_INSTRUCTIONS);
  collect_if_due(S, L);
}
