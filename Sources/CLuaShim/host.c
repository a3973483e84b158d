// Swift objects and Swift functions as Lua values.
#include <string.h>

#include "internal.h"

char swl_holder_key;

int swl_release_holder(lua_State *L) {
  swl_state *S = swl_of(L);
  swl_holder *holder = lua_touserdata(L, 1);
  if (holder == NULL || holder->object == NULL) return 0;
  void *object = holder->object;
  holder->object = NULL;
  S->native_bytes -= holder->byte_count;
  S->callbacks.release(S->callbacks.context, object);
  return 0;
}

void swl_make_holder_metatable(lua_State *L) {
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, swl_release_holder);
  lua_setfield(L, -2, "__gc");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &swl_holder_key);
}

/// [-0, +1] a userdata that releases the object when it is collected. The caller may replace the metatable.
void swl_push_holder(swl_state *S, lua_State *L, void *object, int64_t byte_count) {
  swl_holder *holder = lua_newuserdatauv(L, sizeof *holder, 1);
  holder->object = NULL;
  holder->serial = S->serial;  // the allocator numbered this block last
  holder->byte_count = byte_count;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &swl_holder_key);
  lua_setmetatable(L, -2);
  holder->object = object;
  S->native_bytes += byte_count;
  if (S->object_bytes + S->native_bytes > S->object_threshold) S->is_collection_due = 1;
}

/// Raises the staged error. The location of the script's call is put in front, unless the error already has one.
static int raise_staged(swl_state *S, lua_State *L, int was_enforcing) {
  lua_Debug place;
  if (S->staged_count == 0) swl_stage_error(S, "host function failed", 20, 0, 0);
  if (S->staged[0].value.integer || !swl_find_place(L, &place))
    lua_pushliteral(L, "");
  else
    lua_pushfstring(L, "%s:%d: ", place.short_src, place.currentline);
  swl_push_staged(S, L, 0);
  lua_concat(L, 2);
  swl_note_cause(S, L, S->staged_cause);
  swl_drain_released(S, L);
  S->is_enforcing = was_enforcing;
  return lua_error(L);
}

int swl_trampoline(lua_State *L) {
  swl_state *S = swl_of(L);
  swl_holder *holder = lua_touserdata(L, lua_upvalueindex(1));
  swl_value local[8];
  int count = lua_gettop(L), was_enforcing = S->is_enforcing;
  luaL_checkstack(L, 8, "too many arguments");
  if (S->killed != SWL_LIMIT_NONE) return swl_raise_kill(L);
  swl_value *arguments = count <= 8 ? local : lua_newuserdatauv(L, sizeof *arguments * (size_t)count, 0);
  S->is_enforcing = 0;  // no allocation fails from here on: nothing raises over a Swift frame
  for (int i = 0; i < count; i++) swl_read(S, L, i + 1, &arguments[i]);
  lua_State *caller = S->running;
  S->running = L;
  S->staged_count = 0;
  swl_text_clear(&S->staged_text);
  int results = S->callbacks.call(S->callbacks.context, holder->object, arguments, count);
  S->running = caller;
  // The Swift frame has ended: raising is allowed again.
  if (S->killed != SWL_LIMIT_NONE) {
    S->is_enforcing = was_enforcing;
    return swl_raise_kill(L);
  }
  if (results < 0) return raise_staged(S, L, was_enforcing);
  if (!lua_checkstack(L, results + 4)) {
    S->is_enforcing = was_enforcing;
    return luaL_error(L, "too many results");
  }
  for (int i = 0; i < results; i++) swl_push_staged(S, L, (size_t)i);
  S->staged_count = 0;
  swl_drain_released(S, L);
  S->is_enforcing = was_enforcing;
  swl_settle(S, L);
  return results;
}

swl_definition swl_caller(swl_state *S) {
  lua_Debug place;
  swl_definition result = {"", 0};
  if (S->L == NULL || !swl_find_place(S->running, &place)) return result;
  swl_text_clear(&S->chunk);
  swl_text_add(&S->chunk, place.short_src, strlen(place.short_src));
  result.chunk = S->chunk.data;
  result.line = place.currentline;
  return result;
}

// Metatables of host objects.

static int no_member(lua_State *L, const char *name, int key) {
  if (lua_type(L, key) == LUA_TSTRING)
    return luaL_error(L, "%s has no method or field '%s'", name, lua_tostring(L, key));
  return luaL_error(L, "%s has no element at a key of type %s", name, luaL_typename(L, key));
}

/// __index: upvalues are the methods, the fallback function or nil, and the name of the type.
static int object_index(lua_State *L) {
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  if (!lua_isnil(L, lua_upvalueindex(2))) {
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 2);
    lua_call(L, 2, 1);
    if (!lua_isnil(L, -1)) return 1;
  }
  return no_member(L, lua_tostring(L, lua_upvalueindex(3)), 2);
}

static int object_newindex(lua_State *L) {
  const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";
  return luaL_error(L, "%s can't be changed: no assignment to '%s'", lua_tostring(L, lua_upvalueindex(1)), key);
}

static int object_equal(lua_State *L) {
  swl_holder *a = lua_touserdata(L, 1), *b = lua_touserdata(L, 2);
  swl_state *S = swl_of(L);
  lua_pushboolean(L, a != NULL && b != NULL && a->object != NULL && S->callbacks.same(a->object, b->object));
  return 1;
}

typedef struct {
  const char *name, *slot;
  int32_t *result;
  int32_t type;
} type_request;

static int new_type(lua_State *L) {
  type_request *request = lua_touserdata(L, 1);
  lua_createtable(L, 0, 8);
  lua_pushstring(L, request->name);
  lua_setfield(L, -2, "__name");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pushcfunction(L, swl_release_holder);
  lua_setfield(L, -2, "__gc");
  lua_pushcfunction(L, object_equal);
  lua_setfield(L, -2, "__eq");
  lua_createtable(L, 0, 8);
  lua_pushnil(L);
  lua_pushstring(L, request->name);
  lua_pushcclosure(L, object_index, 3);
  lua_setfield(L, -2, "__index");
  lua_pushstring(L, request->name);
  lua_pushcclosure(L, object_newindex, 1);
  lua_setfield(L, -2, "__newindex");
  *request->result = luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

int32_t swl_new_type(swl_state *S, const char *name, int32_t *type) {
  type_request request = {name, NULL, type, 0};
  return swl_protect(S, new_type, &request, 0);
}

static int type_set(lua_State *L) {
  swl_state *S = swl_of(L);
  type_request *request = lua_touserdata(L, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, request->type);
  int is_method = strcmp(request->slot, "method") == 0, is_index = strcmp(request->slot, "__index") == 0;
  if (!is_method && !is_index) {
    swl_push_staged(S, L, 0);
    lua_setfield(L, -2, request->slot);
    return 0;
  }
  lua_getfield(L, -1, "__index");
  // stack: request, metatable, __index
  if (is_index) {
    swl_push_staged(S, L, 0);
    lua_setupvalue(L, -2, 2);
  } else {
    lua_getupvalue(L, -1, 1);
    swl_push_staged(S, L, 0);
    lua_setfield(L, -2, request->name);
  }
  return 0;
}

int32_t swl_type_set(swl_state *S, int32_t type, const char *slot, const char *name) {
  type_request request = {name, slot, NULL, type};
  return swl_protect(S, type_set, &request, 0);
}

static int new_function(lua_State *L) {
  swl_push_holder(swl_of(L), L, *(void **)lua_touserdata(L, 1), 0);
  lua_pushcclosure(L, swl_trampoline, 1);
  swl_value value;
  swl_read(swl_of(L), L, -1, &value);
  *(int32_t *)((void **)lua_touserdata(L, 1))[1] = (int32_t)value.integer;
  return 0;
}

int32_t swl_new_function(swl_state *S, void *function, int32_t *reference) {
  void *request[2] = {function, reference};
  return swl_protect(S, new_function, request, 0);
}
