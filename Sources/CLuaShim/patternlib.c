// string.find, match, gmatch, gsub and rep.
#define _GNU_SOURCE  // memmem
#include <string.h>

#include "matcher.h"

/// A start position from 1, or from the end when negative, as an offset from 0.
static size_t start_offset(lua_Integer position, size_t count) {
  if (position > 0) return (size_t)position - 1;
  if (position == 0) return 0;
  if (position < -(lua_Integer)count) return 0;
  return count - (size_t)(-position);
}

static int has_specials(const char *pattern, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (pattern[i] != 0 && strchr("^$*+?.([%-", pattern[i]) != NULL) return 1;
  return 0;
}

/// The first occurrence of `wanted` in `text`, in linear time.
static const char *find_plain(const char *text, size_t count, const char *wanted, size_t wanted_count) {
  return wanted_count == 0 ? text : memmem(text, count, wanted, wanted_count);
}

static int find_or_match(lua_State *L, int is_find) {
  swl_state *S = swl_of(L);
  size_t count, pattern_count;
  const char *text = swl_check_string(L, 1, &count), *pattern = swl_check_string(L, 2, &pattern_count);
  size_t start = start_offset(luaL_optinteger(L, 3, 1), count);
  if (start > count) {
    luaL_pushfail(L);
    return 1;
  }
  if (is_find && (lua_toboolean(L, 4) || !has_specials(pattern, pattern_count))) {
    swl_charge(S, L, (int64_t)(count - start + pattern_count) / 32);
    const char *found = find_plain(text + start, count - start, pattern, pattern_count);
    if (found != NULL) {
      lua_pushinteger(L, found - text + 1);
      lua_pushinteger(L, found - text + (lua_Integer)pattern_count);
      return 2;
    }
    luaL_pushfail(L);
    return 1;
  }
  int is_anchored = pattern_count > 0 && *pattern == '^';
  swl_match m;
  swl_match_begin(&m, L, text, count, pattern, pattern_count);
  for (const char *s = text + start; s <= m.text_end; s++) {
    swl_match_reset(&m);
    const char *end = swl_match_at(&m, s, pattern + is_anchored);
    if (end != NULL) {
      if (!is_find) return swl_push_captures(&m, s, end);
      lua_pushinteger(L, s - text + 1);
      lua_pushinteger(L, end - text);
      return swl_push_captures(&m, NULL, NULL) + 2;
    }
    if (is_anchored) break;
  }
  luaL_pushfail(L);
  return 1;
}

static int find(lua_State *L) { return find_or_match(L, 1); }
static int match(lua_State *L) { return find_or_match(L, 0); }

/// upvalues: text, pattern, offset of the next try, offset of the end of the last match or -1
static int next_match(lua_State *L) {
  size_t count, pattern_count;
  const char *text = lua_tolstring(L, lua_upvalueindex(1), &count);
  const char *pattern = lua_tolstring(L, lua_upvalueindex(2), &pattern_count);
  lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));
  swl_match m;
  swl_match_begin(&m, L, text, count, pattern, pattern_count);
  for (const char *s = text + lua_tointeger(L, lua_upvalueindex(3)); s <= m.text_end; s++) {
    swl_match_reset(&m);
    const char *end = swl_match_at(&m, s, pattern);
    if (end == NULL || end - text == last) continue;
    lua_pushinteger(L, end - text);
    lua_pushvalue(L, -1);
    lua_replace(L, lua_upvalueindex(3));
    lua_replace(L, lua_upvalueindex(4));
    return swl_push_captures(&m, s, end);
  }
  return 0;
}

static int gmatch(lua_State *L) {
  size_t count;
  swl_check_string(L, 1, &count);
  swl_check_string(L, 2, NULL);
  size_t start = start_offset(luaL_optinteger(L, 3, 1), count);
  lua_settop(L, 2);
  lua_pushinteger(L, (lua_Integer)(start > count ? count + 1 : start));
  lua_pushinteger(L, -1);
  lua_pushcclosure(L, next_match, 4);
  return 1;
}

/// Adds the replacement string at index 3, with %0 to %9 replaced.
static void add_template(swl_match *m, luaL_Buffer *out, const char *start, const char *end) {
  size_t count;
  const char *text = lua_tolstring(m->L, 3, &count), *text_end = text + count, *escape;
  while ((escape = memchr(text, '%', (size_t)(text_end - text))) != NULL) {
    luaL_addlstring(out, text, (size_t)(escape - text));
    char c = escape + 1 < text_end ? escape[1] : 0;
    if (c == '%') {
      luaL_addchar(out, '%');
    } else if (c == '0') {
      luaL_addlstring(out, start, (size_t)(end - start));
    } else if (c >= '1' && c <= '9') {
      swl_push_capture(m, c - '1', start, end);
      luaL_tolstring(m->L, -1, NULL);  // a position becomes text
      lua_remove(m->L, -2);
      luaL_addvalue(out);
    } else {
      luaL_error(m->L, "invalid use of '%%' in replacement string");
    }
    text = escape + 2;
  }
  luaL_addlstring(out, text, (size_t)(text_end - text));
}

/// Adds what replaces the match from `start` to `end`. Returns 0 when the match stays as it is.
static int add_replacement(swl_match *m, luaL_Buffer *out, const char *start, const char *end, int kind) {
  lua_State *L = m->L;
  if (kind == LUA_TSTRING) {
    add_template(m, out, start, end);
    return 1;
  }
  if (kind == LUA_TTABLE) {
    swl_push_capture(m, 0, start, end);
    lua_gettable(L, 3);
  } else {
    lua_pushvalue(L, 3);
    lua_call(L, swl_push_captures(m, start, end), 1);
  }
  if (!lua_toboolean(L, -1)) {
    lua_pop(L, 1);
    luaL_addlstring(out, start, (size_t)(end - start));
    return 0;
  }
  if (!lua_isstring(L, -1)) return luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
  swl_check_string(L, lua_gettop(L), NULL);
  luaL_addvalue(out);
  return 1;
}

static int gsub(lua_State *L) {
  size_t count, pattern_count;
  const char *text = swl_check_string(L, 1, &count), *pattern = swl_check_string(L, 2, &pattern_count);
  int kind = lua_type(L, 3), is_anchored = pattern_count > 0 && *pattern == '^', is_changed = 0;
  luaL_argexpected(L, kind == LUA_TNUMBER || kind == LUA_TSTRING || kind == LUA_TFUNCTION || kind == LUA_TTABLE, 3,
                   "string/function/table");
  if (kind == LUA_TNUMBER) swl_check_string(L, 3, NULL), kind = LUA_TSTRING;
  lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)count + 1), done = 0;
  const char *s = text, *last = NULL;
  swl_match m;
  luaL_Buffer out;
  swl_match_begin(&m, L, text, count, pattern, pattern_count);
  luaL_buffinit(L, &out);
  while (done < most) {
    swl_match_reset(&m);
    const char *end = swl_match_at(&m, s, pattern + is_anchored);
    if (end != NULL && end != last) {
      done++;
      is_changed |= add_replacement(&m, &out, s, end, kind);
      s = last = end;
    } else if (s < m.text_end) {
      luaL_addchar(&out, *s++);
    } else {
      break;
    }
    if (is_anchored) break;
  }
  if (is_changed) {
    luaL_addlstring(&out, s, (size_t)(m.text_end - s));
    luaL_pushresult(&out);
  } else {
    lua_pushvalue(L, 1);
  }
  lua_pushinteger(L, done);
  return 2;
}

/// string.rep is paid for before it starts: by repetitions, and by bytes in the allocator.
static int rep(lua_State *L) {
  size_t count, separator_count;
  const char *text = swl_check_string(L, 1, &count);
  lua_Integer times = luaL_checkinteger(L, 2);
  const char *separator = luaL_optlstring(L, 3, "", &separator_count);
  if (times <= 0) {
    lua_pushliteral(L, "");
    return 1;
  }
  size_t each = count + separator_count;
  if (each > 0 && (lua_Unsigned)times > (lua_Unsigned)(INT64_MAX / 2) / each)
    return luaL_error(L, "resulting string too large");
  // The buffer would ask for memory before there is a string.
  swl_state *S = swl_of(L);
  int64_t total = (int64_t)times * (int64_t)each - (int64_t)separator_count;
  if (S->is_enforcing && total > S->limits.string_bytes && S->limits.string_bytes <= S->limits.memory_bytes)
    swl_kill(S, L, SWL_LIMIT_STRING);
  // If the result is larger than the whole heap may be, the allocator ends the script here.
  luaL_Buffer out;
  char *at = luaL_buffinitsize(L, &out, (size_t)times * each);
  swl_charge(S, L, times);
  for (lua_Integer i = 0; each > 0 && i < times; i++) {
    memcpy(at, text, count);
    at += count;
    if (i == times - 1) break;
    memcpy(at, separator, separator_count);
    at += separator_count;
  }
  luaL_pushresultsize(&out, (size_t)times * each - separator_count);
  return 1;
}

const luaL_Reg swl_pattern_functions[] = {{"find", find}, {"match", match}, {"gmatch", gmatch},
                                          {"gsub", gsub}, {"rep", rep},     {NULL, NULL}};
