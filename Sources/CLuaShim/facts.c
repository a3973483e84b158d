// Facts about tables and functions, and small operations of a state. Each runs protected.
#include <string.h>

#include "internal.h"

typedef struct {
  int32_t a, b;
  int64_t count, result;
  double *numbers;
  int32_t *reference;
  const char *name;
} fact_request;

static int new_table(lua_State *L) {
  fact_request *request = lua_touserdata(L, 1);
  lua_createtable(L, (int)request->count, 0);
  *request->reference = luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

int32_t swl_new_table(swl_state *S, int32_t sequence_count, int32_t *reference) {
  fact_request request = {.count = sequence_count, .reference = reference};
  return swl_protect(S, new_table, &request, 0);
}

static int globals(lua_State *L) {
  fact_request *request = lua_touserdata(L, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  *request->reference = luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

int32_t swl_globals(swl_state *S, int32_t *reference) {
  fact_request request = {.reference = reference};
  return swl_protect(S, globals, &request, 0);
}

static int table_count(lua_State *L) {
  fact_request *request = lua_touserdata(L, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, request->a);
  request->result = (int64_t)lua_rawlen(L, -1);
  return 0;
}

int64_t swl_table_count(swl_state *S, int32_t table) {
  fact_request request = {.a = table};
  swl_protect(S, table_count, &request, 0);
  return request.result;
}

static int table_is_sequence(lua_State *L) {
  fact_request *request = lua_touserdata(L, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, request->a);
  request->result = swl_sequence_count(L, -1) >= 0;
  return 0;
}

int32_t swl_table_is_sequence(swl_state *S, int32_t table) {
  fact_request request = {.a = table};
  swl_protect(S, table_is_sequence, &request, 0);
  return (int32_t)request.result;
}

static int read_numbers(lua_State *L) {
  fact_request *request = lua_touserdata(L, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, request->a);
  for (int64_t i = 1; i <= request->count; i++) {
    if (lua_rawgeti(L, -1, i) != LUA_TNUMBER) {
      request->result = i;
      return 0;
    }
    request->numbers[i - 1] = lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  return 0;
}

int64_t swl_table_read_numbers(swl_state *S, int32_t table, double *out, int64_t count) {
  fact_request request = {.a = table, .count = count, .numbers = out};
  swl_protect(S, read_numbers, &request, 0);
  return request.result;
}

static int same(lua_State *L) {
  fact_request *request = lua_touserdata(L, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, request->a);
  lua_rawgeti(L, LUA_REGISTRYINDEX, request->b);
  request->result = lua_rawequal(L, -1, -2);
  return 0;
}

int32_t swl_same(swl_state *S, int32_t a, int32_t b) {
  fact_request request = {.a = a, .b = b};
  swl_protect(S, same, &request, 0);
  return (int32_t)request.result;
}

static int definition(lua_State *L) {
  swl_state *S = swl_of(L);
  fact_request *request = lua_touserdata(L, 1);
  lua_Debug function;
  lua_rawgeti(L, LUA_REGISTRYINDEX, request->a);
  lua_getinfo(L, ">S", &function);
  swl_text_clear(&S->chunk);
  swl_text_add(&S->chunk, function.short_src, strlen(function.short_src));
  request->result = function.what[0] == 'C' ? -1 : function.linedefined;
  return 0;
}

swl_definition swl_function_definition(swl_state *S, int32_t function) {
  fact_request request = {.a = function};
  swl_text_clear(&S->chunk);
  swl_protect(S, definition, &request, 0);
  swl_definition result = {S->chunk.data, (int32_t)request.result};
  return result;
}

static int upvalue_name(lua_State *L) {
  fact_request *request = lua_touserdata(L, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, request->a);
  request->name = lua_getupvalue(L, -1, request->b);
  return 0;
}

const char *swl_upvalue_name(swl_state *S, int32_t function, int32_t index) {
  fact_request request = {.a = function, .b = index};
  swl_protect(S, upvalue_name, &request, 0);
  return request.name;
}

static int upvalue(lua_State *L) {
  fact_request *request = lua_touserdata(L, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, request->a);
  if (lua_getupvalue(L, -1, request->b) == NULL) lua_pushnil(L);
  return 1;
}

int32_t swl_upvalue(swl_state *S, int32_t function, int32_t index) {
  fact_request request = {.a = function, .b = index};
  return swl_protect_results(S, upvalue, &request);
}

static int set_require(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &swl_string_index_key);
  swl_push_staged(swl_of(L), L, 0);
  lua_setfield(L, -2, "require");
  return 0;
}

int32_t swl_set_require(swl_state *S) {
  int status = swl_protect(S, set_require, NULL, 0);
  S->has_require = status == SWL_OK;
  return status;
}

void swl_seal(swl_state *S) { S->sealed_serial = S->call_serial = S->serial; }

void swl_begin(swl_state *S, uint64_t stream) {
  S->call_serial = S->serial;
  // SplitMix64's step keeps the streams of neighbouring numbers apart.
  swl_random_reset(S, S->seed ^ (stream + 1) * 0x9E3779B97F4A7C15u);
}

static int collect(lua_State *L) {
  swl_full_collection(swl_of(L), L);
  return 0;
}

void swl_collect(swl_state *S) { swl_protect(S, collect, NULL, 0); }

void swl_reset_budget(swl_state *S) {
  S->used += S->granted - S->fuel;
  S->granted = S->fuel = S->limits.instructions;
  swl_start_time(S);
}

void swl_add_work(swl_state *S, int64_t units) { S->fuel = units < S->fuel ? S->fuel - units : -1; }

void swl_hold(swl_state *S, int64_t bytes) {
  S->held_bytes += bytes;
  S->native_bytes += bytes;
}

int64_t swl_instruction_count(swl_state *S) { return S->used + S->granted - S->fuel; }
