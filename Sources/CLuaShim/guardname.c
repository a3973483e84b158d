// Names for what a hook changed, as the author of the script would write them: "upvalue 'cache'.best", "global 'seen'".
#include <string.h>

#include "guard.h"

void swl_add_step(lua_State *L, int key, swl_text *text) {
  size_t count;
  const char *bytes;
  char digits[40];
  switch (lua_type(L, key)) {
    case LUA_TSTRING: break;
    case LUA_TNUMBER:
      if (lua_isinteger(L, key)) {
        swl_text_format(text, "[%lld]", (long long)lua_tointeger(L, key));
      } else {
        swl_number_text(lua_tonumber(L, key), digits);
        swl_text_format(text, "[%s]", digits);
      }
      return;
    case LUA_TBOOLEAN: swl_text_format(text, "[%s]", lua_toboolean(L, key) ? "true" : "false"); return;
    default: swl_text_format(text, "[a %s]", luaL_typename(L, key)); return;
  }
  bytes = lua_tolstring(L, key, &count);
  int is_name = count > 0 && count <= 60 && !(bytes[0] >= '0' && bytes[0] <= '9');
  for (size_t i = 0; i < count && is_name; i++) {
    char c = bytes[i];
    is_name = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }
  if (is_name)
    swl_text_format(text, ".%s", bytes);
  else
    swl_text_format(text, "[\"%.*s\"%s]", (int)(count < 40 ? count : 40), bytes, count > 40 ? "..." : "");
}

/// The name of upvalue `key` of the function at an index, "?" for those of C functions.
static const char *upvalue_name(lua_State *L, int function, int key) {
  const char *name = lua_getupvalue(L, function, (int)lua_tointeger(L, key));
  if (name == NULL) return "?";
  lua_pop(L, 1);
  return *name == 0 ? "?" : name;
}

void swl_add_object_name(lua_State *L, swl_guard *guard, int64_t number, swl_change *change) {
  const swl_guard_object *object = &guard->list[number - 1];
  if (object->parent == 0) {
    if (object->edge == SWL_EDGE_ROOT) swl_text_format(&guard->path, "the hook");
    return;
  }
  luaL_checkstack(L, 8, NULL);
  lua_rawgeti(L, 2, number);
  swl_add_edge_name(L, guard, object->parent, object->edge, lua_gettop(L), change);
  lua_pop(L, 1);
}

void swl_note_owner(lua_State *L, swl_guard *guard, int64_t function, const char *name, swl_change *change) {
  lua_Debug place;
  if (change->chunk != NULL) return;
  swl_text_clear(&guard->name);
  swl_text_add(&guard->name, name, strlen(name));
  lua_rawgeti(L, 1, function);
  lua_getinfo(L, ">S", &place);
  // The names follow each other: identifier, then chunk.
  swl_text_add(&guard->name, "", 1);
  change->chunk = "";
  swl_text_add(&guard->name, place.short_src, strlen(place.short_src));
  change->first_line = place.linedefined;
  change->last_line = place.lastlinedefined;
}

void swl_add_edge_name(lua_State *L, swl_guard *guard, int64_t parent, int edge, int key, swl_change *change) {
  const swl_guard_object *object = &guard->list[parent - 1];
  const char *name;
  switch (edge) {
    case SWL_EDGE_UPVALUE:
      lua_rawgeti(L, 1, parent);
      if (lua_iscfunction(L, -1)) {
        lua_pop(L, 1);
        swl_text_format(&guard->path, "the iterator ");
        swl_add_object_name(L, guard, parent, change);
        return;
      }
      name = upvalue_name(L, lua_gettop(L), key);
      lua_pop(L, 1);
      swl_text_format(&guard->path, "upvalue '%s'", name);
      swl_note_owner(L, guard, parent, name, change);
      if (object->edge != SWL_EDGE_ROOT) {
        swl_text_format(&guard->path, " of ");
        swl_add_object_name(L, guard, parent, change);
      }
      return;
    case SWL_EDGE_FIELD:
      if (object->edge == SWL_EDGE_GLOBALS || object->edge == SWL_EDGE_MODULES) {
        name = lua_type(L, key) == LUA_TSTRING ? lua_tostring(L, key) : luaL_typename(L, key);
        swl_text_format(&guard->path, "%s '%s'", object->edge == SWL_EDGE_GLOBALS ? "global" : "module", name);
        swl_note_owner(L, guard, SWL_GUARD_ROOT, name, change);
        return;
      }
      swl_add_object_name(L, guard, parent, change);
      swl_add_step(L, key, &guard->path);
      return;
    case SWL_EDGE_METATABLE:
      swl_text_format(&guard->path, "the metatable of ");
      swl_add_object_name(L, guard, parent, change);
      return;
    default: swl_add_object_name(L, guard, parent, change);
  }
}
