// Values that pass between Swift and Lua: staged in plain C memory on the way in, read from the stack on the way out.
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static swl_staged *stage(swl_state *S, int32_t kind) {
  S->staged = swl_grow(S->staged, &S->staged_capacity, S->staged_count + 1, sizeof *S->staged);
  swl_staged *slot = &S->staged[S->staged_count++];
  memset(slot, 0, sizeof *slot);
  slot->value.kind = kind;
  return slot;
}

void swl_stage_nil(swl_state *S) { stage(S, SWL_NIL); }
void swl_stage_boolean(swl_state *S, int32_t value) { stage(S, SWL_BOOLEAN)->value.integer = value; }
void swl_stage_integer(swl_state *S, int64_t value) { stage(S, SWL_INTEGER)->value.integer = value; }
void swl_stage_number(swl_state *S, double value) { stage(S, SWL_NUMBER)->value.number = value; }
void swl_stage_reference(swl_state *S, int32_t reference) { stage(S, SWL_TABLE)->value.integer = reference; }

void swl_stage_string(swl_state *S, const char *bytes, size_t count) {
  swl_staged *slot = stage(S, SWL_STRING);
  slot->offset = S->staged_text.count;
  slot->value.count = count;
  swl_text_add(&S->staged_text, bytes, count);
}

void swl_stage_object(swl_state *S, void *object, int32_t type, int64_t byte_count, int32_t content) {
  swl_staged *slot = stage(S, SWL_OBJECT);
  slot->value.object = object;
  slot->value.integer = type;
  slot->byte_count = byte_count;
  slot->content = content;
}

void swl_stage_error(swl_state *S, const char *bytes, size_t count, int32_t positioned, int64_t cause) {
  S->staged_count = 0;
  swl_text_clear(&S->staged_text);
  swl_stage_string(S, bytes, count);
  S->staged[0].value.integer = positioned;
  S->staged_cause = cause;
}

void swl_push_staged(swl_state *S, lua_State *L, size_t index) {
  swl_staged *slot = &S->staged[index];
  switch (slot->value.kind) {
    case SWL_BOOLEAN: lua_pushboolean(L, (int)slot->value.integer); break;
    case SWL_INTEGER: lua_pushinteger(L, slot->value.integer); break;
    case SWL_NUMBER: lua_pushnumber(L, slot->value.number); break;
    case SWL_STRING: lua_pushlstring(L, S->staged_text.data + slot->offset, slot->value.count); break;
    case SWL_TABLE: lua_rawgeti(L, LUA_REGISTRYINDEX, slot->value.integer); break;
    case SWL_OBJECT:
      swl_push_holder(S, L, slot->value.object, slot->byte_count);
      slot->value.kind = SWL_NIL;  // the userdata has the retain now
      if (slot->content != 0) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, slot->content);
        lua_setiuservalue(L, -2, 1);
      }
      lua_rawgeti(L, LUA_REGISTRYINDEX, slot->value.integer);
      lua_setmetatable(L, -2);
      break;
    default: lua_pushnil(L);
  }
}

void swl_read(swl_state *S, lua_State *L, int index, swl_value *value) {
  (void)S;
  memset(value, 0, sizeof *value);
  switch (lua_type(L, index)) {
    case LUA_TBOOLEAN:
      value->kind = SWL_BOOLEAN;
      value->integer = lua_toboolean(L, index);
      break;
    case LUA_TNUMBER:
      value->kind = lua_isinteger(L, index) ? SWL_INTEGER : SWL_NUMBER;
      if (value->kind == SWL_INTEGER)
        value->integer = lua_tointeger(L, index);
      else
        value->number = lua_tonumber(L, index);
      break;
    case LUA_TSTRING:
      value->kind = SWL_STRING;
      value->bytes = lua_tolstring(L, index, &value->count);
      break;
    case LUA_TTABLE:
    case LUA_TFUNCTION:
      value->kind = lua_istable(L, index) ? SWL_TABLE : SWL_FUNCTION;
      lua_pushvalue(L, index);
      value->integer = luaL_ref(L, LUA_REGISTRYINDEX);
      break;
    case LUA_TUSERDATA:
      value->kind = SWL_OBJECT;
      value->object = ((swl_holder *)lua_touserdata(L, index))->object;
      break;
    case LUA_TTHREAD: value->kind = SWL_COROUTINE; break;
    default: value->kind = SWL_NIL;
  }
}

const swl_value *swl_results(swl_state *S, int32_t *count) {
  *count = (int32_t)S->results_count;
  return S->results;
}

void swl_end(swl_state *S) {
  S->results_count = 0;
  if (S->L != NULL) lua_settop(S->running, S->results_base);
}

const swl_error *swl_last_error(swl_state *S) { return &S->error; }

void swl_release(swl_state *S, int32_t reference) {
  if (S->L == NULL) return;
  // Only noted: this may run inside a finalizer, or while Lua is in the middle of an operation.
  S->released = swl_grow(S->released, &S->released_capacity, S->released_count + 1, sizeof *S->released);
  S->released[S->released_count++] = reference;
}

void swl_drain_released(swl_state *S, lua_State *L) {
  while (S->released_count > 0) luaL_unref(L, LUA_REGISTRYINDEX, S->released[--S->released_count]);
}
