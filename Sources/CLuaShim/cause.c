// Which error of the host an error value stands for. To a script it is a text like any other, which it may catch, keep and
// raise again; what tells it from a text of the same letters is which string it is. Of a short string there is only one, so it is
// noted again whenever it is raised for another reason, and the last reason counts.
#include "internal.h"

char swl_causes_key;

/// The strings are kept in a table of the registry, so that none is another one at the same address; all its slots are there from
/// the start.
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
