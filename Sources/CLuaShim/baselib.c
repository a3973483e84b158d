// Base functions that replace those of liblua: no addresses, no binary code, no finalizers, and no way to catch a
// limit.
#include <string.h>

#include "internal.h"

/// Whether an earlier call of a hook made the object. Such an object may as well come from a checkpoint, so its number
/// says nothing.
static int is_kept(const swl_state *S, uint64_t serial) {
  return serial > S->sealed_serial && serial <= S->call_serial;
}

/// Objects of loading have their own numbers, and those of the call that runs follow them.
static uint64_t shown_serial(const swl_state *S, uint64_t serial) {
  return serial <= S->sealed_serial ? serial : serial - S->call_serial + S->sealed_serial;
}

const char *swl_tostring(lua_State *L, int index, size_t *count) {
  index = lua_absindex(L, index);
  luaL_checkstack(L, 4, NULL);
  if (luaL_callmeta(L, index, "__tostring")) {
    if (!lua_isstring(L, -1)) luaL_error(L, "'__tostring' must return a string");
    return lua_tolstring(L, -1, count);
  }
  switch (lua_type(L, index)) {
    case LUA_TSTRING: lua_pushvalue(L, index); break;
    case LUA_TBOOLEAN: lua_pushstring(L, lua_toboolean(L, index) ? "true" : "false"); break;
    case LUA_TNIL: lua_pushliteral(L, "nil"); break;
    case LUA_TNUMBER: {
      char text[40];
      if (lua_isinteger(L, index)) {
        lua_pushfstring(L, "%I", (LUAI_UACINT)lua_tointeger(L, index));
      } else {
        swl_number_text(lua_tonumber(L, index), text);
        lua_pushstring(L, text);
      }
      break;
    }
    default: {
      int kind = luaL_getmetafield(L, index, "__name");
      const char *name = kind == LUA_TSTRING ? lua_tostring(L, -1) : luaL_typename(L, index);
      uint64_t serial = swl_serial(L, index);
      swl_of(L)->observed |= SWL_OBSERVED_NUMBERS;
      if (serial == 0)
        lua_pushfstring(L, "%s: builtin", name);
      else if (is_kept(swl_of(L), serial))
        lua_pushfstring(L, "%s: kept", name);
      else
        lua_pushfstring(L, "%s: #%I", name, (LUAI_UACINT)shown_serial(swl_of(L), serial));
      if (kind != LUA_TNIL) lua_remove(L, -2);
    }
  }
  return lua_tolstring(L, -1, count);
}

const char *swl_check_string(lua_State *L, int index, size_t *count) {
  if (lua_type(L, index) == LUA_TNUMBER) {
    swl_tostring(L, index, NULL);
    lua_replace(L, index);
  }
  return luaL_checklstring(L, index, count);
}

/// The least cost of making a text.
#define TOSTRING_UNITS 10

static int tostring(lua_State *L) {
  luaL_checkany(L, 1);
  size_t count;
  swl_tostring(L, 1, &count);
  swl_charge(swl_of(L), L, TOSTRING_UNITS + (int64_t)count / 16);
  return 1;
}

/// Writes a whole line at once. A line that does not fit into the limit is not written at all.
static int print(lua_State *L) {
  swl_state *S = swl_of(L);
  int count = lua_gettop(L);
  luaL_Buffer line;
  for (int i = 1; i <= count; i++) {
    swl_tostring(L, i, NULL);
    lua_replace(L, i);
  }
  luaL_buffinit(L, &line);
  for (int i = 1; i <= count; i++) {
    if (i > 1) luaL_addchar(&line, '\t');
    lua_pushvalue(L, i);
    luaL_addvalue(&line);
  }
  luaL_addchar(&line, '\n');
  luaL_pushresult(&line);
  size_t length;
  const char *bytes = lua_tolstring(L, -1, &length);
  swl_charge(S, L, 10 + (int64_t)length / 16);
  if ((int64_t)length > S->limits.output_bytes - S->output_used) return swl_kill(S, L, SWL_LIMIT_OUTPUT);
  S->output_used += (int64_t)length;
  lua_State *caller = S->running;
  int was_enforcing = S->is_enforcing;
  S->running = L;
  S->is_enforcing = 0;
  S->callbacks.output(S->callbacks.context, bytes, length);
  S->running = caller;
  S->is_enforcing = was_enforcing;
  swl_settle(S, L);
  return 0;
}

// pcall and xpcall

/// The cost of a caught error, beside the instructions that led to it. If it is a text, liblua also looked for the
/// location and the names in it.
#define CAUGHT_ERROR_UNITS 20
#define CAUGHT_TEXT_UNITS 150

static int finish_pcall(lua_State *L, int status, lua_KContext extra) {
  swl_state *S = swl_of(L);
  if (status != LUA_OK && status != LUA_YIELD) swl_notice_overflow(S, L);
  if (S->killed != SWL_LIMIT_NONE) return swl_raise_kill(L);
  if (status != LUA_OK && status != LUA_YIELD) {
    swl_charge(S, L, lua_type(L, -1) == LUA_TSTRING ? CAUGHT_TEXT_UNITS : CAUGHT_ERROR_UNITS);
    S->observed |= SWL_OBSERVED_ERRORS;
    lua_pushboolean(L, 0);
    lua_pushvalue(L, -2);
    return 2;
  }
  return lua_gettop(L) - (int)extra;
}

static int pcall(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, 1);
  lua_insert(L, 1);
  // stack: true, function, arguments
  int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish_pcall);
  return finish_pcall(L, status, 0);
}

/// The message handler: upvalue 1 is the script's, upvalue 2 says that it runs. The script's handler is not called when
/// the state was killed, and not for its own errors: liblua would go on until its stack is full.
static int script_handler(lua_State *L) {
  swl_state *S = swl_of(L);
  swl_notice_overflow(S, L);
  if (S->killed != SWL_LIMIT_NONE) return 1;
  if (lua_toboolean(L, lua_upvalueindex(2))) {
    lua_pushliteral(L, "error in error handling");
    return 1;
  }
  lua_pushboolean(L, 1);
  lua_replace(L, lua_upvalueindex(2));
  lua_settop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, 1, 1);
  lua_pushboolean(L, 0);
  lua_replace(L, lua_upvalueindex(2));
  return 1;
}

static int xpcall(lua_State *L) {
  int arguments = lua_gettop(L) - 2;
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushvalue(L, 2);
  lua_pushboolean(L, 0);
  lua_pushcclosure(L, script_handler, 2);
  lua_replace(L, 2);
  lua_pushboolean(L, 1);
  lua_pushvalue(L, 1);
  lua_rotate(L, 3, 2);
  // stack: function, handler, true, function, arguments
  int status = lua_pcallk(L, arguments, LUA_MULTRET, 2, 2, finish_pcall);
  return finish_pcall(L, status, 2);
}

// load

/// Joins what a reader function gives. Returns null and leaves a message on top when the function fails, gives no
/// string or too much. [-0, +1]
static const char *read_all(swl_state *S, lua_State *L, size_t *count) {
  luaL_Buffer text;
  size_t total = 0;
  luaL_checktype(L, 1, LUA_TFUNCTION);
  luaL_buffinit(L, &text);
  for (;;) {
    swl_charge(S, L, 10);
    lua_pushvalue(L, 1);
    int status = lua_pcall(L, 0, 1, 0);
    size_t length;
    if (status != LUA_OK) swl_notice_overflow(S, L);
    if (S->killed != SWL_LIMIT_NONE) swl_raise_kill(L);
    if (status != LUA_OK) return NULL;
    if (lua_isnil(L, -1)) break;
    if (!lua_isstring(L, -1)) {
      lua_pushliteral(L, "reader function must return a string");
      return NULL;
    }
    swl_check_string(L, lua_gettop(L), &length);
    if (length == 0) break;
    total += length;
    if (total > (size_t)S->limits.source_bytes) {
      lua_pushfstring(L, "the text to load has more than %I bytes", (LUAI_UACINT)S->limits.source_bytes);
      return NULL;
    }
    luaL_addvalue(&text);
  }
  lua_pop(L, 1);
  luaL_pushresult(&text);
  return lua_tolstring(L, -1, count);
}

/// The least cost of compiling.
#define LOAD_UNITS 50

/// load(chunk [, name [, mode [, env]]]): text only, whatever the mode says; errors are results, as in Lua.
static int load(lua_State *L) {
  swl_state *S = swl_of(L);
  size_t count;
  int has_environment = !lua_isnone(L, 4);
  const char *mode = luaL_optstring(L, 3, "bt");
  const char *source = lua_tolstring(L, 1, &count);
  const char *name = luaL_optstring(L, 2, source != NULL ? source : "=(load)");
  lua_settop(L, 4);
  if (source == NULL) source = read_all(S, L, &count);
  if (source != NULL && count > (size_t)S->limits.source_bytes) {
    lua_pushfstring(L, "the text to load has more than %I bytes", (LUAI_UACINT)S->limits.source_bytes);
    source = NULL;
  }
  if (source == NULL) {
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
  }
  swl_charge(S, L, LOAD_UNITS + (int64_t)count);
  int is_binary = count > 0 && source[0] == LUA_SIGNATURE[0];
  if (is_binary || strchr(mode, 't') == NULL) {
    lua_pushnil(L);
    lua_pushfstring(L, "attempt to load a %s chunk (mode is '%s')", is_binary ? "binary" : "text",
                    is_binary ? "t" : mode);
    return 2;
  }
  if (luaL_loadbufferx(L, source, count, name, "t") != LUA_OK) {
    swl_notice_overflow(S, L);
    if (S->killed != SWL_LIMIT_NONE) return swl_raise_kill(L);
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
  }
  if (has_environment) {
    lua_pushvalue(L, 4);
    if (lua_setupvalue(L, -2, 1) == NULL) lua_pop(L, 1);
  }
  return 1;
}

/// The metatable is on top of the stack.
static void refuse_weak_table(lua_State *L) {
  lua_pushliteral(L, "__mode");
  if (lua_rawget(L, 2) != LUA_TNIL)
    luaL_error(L,
               "weak tables (__mode) are not available here: what the collector takes from them differs between a run, "
               "its resume and its replay; use an ordinary table and set what is no longer needed to nil");
  lua_pop(L, 1);
  swl_remember_metatable(L);
}

static int setmetatable(lua_State *L) {
  int kind = lua_type(L, 2);
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_argexpected(L, kind == LUA_TNIL || kind == LUA_TTABLE, 2, "nil or table");
  if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) return luaL_error(L, "cannot change a protected metatable");
  lua_settop(L, 2);
  if (kind == LUA_TTABLE) {
    lua_pushliteral(L, "__gc");
    if (lua_rawget(L, 2) != LUA_TNIL) return luaL_error(L, "finalizers (__gc) are not available");
    lua_pop(L, 1);
    if (swl_of(L)->flags & SWL_NO_WEAK_TABLES) refuse_weak_table(L);
  }
  lua_setmetatable(L, 1);
  return 1;
}

/// collectgarbage(): a full collection. "count" and "step" answer 0, since memory does not depend on the script alone.
static int collectgarbage(lua_State *L) {
  static const char *const options[] = {"collect", "count", "step", NULL};
  swl_state *S = swl_of(L);
  int option = luaL_checkoption(L, 1, "collect", options);
  if (option == 0) {
    swl_charge(S, L, 1000 + swl_memory_used(S) / 64);
    swl_full_collection(S, L);
  }
  lua_pushinteger(L, 0);
  return 1;
}

/// Stateless like liblua's, but an object with a creation number.
static int next_index(lua_State *L) {
  lua_Integer at = luaL_intop(+, luaL_checkinteger(L, 2), 1);
  lua_pushinteger(L, at);
  return lua_geti(L, 1, at) == LUA_TNIL ? 1 : 2;
}

static int ipairs(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  if (lua_isnil(L, -1)) {
    lua_pushnil(L);
    lua_pushcclosure(L, next_index, 1);
    lua_copy(L, -1, lua_upvalueindex(1));
    lua_replace(L, -2);
  }
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 0);
  return 3;
}

const luaL_Reg swl_base_functions[] = {
    {"tostring", tostring}, {"print", print},
    {"pcall", pcall},       {"xpcall", xpcall},
    {"load", load},         {"setmetatable", setmetatable},
    {"ipairs", ipairs},     {"collectgarbage", collectgarbage},
    {NULL, NULL},
};
