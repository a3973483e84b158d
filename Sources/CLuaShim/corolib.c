// Coroutines that keep the budget and pass a kill on. yield, status, running and isyieldable are liblua's.
#include "internal.h"

static lua_State *check_coroutine(lua_State *L) {
  lua_State *co = lua_tothread(L, 1);
  luaL_argexpected(L, co != NULL, 1, "coroutine");
  return co;
}

/// Moves `arguments` values from L, runs co, and moves its results, or the error, to L. Returns their number, or -1.
static int resume(swl_state *S, lua_State *L, lua_State *co, int arguments) {
  int results;
  if (S->resume_depth >= S->limits.depth) swl_kill(S, L, SWL_LIMIT_DEPTH);
  if (!lua_checkstack(co, arguments)) {
    lua_pushliteral(L, "too many arguments to resume");
    return -1;
  }
  lua_xmove(L, co, arguments);
  lua_State *caller = S->running;
  S->running = co;
  ++*swl_resume_count(co);
  S->resume_depth++;
  int status = lua_resume(co, L, arguments, &results);
  S->resume_depth--;
  S->running = caller;
  if (status != LUA_OK && status != LUA_YIELD) swl_notice_overflow(S, co);
  if (S->killed != SWL_LIMIT_NONE) return swl_raise_kill(L);
  // The hook may have been armed on the other thread.
  if (S->is_armed) swl_arm(S);
  if (status != LUA_OK && status != LUA_YIELD) {
    S->observed |= SWL_OBSERVED_ERRORS;
    lua_xmove(co, L, 1);
    return -1;
  }
  if (!lua_checkstack(L, results + 1)) {
    lua_pop(co, results);
    lua_pushliteral(L, "too many results to resume");
    return -1;
  }
  lua_xmove(co, L, results);
  return results;
}

static int create(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  // Each thread counts instructions for itself: one period is paid in advance.
  swl_charge(swl_of(L), L, SWL_PERIOD);
  lua_State *co = lua_newthread(L);
  *swl_resume_count(co) = 0;
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  return 1;
}

static int resume_function(lua_State *L) {
  lua_State *co = check_coroutine(L);
  int results = resume(swl_of(L), L, co, lua_gettop(L) - 1);
  if (results < 0) {
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
  }
  lua_pushboolean(L, 1);
  lua_insert(L, -(results + 1));
  return results + 1;
}

/// Runs the pending to-be-closed variables of a coroutine. liblua 5.4.4 does not count this nesting against its C
/// stack limit.
static int close_thread(swl_state *S, lua_State *L, lua_State *co) {
  if (S->close_depth >= SWL_CLOSE_DEPTH)
    luaL_error(L, "coroutine.close is nested more than %d levels", SWL_CLOSE_DEPTH);
  swl_charge(S, L, 10);
  lua_State *caller = S->running;
  S->running = co;
  S->close_depth++;
  ++*swl_resume_count(co);
  int status = lua_resetthread(co);
  S->close_depth--;
  S->running = caller;
  if (status != LUA_OK) swl_notice_overflow(S, co);
  if (S->killed != SWL_LIMIT_NONE) swl_raise_kill(L);
  if (S->is_armed) swl_arm(S);
  return status;
}

static int call_wrapped(lua_State *L) {
  swl_state *S = swl_of(L);
  lua_State *co = lua_tothread(L, lua_upvalueindex(1));
  int results = resume(S, L, co, lua_gettop(L));
  if (results >= 0) return results;
  // stack: error
  int status = lua_status(co);
  if (status != LUA_OK && status != LUA_YIELD) {
    status = close_thread(S, L, co);
    lua_xmove(co, L, 1);
  }
  if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
    int64_t cause = swl_cause_of(S, L, -1);
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
    swl_note_cause(S, L, cause);
  }
  return lua_error(L);
}

static int wrap(lua_State *L) {
  create(L);
  lua_pushcclosure(L, call_wrapped, 1);
  return 1;
}

static int is_running_or_normal(lua_State *L, lua_State *co, const char **name) {
  lua_Debug frame;
  *name = "running";
  if (co == L) return 1;
  *name = "normal";
  return lua_status(co) == LUA_OK && lua_getstack(co, 0, &frame);
}

static int close(lua_State *L) {
  const char *name;
  lua_State *co = check_coroutine(L);
  if (is_running_or_normal(L, co, &name)) return luaL_error(L, "cannot close a %s coroutine", name);
  if (close_thread(swl_of(L), L, co) == LUA_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushboolean(L, 0);
  lua_xmove(co, L, 1);
  return 2;
}

const luaL_Reg swl_coroutine_functions[] = {
    {"create", create}, {"resume", resume_function}, {"wrap", wrap}, {"close", close}, {NULL, NULL},
};
