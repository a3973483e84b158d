// What a function can reach, as one text: its code and its upvalues, and so on through tables, metatables and functions.
// Two functions with the same text do the same, as far as they look at nothing that `swl_observed` tells: random
// numbers, the numbers of objects, and the lines in caught errors.
//
// Objects are numbered in the order in which they are found, and the entries of tables are in the order of pairs. So the
// text is the same in every process. It leaves out where a function stands in its file, and the names of its variables.
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/// The longest text, and the most entries of all tables together.
#define MOST_BYTES (64 << 20)
#define MOST_ENTRIES (1 << 20)

char swl_natives_key;

// The functions of the libraries and of the host, by their names.

enum { AT_NATIVES = 2, AT_SEEN };

/// Names the functions in the table on top, and in the tables in it. [-0, +0]
static void name_functions(lua_State *L, const char *path) {
  int table = lua_gettop(L);
  luaL_checkstack(L, 8, NULL);
  lua_pushvalue(L, table);
  if (lua_rawget(L, AT_SEEN) != LUA_TNIL) {
    lua_settop(L, table);
    return;
  }
  lua_settop(L, table);
  lua_pushvalue(L, table);
  lua_pushboolean(L, 1);
  lua_rawset(L, AT_SEEN);
  int64_t count = swl_sorted_keys(L, table);
  // stack: table, keys, name, value
  for (int64_t i = 1; i <= count + 1; i++) {
    if (i > count) {
      if (!lua_getmetatable(L, table)) break;
      lua_pushfstring(L, "%s.(metatable)", path);
      lua_insert(L, -2);
    } else {
      lua_rawgeti(L, table + 1, i);
      if (lua_type(L, -1) != LUA_TSTRING) {
        lua_settop(L, table + 1);
        continue;
      }
      lua_pushfstring(L, "%s.%s", path, lua_tostring(L, -1));
      lua_insert(L, -2);
      lua_rawget(L, table);
    }
    if (lua_iscfunction(L, -1)) {
      lua_pushvalue(L, -1);
      int is_new = lua_rawget(L, AT_NATIVES) == LUA_TNIL;
      lua_pop(L, 1);
      if (is_new) {
        lua_pushvalue(L, table + 2);
        lua_rawset(L, AT_NATIVES);
      }
    } else if (lua_istable(L, -1)) {
      name_functions(L, lua_tostring(L, table + 2));
    }
    lua_settop(L, table + 1);
  }
  lua_settop(L, table);
}

static int name_natives(lua_State *L) {
  int32_t modules = *(int32_t *)lua_touserdata(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &swl_natives_key);
  lua_newtable(L);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  name_functions(L, "_G");
  lua_settop(L, AT_SEEN);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &swl_string_index_key);
  name_functions(L, "strings");
  lua_settop(L, AT_SEEN);
  lua_rawgeti(L, LUA_REGISTRYINDEX, modules);
  name_functions(L, "modules");
  return 0;
}

void swl_name_natives(swl_state *S, int32_t modules) {
  uint64_t serial = S->serial;
  swl_protect(S, name_natives, &modules, 0);
  S->serial = serial;
}

// Code without lines: liblua's binary form of a function (ldump.c of Lua 5.4), read and copied.

typedef struct {
  const unsigned char *at, *end;
  swl_text *out;
  int is_broken;
} code_reader;

static int add_code(lua_State *L, const void *bytes, size_t count, void *text) {
  (void)L;
  swl_text_add(text, bytes, count);
  return 0;
}

static void copy(code_reader *code, size_t count) {
  if ((size_t)(code->end - code->at) < count) {
    code->is_broken = 1;
    code->at = code->end;
    return;
  }
  if (code->out != NULL) swl_text_add(code->out, (const char *)code->at, count);
  code->at += count;
}

/// A number in groups of seven bits; the last byte has its high bit set.
static size_t copy_size(code_reader *code, int is_kept) {
  size_t value = 0;
  const unsigned char *start = code->at;
  for (int is_last = 0; !is_last;) {
    if (code->at == code->end || value > (SIZE_MAX >> 8)) {
      code->is_broken = 1;
      return 0;
    }
    value = value << 7 | (*code->at & 0x7f);
    is_last = *code->at++ >> 7;
  }
  if (is_kept && code->out != NULL) swl_text_add(code->out, (const char *)start, (size_t)(code->at - start));
  return value;
}

static void copy_string(code_reader *code) {
  size_t count = copy_size(code, 1);
  if (count > 1) copy(code, count - 1);
}

static void copy_constant(code_reader *code) {
  unsigned char kind = code->at < code->end ? *code->at : 0xff;
  copy(code, 1);
  switch (kind) {
    case 0x00: case 0x01: case 0x11: return;  // nil, false, true
    case 0x03: copy(code, sizeof(lua_Integer)); return;
    case 0x13: copy(code, sizeof(lua_Number)); return;
    case 0x04: case 0x14: copy_string(code); return;
    default: code->is_broken = 1;
  }
}

#define MOST_NESTED 200

static void copy_function(code_reader *code, int depth) {
  if (depth > MOST_NESTED) code->is_broken = 1;
  copy_string(code);  // the source: none in stripped code
  copy_size(code, 0);  // its first and last line
  copy_size(code, 0);
  copy(code, 3);  // parameters, varargs, registers
  copy(code, 4 * copy_size(code, 1));
  for (size_t count = copy_size(code, 1); count > 0 && !code->is_broken; count--) copy_constant(code);
  copy(code, 3 * copy_size(code, 1));  // upvalues
  for (size_t count = copy_size(code, 1); count > 0 && !code->is_broken; count--) copy_function(code, depth + 1);
  for (int i = 0; i < 4; i++)  // lines, absolute lines, locals, names of upvalues: none in stripped code
    if (copy_size(code, 1) != 0) code->is_broken = 1;
}

/// Appends the code of the Lua function on top; 0 where this liblua writes code in another form. [-0, +0]
static int add_function(lua_State *L, swl_text *out) {
  swl_text whole = {0};
  swl_text_clear(&whole);
  int status = lua_dump(L, add_code, &whole, 1);
  // "\x1bLua", version, format, six bytes of data, three sizes, an integer, a float, and the number of upvalues
  size_t header = 4 + 1 + 1 + 6 + 3 + sizeof(lua_Integer) + sizeof(lua_Number);
  const unsigned char *bytes = (const unsigned char *)whole.data;
  code_reader code = {bytes + header, bytes + whole.count, out, 0};
  int is_known = status == 0 && whole.count > header && memcmp(bytes, "\x1bLua\x54\x00", 6) == 0;
  if (is_known) {
    swl_text_add(out, whole.data, header);
    copy(&code, 1);
    copy_function(&code, 0);
  }
  int is_whole = is_known && !code.is_broken && code.at == code.end;
  free(whole.data);
  return is_whole;
}

// The walk.

enum { AT_OBJECTS = 2, AT_NUMBERS, AT_NAMES, AT_VARIABLES, AT_WORK };

typedef struct {
  int32_t function;
  swl_text *text;
  int64_t count;      // objects that were found
  int64_t variables;  // upvalues that were found
  int64_t entries;
  int is_unknown;  // something can't be told
  void **objects;  // host objects, in the order of the text
  size_t object_count, object_capacity;
} reach;

static void add_bytes(reach *r, char kind, const char *bytes, size_t count) {
  swl_text_format(r->text, "%c%zu:", kind, count);
  swl_text_add(r->text, bytes, count);
}

/// Appends an object's number, and puts it at the end of the list when it is new. [-0, +0]
static void add_object(lua_State *L, reach *r, int index) {
  lua_pushvalue(L, index);
  lua_rawget(L, AT_NUMBERS);
  int64_t number = lua_tointeger(L, -1);
  lua_pop(L, 1);
  if (number == 0) {
    number = ++r->count;
    lua_pushvalue(L, index);
    lua_pushinteger(L, number);
    lua_rawset(L, AT_NUMBERS);
    lua_pushvalue(L, index);
    lua_rawseti(L, AT_OBJECTS, number);
  }
  swl_text_format(r->text, "o%lld;", (long long)number);
}

static void add_c_function(lua_State *L, reach *r, int index) {
  lua_pushvalue(L, index);
  if (lua_rawget(L, AT_NAMES) == LUA_TSTRING) {
    size_t count;
    const char *name = lua_tolstring(L, -1, &count);
    add_bytes(r, 'c', name, count);
  } else {
    r->is_unknown = 1;
  }
  lua_pop(L, 1);
}

/// Appends the value at an index. [-0, +0]
static void add_value(lua_State *L, reach *r, int index) {
  index = lua_absindex(L, index);
  size_t count;
  const char *bytes;
  uint64_t bits;
  lua_Number number;
  switch (lua_type(L, index)) {
    case LUA_TNIL: swl_text_add(r->text, "n", 1); return;
    case LUA_TBOOLEAN: swl_text_add(r->text, lua_toboolean(L, index) ? "t" : "f", 1); return;
    case LUA_TNUMBER:
      if (lua_isinteger(L, index)) {
        swl_text_format(r->text, "i%lld;", (long long)lua_tointeger(L, index));
        return;
      }
      number = lua_tonumber(L, index);
      memcpy(&bits, &number, sizeof bits);
      swl_text_format(r->text, "d%016llx", (unsigned long long)bits);
      return;
    case LUA_TSTRING:
      bytes = lua_tolstring(L, index, &count);
      add_bytes(r, 's', bytes, count);
      return;
    case LUA_TFUNCTION:
      if (lua_iscfunction(L, index)) return add_c_function(L, r, index);
      return add_object(L, r, index);
    case LUA_TTABLE:
    case LUA_TUSERDATA: return add_object(L, r, index);
    default: r->is_unknown = 1;  // coroutines
  }
}

/// The entries of the table on top. Its length is told apart, as it may have gaps. [-0, +0]
static void add_table(lua_State *L, reach *r) {
  int table = lua_gettop(L);
  swl_text_format(r->text, "T%llu;", (unsigned long long)lua_rawlen(L, table));
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    if (++r->entries <= MOST_ENTRIES) continue;
    r->is_unknown = 1;
    lua_settop(L, table);
    return;
  }
  int64_t count = swl_sorted_keys(L, table);
  for (int64_t i = 1; i <= count && !r->is_unknown && r->text->count < MOST_BYTES; i++) {
    lua_rawgeti(L, table + 1, i);
    add_value(L, r, -1);
    lua_rawget(L, table);
    add_value(L, r, -1);
    lua_settop(L, table + 1);
  }
  if (lua_getmetatable(L, table)) add_value(L, r, -1);
  lua_settop(L, table);
}

/// The code and the upvalues of the Lua function on top. Functions that share a variable have the same number for it.
/// [-0, +0]
static void add_closure(lua_State *L, reach *r) {
  int function = lua_gettop(L);
  swl_text_add(r->text, "F", 1);
  if (!add_function(L, r->text)) r->is_unknown = 1;
  for (int i = 1; lua_getupvalue(L, function, i) != NULL; i++) {
    void *variable = lua_upvalueid(L, function, i);
    lua_rawgetp(L, AT_VARIABLES, variable);
    int64_t number = lua_tointeger(L, -1);
    lua_pop(L, 1);
    if (number == 0) {
      number = ++r->variables;
      lua_pushinteger(L, number);
      lua_rawsetp(L, AT_VARIABLES, variable);
    }
    swl_text_format(r->text, "v%lld;", (long long)number);
    add_value(L, r, -1);
    lua_settop(L, function);
  }
}

static void add_host_object(lua_State *L, reach *r) {
  swl_holder *holder = lua_touserdata(L, -1);
  swl_text_add(r->text, "U", 1);
  r->objects = swl_grow(r->objects, &r->object_capacity, r->object_count + 1, sizeof *r->objects);
  r->objects[r->object_count++] = holder->object;
  lua_getiuservalue(L, -1, 1);
  add_value(L, r, -1);
  lua_pop(L, 1);
}

static int walk(lua_State *L) {
  reach *r = lua_touserdata(L, 1);
  lua_newtable(L);
  lua_newtable(L);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &swl_natives_key) != LUA_TTABLE) r->is_unknown = 1;
  lua_newtable(L);
  if (r->is_unknown) return 0;
  // Code that a function compiles has the globals, and every text has the methods of strings.
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &swl_string_index_key);
  lua_rawgeti(L, LUA_REGISTRYINDEX, r->function);
  for (int i = AT_WORK; i <= AT_WORK + 2; i++) add_value(L, r, i);
  for (int64_t i = 1; i <= r->count && !r->is_unknown; i++) {
    lua_settop(L, AT_VARIABLES);
    lua_rawgeti(L, AT_OBJECTS, i);
    switch (lua_type(L, -1)) {
      case LUA_TTABLE: add_table(L, r); break;
      case LUA_TFUNCTION: add_closure(L, r); break;
      default: add_host_object(L, r);
    }
    if (r->text->count > MOST_BYTES) r->is_unknown = 1;
  }
  return 0;
}

const char *swl_reach(swl_state *S, int32_t function, size_t *count, void ***objects, size_t *object_count) {
  reach r = {.function = function, .text = &S->reached, .objects = S->reached_objects,
             .object_capacity = S->reached_capacity};
  // The tables of the walk get no numbers that scripts could see.
  uint64_t serial = S->serial;
  swl_text_clear(&S->reached);
  int status = swl_protect(S, walk, &r, 0);
  S->serial = serial;
  S->reached_objects = r.objects;
  S->reached_capacity = r.object_capacity;
  *count = S->reached.count;
  *objects = r.objects;
  *object_count = r.object_count;
  return status == SWL_OK && !r.is_unknown ? S->reached.data : NULL;
}

void swl_observe(swl_state *S, int32_t what) { S->observed |= what; }
int32_t swl_observed(swl_state *S) { return S->observed; }
void swl_forget_observed(swl_state *S) { S->observed = 0; }
