// The table library: as liblua's, but every loop is charged, and sort is stable and the same everywhere.
#include <string.h>

#include "internal.h"

/// The charge for moving one element: it costs about as much as four instructions.
#define COST 4

static void check_table(lua_State *L, int index) {
  if (lua_istable(L, index)) return;
  if (luaL_getmetafield(L, index, "__index") == LUA_TNIL) luaL_checktype(L, index, LUA_TTABLE);
  lua_pop(L, 1);
}

static lua_Integer checked_length(lua_State *L, int index) {
  check_table(L, index);
  return luaL_len(L, index);
}

static int insert(lua_State *L) {
  swl_state *S = swl_of(L);
  lua_Integer end = luaL_intop(+, checked_length(L, 1), 1), at = end;
  int count = lua_gettop(L);
  if (count != 2 && count != 3) return luaL_error(L, "wrong number of arguments to 'insert'");
  if (count == 3) {
    at = luaL_checkinteger(L, 2);
    luaL_argcheck(L, (lua_Unsigned)at - 1u < (lua_Unsigned)end, 2, "position out of bounds");
    for (lua_Integer i = end; i > at; i--) {
      swl_charge(S, L, COST);
      lua_geti(L, 1, i - 1);
      lua_seti(L, 1, i);
    }
  }
  lua_seti(L, 1, at);
  return 0;
}

static int remove_element(lua_State *L) {
  swl_state *S = swl_of(L);
  lua_Integer size = checked_length(L, 1), at = luaL_optinteger(L, 2, size);
  if (at != size)
    luaL_argcheck(L, (lua_Unsigned)at - 1u <= (lua_Unsigned)size, 2, "position out of bounds");
  lua_geti(L, 1, at);
  for (; at < size; at++) {
    swl_charge(S, L, COST);
    lua_geti(L, 1, at + 1);
    lua_seti(L, 1, at);
  }
  lua_pushnil(L);
  lua_seti(L, 1, at);
  return 1;
}

static int move(lua_State *L) {
  swl_state *S = swl_of(L);
  lua_Integer first = luaL_checkinteger(L, 2), last = luaL_checkinteger(L, 3), to = luaL_checkinteger(L, 4);
  int target = lua_isnoneornil(L, 5) ? 1 : 5;
  check_table(L, 1);
  check_table(L, target);
  if (last >= first) {
    luaL_argcheck(L, first > 0 || last < LUA_MAXINTEGER + first, 3, "too many elements to move");
    lua_Integer count = last - first + 1;
    luaL_argcheck(L, to <= LUA_MAXINTEGER - count + 1, 4, "destination wrap around");
    int is_forward = to > last || to <= first || (target != 1 && !lua_compare(L, 1, target, LUA_OPEQ));
    for (lua_Integer i = 0; i < count; i++) {
      lua_Integer offset = is_forward ? i : count - 1 - i;
      swl_charge(S, L, COST);
      lua_geti(L, 1, first + offset);
      lua_seti(L, target, to + offset);
    }
  }
  lua_pushvalue(L, target);
  return 1;
}

static void add_element(lua_State *L, luaL_Buffer *text, lua_Integer at) {
  lua_geti(L, 1, at);
  if (!lua_isstring(L, -1))
    luaL_error(L, "invalid value (at index %I) in table for 'concat'", (LUAI_UACINT)at);
  if (lua_type(L, -1) == LUA_TNUMBER) {
    swl_tostring(L, -1, NULL);
    lua_remove(L, -2);
  }
  luaL_addvalue(text);
}

static int concat(lua_State *L) {
  swl_state *S = swl_of(L);
  luaL_Buffer text;
  size_t separator_count;
  lua_Integer last = checked_length(L, 1);
  const char *separator = luaL_optlstring(L, 2, "", &separator_count);
  lua_Integer at = luaL_optinteger(L, 3, 1);
  last = luaL_optinteger(L, 4, last);
  luaL_buffinit(L, &text);
  for (; at < last; at++) {
    swl_charge(S, L, COST);
    add_element(L, &text, at);
    luaL_addlstring(&text, separator, separator_count);
  }
  if (at == last) add_element(L, &text, at);
  luaL_pushresult(&text);
  return 1;
}

static int unpack(lua_State *L) {
  lua_Integer first = luaL_optinteger(L, 2, 1);
  lua_Integer last = luaL_opt(L, luaL_checkinteger, 3, luaL_len(L, 1));
  if (first > last) return 0;
  lua_Unsigned count = (lua_Unsigned)last - (lua_Unsigned)first;
  if (count >= (lua_Unsigned)INT32_MAX || !lua_checkstack(L, (int)++count))
    return luaL_error(L, "too many results to unpack");
  swl_charge(swl_of(L), L, (int64_t)count);
  for (; first < last; first++) lua_geti(L, 1, first);
  lua_geti(L, 1, last);
  return (int)count;
}

static int pack(lua_State *L) {
  int count = lua_gettop(L);
  swl_charge(swl_of(L), L, count);
  lua_createtable(L, count, 1);
  lua_insert(L, 1);
  for (int i = count; i >= 1; i--) lua_seti(L, 1, i);
  lua_pushinteger(L, count);
  lua_setfield(L, 1, "n");
  return 1;
}

// sort. stack: table, comparator or nil, memory, elements; indices are those of the table of elements.

static int less_by_function(void *context, int64_t a, int64_t b) {
  lua_State *L = context;
  swl_charge(swl_of(L), L, COST);
  lua_pushvalue(L, 2);
  lua_rawgeti(L, 4, a);
  lua_rawgeti(L, 4, b);
  lua_call(L, 2, 1);
  int is_less = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return is_less;
}

static int less_by_operator(void *context, int64_t a, int64_t b) {
  lua_State *L = context;
  swl_charge(swl_of(L), L, COST);
  lua_rawgeti(L, 4, a);
  lua_rawgeti(L, 4, b);
  int is_less = lua_compare(L, -2, -1, LUA_OPLT);
  lua_pop(L, 2);
  return is_less;
}

static int sort(lua_State *L) {
  swl_state *S = swl_of(L);
  lua_Integer count = checked_length(L, 1);
  if (count < 2) return 0;
  luaL_argcheck(L, count < INT32_MAX, 1, "array too big");
  if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  luaL_checkstack(L, 40, NULL);
  swl_charge(S, L, COST * count);
  int64_t *indices = lua_newuserdatauv(L, 2 * (size_t)count * sizeof *indices, 0);
  lua_createtable(L, (int)count, 0);
  for (lua_Integer i = 1; i <= count; i++) {
    if (i % 1024 == 0) swl_charge(S, L, COST);
    indices[i - 1] = i;
    lua_geti(L, 1, i);
    lua_rawseti(L, 4, i);
  }
  swl_merge_sort(indices, indices + count, count, lua_isnil(L, 2) ? less_by_operator : less_by_function, L);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, 4, indices[i - 1]);
    lua_seti(L, 1, i);
  }
  return 0;
}

const luaL_Reg swl_table_functions[] = {
    {"insert", insert}, {"remove", remove_element}, {"move", move}, {"concat", concat},
    {"unpack", unpack}, {"pack", pack},             {"sort", sort}, {NULL, NULL},
};
