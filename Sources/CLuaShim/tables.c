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

typedef struct {
  int32_t table, keys;
  int64_t first, count;
  int32_t *reference;
} keys_request;

static int table_keys(lua_State *L) {
  keys_request *request = lua_touserdata(L, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, request->table);
  request->count = swl_sorted_keys(L, 2);
  *request->reference = luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

int64_t swl_table_keys(swl_state *S, int32_t table, int32_t *keys) {
  keys_request request = {.table = table, .reference = keys};
  return swl_protect(S, table_keys, &request, 0) == SWL_OK ? request.count : -1;
}

static int table_entries(lua_State *L) {
  keys_request request = *(keys_request *)lua_touserdata(L, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, request.table);
  lua_rawgeti(L, LUA_REGISTRYINDEX, request.keys);
  luaL_checkstack(L, (int)(2 * request.count) + 8, "too many entries at once");
  // stack: request, table, keys, then key, value, ...
  for (int64_t i = 0; i < request.count; i++) {
    lua_rawgeti(L, 3, request.first + i);
    lua_pushvalue(L, -1);
    lua_rawget(L, 2);
  }
  return (int)(2 * request.count);
}

int32_t swl_table_entries(swl_state *S, int32_t table, int32_t keys, int64_t first, int64_t count) {
  keys_request request = {.table = table, .keys = keys, .first = first, .count = count};
  return swl_protect_results(S, table_entries, &request);
}
