// Which error of the host an error value stands for. To a script the value is a text like any other, which it may
// catch, keep and raise again. The identity of the string distinguishes it from another text of the same letters. But
// Lua has only one string object for each short text. So the cause is noted again whenever such a text is raised for
// another reason, and the last reason counts.
#include "internal.h"

char swl_causes_key;

/// A table of the registry keeps the strings alive, so that no other string gets the address of one of them. All its
/// slots are made at the start.
void swl_make_causes(lua_State *L) {
  lua_createtable(L, SWL_CAUSES, 0);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &swl_causes_key);
}

void swl_note_cause(swl_state *S, lua_State *L, int64_t cause) {
  if (cause == 0 && swl_cause_of(S, L, -1) == 0) return;
  S->newest_cause = (S->newest_cause + 1) % SWL_CAUSES;
  S->causes[S->newest_cause] = cause;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &swl_causes_key);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, S->newest_cause + 1);
  lua_pop(L, 1);
}

int64_t swl_cause_of(swl_state *S, lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TSTRING) return 0;
  const char *bytes = lua_tostring(L, index);
  int64_t cause = 0;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &swl_causes_key);
  for (int i = 0, found = 0; i < SWL_CAUSES && !found; i++) {
    int slot = (S->newest_cause + SWL_CAUSES - i) % SWL_CAUSES;
    lua_rawgeti(L, -1, slot + 1);
    found = lua_tostring(L, -1) == bytes;
    if (found) cause = S->causes[slot];
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return cause;
}
