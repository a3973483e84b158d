// The globals of a script, built from an allow list. A function of liblua that no list names does not exist here: io,
// os, debug, package, require, dofile, loadfile, warn (outside world), string.dump (binary code).
#include <math.h>
#include <string.h>

#include "internal.h"

char swl_string_index_key;

/// Pure functions of liblua, taken as they are. They run in time linear in their arguments.
static const char *const stock_base[] = {"assert", "error",  "getmetatable", "rawequal", "rawget",   "rawlen",
                                         "rawset", "select", "tonumber",     "type",     "_VERSION", NULL};
static const char *const stock_coroutine[] = {"isyieldable", "running", "status", "yield", NULL};
static const char *const stock_string[] = {"byte",    "char",   "len", "lower",  "pack", "packsize",
                                           "reverse", "sub",    "upper", "unpack", NULL};
static const char *const stock_math[] = {"abs",  "ceil", "floor", "fmod", "huge",      "max",  "maxinteger",
                                         "min",  "mininteger", "modf", "pi", "sqrt", "tointeger", "type",
                                         "ult",  NULL};
static const char *const stock_utf8[] = {"char", "charpattern", "codepoint", "codes", "len", "offset", NULL};

/// Runs the function of liblua in upvalue 1 in this frame, after paying for the length of its first argument.
static int run_stock(lua_State *L) {
  lua_CFunction function = lua_tocfunction(L, lua_upvalueindex(1));
  swl_charge(swl_of(L), L, lua_type(L, 1) == LUA_TSTRING ? (int64_t)lua_rawlen(L, 1) / 32 : 0);
  return function(L);
}

/// string.pack: the sign and the payload of NaN differ between processors, so every NaN is packed as one.
static int run_pack(lua_State *L) {
  for (int i = lua_gettop(L); i > 1; i--) {
    if (lua_type(L, i) != LUA_TNUMBER || lua_tonumber(L, i) == lua_tonumber(L, i)) continue;
    lua_pushnumber(L, (lua_Number)NAN);
    lua_replace(L, i);
  }
  return run_stock(L);
}

/// Raises the value at index 1, the only one on the stack, as liblua does: a text gets a location in front. The new
/// text still stands for what a host function threw; a text of the script's own stands for nothing.
static int raise(lua_State *L, lua_Integer level) {
  swl_state *S = swl_of(L);
  int64_t cause = swl_cause_of(S, L, 1);
  if (lua_type(L, 1) == LUA_TSTRING && level > 0) {
    luaL_where(L, (int)level);
    lua_insert(L, 1);
    lua_concat(L, 2);
  }
  swl_note_cause(S, L, cause);
  return lua_error(L);
}

/// error(value [, level])
static int run_error(lua_State *L) {
  swl_charge(swl_of(L), L, lua_type(L, 1) == LUA_TSTRING ? (int64_t)lua_rawlen(L, 1) / 32 : 0);
  // As in liblua, which narrows it.
  lua_Integer level = (int)luaL_optinteger(L, 2, 1);
  lua_settop(L, 1);
  return raise(L, level);
}

/// assert(condition [, value]): it raises what `error` would raise.
static int run_assert(lua_State *L) {
  if (lua_toboolean(L, 1)) return run_stock(L);
  swl_charge(swl_of(L), L, 0);
  luaL_checkany(L, 1);
  lua_remove(L, 1);
  lua_pushliteral(L, "assertion failed!");
  lua_settop(L, 1);
  return raise(L, 1);
}

/// What runs in place of a function of liblua.
static lua_CFunction wrapper(const char *name) {
  if (strcmp(name, "pack") == 0) return run_pack;
  if (strcmp(name, "assert") == 0) return run_assert;
  return strcmp(name, "error") == 0 ? run_error : run_stock;
}

/// Copies the named fields of the library on top of the stack to the table below it. Functions become closures: these
/// are objects with a creation number, while a bare C function is an address. [-1, +0]
static void take_stock(lua_State *L, const char *const *names) {
  for (; *names != NULL; names++) {
    lua_getfield(L, -1, *names);
    if (lua_iscfunction(L, -1)) lua_pushcclosure(L, wrapper(*names), 1);
    lua_setfield(L, -3, *names);
  }
  lua_pop(L, 1);
}

/// Adds our own functions to the table on top of the stack. Upvalue 1 is theirs to use. [-0, +0]
static void add_own(lua_State *L, const luaL_Reg *functions) {
  for (; functions->name != NULL; functions++) {
    lua_pushnil(L);
    lua_pushcclosure(L, functions->func, 1);
    lua_setfield(L, -2, functions->name);
  }
}

/// [-0, +1] a library: what liblua's opener gives, filtered, and our own functions
static void make_library(lua_State *L, lua_CFunction open, const char *const *stock, const luaL_Reg *own) {
  lua_newtable(L);
  lua_pushcfunction(L, open);
  lua_call(L, 0, 1);
  take_stock(L, stock);
  if (own != NULL) add_own(L, own);
}

static void set_library(lua_State *L, const char *name, lua_CFunction open, const char *const *stock,
                        const luaL_Reg *own) {
  make_library(L, open, stock, own);
  lua_setfield(L, -2, name);
}

/// The metatable of strings keeps liblua's arithmetic; scripts can neither see nor change it. Methods are looked up
/// in a private table first, where `require` is kept for the chunks of the host, then in `string`.
static void protect_strings(lua_State *L) {
  // stack: globals
  lua_pushliteral(L, "");
  lua_getmetatable(L, -1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &swl_string_index_key);
  lua_newtable(L);
  lua_getfield(L, -5, "string");
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  // stack: globals, "", metatable, private table
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 2);
}

static int unknown_global(lua_State *L) {
  return luaL_error(L, "unknown global '%s'", lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : luaL_typename(L, 2));
}

static void make_strict(lua_State *L) {
  lua_createtable(L, 0, 2);
  lua_pushcfunction(L, unknown_global);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
}

/// luaopen_base writes into the table of globals, so that table is emptied first and filled again from the list.
static void fill_globals(lua_State *L) {
  lua_newtable(L);
  lua_pushcfunction(L, luaopen_base);
  lua_call(L, 0, 1);
  take_stock(L, stock_base);
  add_own(L, swl_base_functions);
  add_own(L, swl_order_functions);
  // stack: allowed
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "_G");
  lua_pushvalue(L, -1);
  lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}

/// For messages, liblua looks up a function's name in this table of the registry. The table gets copies that scripts
/// can't reach. Otherwise a function that a script stored under a second name would be found in the order of hashes.
static void name_functions(lua_State *L) {
  static const char *const names[] = {"_G", "coroutine", "table", "math", "utf8", "string"};
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    lua_newtable(L);
    lua_getfield(L, -3, names[i]);
    // stack: globals, loaded, copy, library
    for (lua_pushnil(L); lua_next(L, -2);) {
      lua_pushvalue(L, -2);
      lua_insert(L, -2);
      if (lua_isfunction(L, -1))
        lua_rawset(L, -5);
      else
        lua_pop(L, 2);
    }
    lua_pop(L, 1);
    lua_setfield(L, -2, names[i]);
  }
  lua_pop(L, 1);
}

void swl_open_libraries(swl_state *S, lua_State *L) {
  lua_newtable(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &swl_next_key);
  fill_globals(L);
  set_library(L, "coroutine", luaopen_coroutine, stock_coroutine, swl_coroutine_functions);
  set_library(L, "table", luaopen_table, (const char *const[]){NULL}, swl_table_functions);
  set_library(L, "math", luaopen_math, stock_math, swl_math_functions);
  set_library(L, "utf8", luaopen_utf8, stock_utf8, NULL);
  make_library(L, luaopen_string, stock_string, swl_string_functions);
  add_own(L, swl_pattern_functions);
  lua_setfield(L, -2, "string");
  protect_strings(L);
  name_functions(L);
  swl_open_metatables(L);
  if (S->flags & SWL_STRICT_GLOBALS) make_strict(L);
  lua_pop(L, 1);
}
