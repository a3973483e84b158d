// States without weak tables. setmetatable refuses a metatable that has a __mode, but a script may set the field later.
// Then the collector must not see it. So metatables are remembered, and have no __mode while the collector runs.
#include "internal.h"

/// The key of the registry's table of metatables. The table maps each metatable to the mode that was taken from it, or
/// to false. It is weak itself, so that it keeps no metatable alive, and no script can see it.
char swl_metatables_key;

void swl_open_metatables(lua_State *L) {
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "k");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &swl_metatables_key);
}

void swl_remember_metatable(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &swl_metatables_key);
  lua_pushvalue(L, -2);
  if (lua_rawget(L, -2) == LUA_TNIL) {
    lua_pushvalue(L, -3);
    lua_pushboolean(L, 0);
    lua_rawset(L, -4);
  }
  lua_pop(L, 2);
}

void swl_hide_modes(lua_State *L, int is_hidden) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &swl_metatables_key) != LUA_TNIL) {
    for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
      // stack: metatables, metatable, what was taken
      lua_pushliteral(L, "__mode");
      if (!is_hidden) {
        lua_pushvalue(L, -2);
        if (lua_type(L, -1) == LUA_TSTRING)
          lua_rawset(L, -4);
        else
          lua_pop(L, 2);
        continue;
      }
      if (lua_rawget(L, -3) == LUA_TSTRING) {
        lua_pushliteral(L, "__mode");
        lua_pushboolean(L, 0);
        lua_rawset(L, -5);
      } else {
        lua_pop(L, 1);
        lua_pushboolean(L, 0);
      }
      // stack: metatables, metatable, before, now taken
      lua_pushvalue(L, -3);
      lua_insert(L, -2);
      lua_rawset(L, -5);
    }
  }
  lua_pop(L, 1);
}
