// Reading and writing tables from Swift. All access is raw: no metamethod runs, and no script code.
#include "internal.h"

static int table_get(lua_State *L) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, *(int32_t *)lua_touserdata(L, 1));
  swl_push_staged(swl_of(L), L, 0);
  lua_rawget(L, -2);
  return 1;
}

int32_t swl_table_get(swl_state *S, int32_t table) { return swl_protect_results(S, table_get, &table); }

static int table_set(lua_State *L) {
  swl_state *S = swl_of(L);
  lua_rawgeti(L, LUA_REGISTRYINDEX, *(int32_t *)lua_touserdata(L, 1));
  swl_push_staged(S, L, 0);
  if (lua_isnil(L, -1)) return luaL_error(L, "a table key can't be nil");
  if (lua_type(L, -1) == LUA_TNUMBER && lua_tonumber(L, -1) != lua_tonumber(L, -1))
    return luaL_error(L, "a table key can't be NaN");
  swl_push_staged(S, L, 1);
  lua_rawset(L, -3);
  return 0;
}

int32_t swl_table_set(swl_state *S, int32_t table) { return swl_protect(S, table_set, &table, 0); }

typedef struct {
  int32_t table;
  int64_t first, count;
  const double *values;
} fill_request;

static int table_fill(lua_State *L) {
  swl_state *S = swl_of(L);
  fill_request *request = lua_touserdata(L, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, request->table);
  for (size_t i = 0; i < S->staged_count; i++) {
    swl_push_staged(S, L, i);
    lua_rawseti(L, -2, request->first + (lua_Integer)i);
  }
  return 0;
}

int32_t swl_table_fill(swl_state *S, int32_t table, int64_t first) {
  fill_request request = {table, first, 0, NULL};
  return swl_protect(S, table_fill, &request, 0);
}

static int table_write_numbers(lua_State *L) {
  fill_request *request = lua_touserdata(L, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, request->table);
  for (int64_t i = 0; i < request->count; i++) {
    lua_pushnumber(L, request->values[i]);
    lua_rawseti(L, -2, i + 1);
  }
  return 0;
}

int32_t swl_table_write_numbers(swl_state *S, int32_t table, const double *values, int64_t count) {
  fill_request request = {table, 1, count, values};
  return swl_protect(S, table_write_numbers, &request, 0);
}

static int table_pairs(lua_State *L) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, *(int32_t *)lua_touserdata(L, 1));
  int64_t count = swl_sorted_keys(L, 2);
  luaL_checkstack(L, (int)(2 * count) + 8, "table has too many entries");
  // stack: request, table, keys, then key, value, ...
  for (int64_t i = 1; i <= count; i++) {
    lua_rawgeti(L, 3, i);
    lua_pushvalue(L, -1);
    lua_rawget(L, 2);
  }
  return (int)(2 * count);
}

int32_t swl_table_pairs(swl_state *S, int32_t table) { return swl_protect_results(S, table_pairs, &table); }
