// The budget of instructions, and the end of a state that no script can stop.
//
// A limit marks the state as killed, for good. The error value is a light userdata; pcall, xpcall, coroutine.resume, wrap and
// close raise it again, and on the killed thread the hook fires at every instruction.
#include "internal.h"

void swl_arm(swl_state *S) {
  if (S->running == NULL) return;
  S->is_armed = 1;
  lua_sethook(S->running, swl_hook, LUA_MASKCOUNT, 1);
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
}

static void collect_if_due(swl_state *S, lua_State *L) {
  if (S->is_collection_due || swl_memory_used(S) > S->limits.memory_bytes) swl_full_collection(S, L);
  if (swl_memory_used(S) > S->limits.memory_bytes) swl_kill(S, L, SWL_LIMIT_MEMORY);
}

void swl_hook(lua_State *L, lua_Debug *activation) {
  (void)activation;
  swl_state *S = swl_of(L);
  if (S->killed != SWL_LIMIT_NONE) {
    lua_sethook(L, swl_hook, LUA_MASKCOUNT, 1);
    swl_raise_kill(L);
  }
  int was_armed = lua_gethookcount(L) == 1;
  S->is_armed = 0;
  if (was_armed) lua_sethook(L, swl_hook, LUA_MASKCOUNT, SWL_PERIOD);
  S->fuel -= was_armed ? 1 : SWL_PERIOD;
  if (S->fuel < 0) swl_kill(S, L, SWL_LIMIT_INSTRUCTIONS);
  collect_if_due(S, L);
}

void swl_settle(swl_state *S, lua_State *L) {
  if (S->killed != SWL_LIMIT_NONE) swl_raise_kill(L);
  if (S->is_enforcing) collect_if_due(S, L);
}
