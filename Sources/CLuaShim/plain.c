// Plain data as exact text: what `state` may hold. This is nil, booleans, integers, floats, strings, and tables of
// those without metatables. Each table occurs only once, so that what is read back behaves like what was written.
//
//   {["best"]=0.25,["seen"]={[1]=7,[2]="a\010b"}}
//
// Keys are in the order of pairs, floats have the shortest text that reads back to the same bits.
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/// How deep tables may be nested, the outer one included.
#define MAX_DEPTH 64

typedef struct {
  swl_text *text;  // null: only check
  const char *name;
  int32_t table;
  int32_t *reference;
  const char *at, *end;
} plain_request;

static void add_text(swl_text *text, const char *bytes) {
  if (text != NULL) swl_text_add(text, bytes, strlen(bytes));
}

static void add_string(swl_text *text, const char *bytes, size_t count) {
  if (text == NULL) return;
  add_text(text, "\"");
  for (size_t i = 0; i < count; i++) {
    unsigned char c = (unsigned char)bytes[i];
    if (c < 32 || c > 126 || c == '"' || c == '\\')
      swl_text_format(text, "\\%03d", c);
    else
      swl_text_add(text, &bytes[i], 1);
  }
  add_text(text, "\"");
}

static void add_number(lua_State *L, int index, swl_text *text) {
  char digits[40];
  if (text == NULL) return;
  if (lua_isinteger(L, index)) {
    swl_text_format(text, "%lld", (long long)lua_tointeger(L, index));
    return;
  }
  swl_number_text(lua_tonumber(L, index), digits);
  add_text(text, digits);
}

/// Writes the value on top if it is no table. Returns 0 when it can't be written so. [-0, +0]
static int write_scalar(lua_State *L, swl_text *text) {
  size_t count;
  const char *bytes;
  switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN: add_text(text, lua_toboolean(L, -1) ? "true" : "false"); return 1;
    case LUA_TNUMBER: add_number(L, -1, text); return 1;
    case LUA_TSTRING:
      bytes = lua_tolstring(L, -1, &count);
      add_string(text, bytes, count);
      return 1;
    default: return 0;
  }
}

/// Adds ".name", "[3]" or "[\"two words\"]" to the name of a table, which is on top of the stack. [-1, +1]
static void push_path(lua_State *L, int key) {
  swl_text step = {0};
  swl_text_clear(&step);
  swl_add_step(L, key, &step);
  lua_pushlstring(L, step.data, step.count);
  free(step.data);
  lua_concat(L, 2);
}

/// Writes the value on top of the stack; its name is at `name`. Index 2 is the table of the tables that were met.
static void write_value(lua_State *L, int name, int depth, swl_text *text);

static void write_table(lua_State *L, int name, int depth, swl_text *text) {
  int table = lua_gettop(L);
  luaL_checkstack(L, 12, "state is nested too deep");
  if (depth > MAX_DEPTH) luaL_error(L, "%s is nested more than %d tables deep", lua_tostring(L, name), MAX_DEPTH);
  if (lua_getmetatable(L, table)) luaL_error(L, "%s has a metatable", lua_tostring(L, name));
  lua_pushvalue(L, table);
  if (lua_rawget(L, 2) != LUA_TNIL)
    luaL_error(L, "%s is the same table as %s", lua_tostring(L, name), lua_tostring(L, -1));
  lua_pop(L, 1);
  lua_pushvalue(L, table);
  lua_pushvalue(L, name);
  lua_rawset(L, 2);
  add_text(text, "{");
  int64_t count = swl_sorted_keys(L, table);
  // stack: table, keys, then key, value or key, path, value
  for (int64_t i = 1; i <= count; i++) {
    lua_rawgeti(L, table + 1, i);
    add_text(text, i > 1 ? ",[" : "[");
    if (!write_scalar(L, text))
      luaL_error(L, "%s has a key that is a %s", lua_tostring(L, name), luaL_typename(L, -1));
    add_text(text, "]=");
    lua_pushvalue(L, table + 2);
    lua_rawget(L, table);
    if (!write_scalar(L, text)) {
      lua_pushvalue(L, name);
      push_path(L, table + 2);
      lua_insert(L, -2);
      write_value(L, table + 3, depth + 1, text);
    }
    lua_settop(L, table + 1);
  }
  add_text(text, "}");
  lua_settop(L, table);
}

static void write_value(lua_State *L, int name, int depth, swl_text *text) {
  if (lua_istable(L, -1)) {
    write_table(L, name, depth, text);
  } else if (!write_scalar(L, text)) {
    int kind = luaL_getmetafield(L, -1, "__name");
    const char *type = kind == LUA_TSTRING ? lua_tostring(L, -1) : luaL_typename(L, kind == LUA_TNIL ? -1 : -2);
    luaL_error(L, "%s is a %s", lua_tostring(L, name), type);
  }
}

static int write_plain(lua_State *L) {
  plain_request *request = lua_touserdata(L, 1);
  lua_newtable(L);
  lua_pushstring(L, request->name);
  lua_rawgeti(L, LUA_REGISTRYINDEX, request->table);
  // stack: request, tables met, name, table
  write_value(L, 3, 1, request->text);
  return 0;
}

int32_t swl_plain_check(swl_state *S, int32_t table, const char *name) {
  plain_request request = {.table = table, .name = name};
  return swl_protect(S, write_plain, &request, 0);
}

const char *swl_plain_write(swl_state *S, int32_t table, const char *name) {
  swl_text_clear(&S->plain);
  plain_request request = {.table = table, .name = name, .text = &S->plain};
  return swl_protect(S, write_plain, &request, 0) == SWL_OK ? S->plain.data : NULL;
}

// Reading: [-0, +1] unless it raises.

static int fail(lua_State *L, plain_request *request, const char *expected) {
  size_t left = (size_t)(request->end - request->at);
  lua_pushlstring(L, request->at, left < 20 ? left : 20);
  return luaL_error(L, "%s expected near '%s'", expected, lua_tostring(L, -1));
}

static int take(plain_request *request, const char *word) {
  size_t count = strlen(word);
  if ((size_t)(request->end - request->at) < count || memcmp(request->at, word, count) != 0) return 0;
  request->at += count;
  return 1;
}

static void read_string(lua_State *L, plain_request *request) {
  luaL_Buffer bytes;
  luaL_buffinit(L, &bytes);
  while (request->at < request->end && *request->at != '"') {
    const char *c = request->at;
    if (*c != '\\') {
      luaL_addchar(&bytes, *c);
      request->at++;
      continue;
    }
    int value = request->end - c < 4 ? -1 : (c[1] - '0') * 100 + (c[2] - '0') * 10 + (c[3] - '0');
    if (value < 0 || value > 255) fail(L, request, "three digits after \\");
    luaL_addchar(&bytes, (char)value);
    request->at += 4;
  }
  if (!take(request, "\"")) fail(L, request, "'\"'");
  luaL_pushresult(&bytes);
}

static void read_number(lua_State *L, plain_request *request) {
  char digits[48];
  size_t count = 0;
  if (take(request, "inf")) return lua_pushnumber(L, 1e308 * 10);
  if (take(request, "-inf")) return lua_pushnumber(L, -1e308 * 10);
  if (take(request, "nan")) return lua_pushnumber(L, (1e308 * 10) * 0);
  while (request->at + count < request->end && count < sizeof digits - 1 &&
         strchr("0123456789+-.eE", request->at[count]) != NULL)
    count++;
  memcpy(digits, request->at, count);
  digits[count] = 0;
  if (lua_stringtonumber(L, digits) != count + 1) fail(L, request, "a value");
  request->at += count;
}

static void read_value(lua_State *L, plain_request *request, int depth) {
  luaL_checkstack(L, 8, "state is nested too deep");
  if (take(request, "true")) return lua_pushboolean(L, 1);
  if (take(request, "false")) return lua_pushboolean(L, 0);
  if (take(request, "\"")) return read_string(L, request);
  if (!take(request, "{")) return read_number(L, request);
  if (depth > MAX_DEPTH) fail(L, request, "less depth");
  lua_newtable(L);
  for (int is_first = 1; !take(request, "}"); is_first = 0) {
    if (!is_first && !take(request, ",")) fail(L, request, "',' or '}'");
    if (!take(request, "[")) fail(L, request, "'['");
    read_value(L, request, MAX_DEPTH + 1);
    if (!take(request, "]=")) fail(L, request, "']='");
    if (lua_tonumber(L, -1) != lua_tonumber(L, -1)) fail(L, request, "a key that is a number");
    read_value(L, request, depth + 1);
    lua_rawset(L, -3);
  }
}

static int read_plain(lua_State *L) {
  plain_request *request = lua_touserdata(L, 1);
  if (request->at == request->end || *request->at != '{') fail(L, request, "'{'");
  read_value(L, request, 1);
  if (request->at != request->end) fail(L, request, "the end");
  *request->reference = luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

int32_t swl_plain_read(swl_state *S, const char *text, size_t count, int32_t *reference) {
  plain_request request = {.reference = reference, .at = text, .end = text + count};
  return swl_protect(S, read_plain, &request, 0);
}
