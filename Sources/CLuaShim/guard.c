// Whether a function left anything changed: its upvalues, the globals, modules, and every table, function, coroutine
// and iterator that can be reached from them.
//
// A baseline lists these objects once, each with a hash of what it holds directly; other objects count by their
// creation number. As long as no object of the list has changed, the list is complete. So a check is one pass over the
// list, without a walk. Hashes of a table's entries are added up, because the order of entries may change when nothing
// else does.
#include <stdlib.h>
#include <string.h>

#include "guard.h"

// Hashes: content of numbers and strings, identity of objects.

static uint64_t mix(uint64_t x) {
  x ^= x >> 32;
  x *= 0xE9846AF9B1A615DDu;
  x ^= x >> 32;
  x *= 0xE9846AF9B1A615DDu;
  return x ^ x >> 28;
}

static uint64_t hash_bytes(const char *bytes, size_t count) {
  uint64_t hash = count + 0x9E3779B97F4A7C15u, word;
  for (; count >= 8; bytes += 8, count -= 8) {
    memcpy(&word, bytes, 8);
    hash = (hash ^ word) * 0xD6E8FEB86659FD93u;
    hash ^= hash >> 32;
  }
  word = 0;
  memcpy(&word, bytes, count);
  return mix(hash ^ word);
}

static uint64_t hash_value(lua_State *L, int index) {
  uint64_t bits = 0, type = (uint64_t)lua_type(L, index);
  size_t count;
  const char *bytes;
  lua_Number number;
  switch (type) {
    case LUA_TNIL: break;
    case LUA_TBOOLEAN: bits = (uint64_t)lua_toboolean(L, index); break;
    case LUA_TNUMBER:
      if (lua_isinteger(L, index)) {
        bits = (uint64_t)lua_tointeger(L, index);
        break;
      }
      type = 20;
      number = lua_tonumber(L, index);
      memcpy(&bits, &number, sizeof bits);
      break;
    case LUA_TSTRING:
      bytes = lua_tolstring(L, index, &count);
      bits = hash_bytes(bytes, count);
      break;
    default:
      bits = swl_serial(L, index);
      if (bits == 0) bits = (uint64_t)(uintptr_t)lua_topointer(L, index);
  }
  return mix(bits + (type + 1) * 0x9E3779B97F4A7C15u);
}

static const uint64_t metatable_key = 0x6d657461, resumed_key = 0x72756e73;

/// Receives one thing that an object holds; `key` and `value` are the two topmost slots where there are any.
typedef void (*entry_visitor)(lua_State *L, void *context, int edge, swl_guard_entry entry);

static void visit_fields(lua_State *L, int object, entry_visitor visit, void *context) {
  for (lua_pushnil(L); lua_next(L, object); lua_pop(L, 1)) {
    swl_guard_entry entry = {hash_value(L, -2), hash_value(L, -1)};
    visit(L, context, SWL_EDGE_FIELD, entry);
  }
}

/// The same in an order that does not depend on hashes, for choosing a name. It is slower.
static void visit_sorted_fields(lua_State *L, int object, entry_visitor visit, void *context) {
  int64_t count = swl_sorted_keys(L, object);
  int keys = lua_gettop(L);
  for (int64_t i = 1; i <= count; i++) {
    lua_rawgeti(L, keys, i);
    lua_pushvalue(L, -1);
    lua_rawget(L, object);
    swl_guard_entry entry = {hash_value(L, -2), hash_value(L, -1)};
    visit(L, context, SWL_EDGE_FIELD, entry);
    lua_pop(L, 2);
  }
  lua_pop(L, 1);
}

static void visit_metatable(lua_State *L, int object, entry_visitor visit, void *context) {
  if (!lua_getmetatable(L, object)) return;
  swl_guard_entry entry = {metatable_key, hash_value(L, -1)};
  lua_pushnil(L);
  lua_insert(L, -2);
  visit(L, context, SWL_EDGE_METATABLE, entry);
  lua_pop(L, 2);
}

static void visit_function(lua_State *L, int object, entry_visitor visit, void *context) {
  const char *name;
  for (int i = 1; (name = lua_getupvalue(L, object, i)) != NULL; i++) {
    swl_guard_entry entry = {(uint64_t)i, hash_value(L, -1)};
    lua_pushinteger(L, i);
    lua_insert(L, -2);
    visit(L, context, SWL_EDGE_UPVALUE, entry);
    lua_pop(L, 2);
  }
}

/// Everything that the object at an index holds directly.
static void visit_object(lua_State *L, int object, int is_sorted, entry_visitor visit, void *context) {
  switch (lua_type(L, object)) {
    case LUA_TTABLE:
      (is_sorted ? visit_sorted_fields : visit_fields)(L, object, visit, context);
      visit_metatable(L, object, visit, context);
      break;
    case LUA_TFUNCTION: visit_function(L, object, visit, context); break;
    case LUA_TTHREAD: {
      lua_pushnil(L);
      lua_pushnil(L);
      swl_guard_entry entry = {resumed_key, *swl_resume_count(lua_tothread(L, object))};
      visit(L, context, SWL_EDGE_CONTENT, entry);
      lua_pop(L, 2);
      break;
    }
    case LUA_TUSERDATA:
      lua_pushnil(L);
      lua_getiuservalue(L, object, 1);
      visit(L, context, SWL_EDGE_CONTENT, (swl_guard_entry){0, hash_value(L, -1)});
      lua_pop(L, 2);
      break;
    default: break;
  }
}

// The baseline.

/// Whether a value is followed. The C functions of the sandbox and of the host hold nothing that a script could change.
static int is_followed(lua_State *L, int index) {
  switch (lua_type(L, index)) {
    case LUA_TTABLE:
    case LUA_TTHREAD:
    case LUA_TUSERDATA: return 1;
    case LUA_TFUNCTION:
      if (!lua_iscfunction(L, index)) return 1;
      return lua_tocfunction(L, index) != swl_trampoline && swl_serial(L, index) >= SWL_FIRST_SERIAL;
    default: return 0;
  }
}

// stack of the baseline: request, objects, keys, visited, then what is needed
enum { AT_OBJECTS = 2, AT_KEYS, AT_VISITED };

/// Adds the object on top with the key below it, unless it is in the list. [-0, +0]
static void add_object(lua_State *L, swl_guard *guard, int64_t parent, int edge) {
  if (edge != SWL_EDGE_ROOT && !is_followed(L, -1)) return;
  lua_pushvalue(L, -1);
  int is_known = lua_rawget(L, AT_VISITED) != LUA_TNIL;
  lua_pop(L, 1);
  if (is_known) return;
  lua_pushvalue(L, -1);
  lua_pushboolean(L, 1);
  lua_rawset(L, AT_VISITED);
  guard->list = swl_grow(guard->list, &guard->capacity, guard->count + 1, sizeof *guard->list);
  guard->list[guard->count++] = (swl_guard_object){.parent = parent, .edge = edge};
  lua_pushvalue(L, -1);
  lua_rawseti(L, AT_OBJECTS, (lua_Integer)guard->count);
  lua_pushvalue(L, -2);
  lua_rawseti(L, AT_KEYS, (lua_Integer)guard->count);
}

typedef struct {
  swl_guard *guard;
  int64_t parent;
} baseline_visit;

static uint64_t weight(swl_guard_entry entry) { return mix(entry.key ^ mix(entry.value)); }

static void add_entry(lua_State *L, void *context, int edge, swl_guard_entry entry) {
  baseline_visit *visit = context;
  swl_guard *guard = visit->guard;
  guard->entries =
      swl_grow(guard->entries, &guard->entry_capacity, guard->entry_count + 1, sizeof *guard->entries);
  guard->entries[guard->entry_count++] = entry;
  swl_guard_object *object = &guard->list[visit->parent - 1];
  object->sum += weight(entry);
  object->count++;
  add_object(L, guard, visit->parent, edge);
}

typedef struct {
  swl_guard *guard;
  int32_t function, modules;
} guard_request;

static int take_baseline(lua_State *L) {
  guard_request request = *(guard_request *)lua_touserdata(L, 1);
  swl_guard *guard = request.guard;
  lua_newtable(L);
  lua_newtable(L);
  lua_newtable(L);
  const int32_t roots[] = {LUA_RIDX_GLOBALS, request.function, request.modules};
  const int edges[] = {SWL_EDGE_GLOBALS, SWL_EDGE_ROOT, SWL_EDGE_MODULES};
  for (int i = 0; i < 3; i++) {
    lua_pushnil(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, roots[i]);
    add_object(L, guard, 0, edges[i]);
    lua_settop(L, AT_VISITED);
  }
  for (size_t i = 0; i < guard->count; i++) {
    baseline_visit visit = {guard, (int64_t)i + 1};
    lua_rawgeti(L, AT_OBJECTS, (lua_Integer)i + 1);
    guard->list[i].first = (int64_t)guard->entry_count;
    visit_object(L, AT_VISITED + 1, 1, add_entry, &visit);
    lua_settop(L, AT_VISITED);
  }
  lua_pushvalue(L, AT_KEYS);
  guard->keys = luaL_ref(L, LUA_REGISTRYINDEX);
  lua_pushvalue(L, AT_OBJECTS);
  guard->objects = luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

swl_guard *swl_guard_make(swl_state *S, int32_t function, int32_t modules) {
  size_t capacity = 0;
  swl_guard *guard = swl_grow(NULL, &capacity, 1, sizeof *guard);
  memset(guard, 0, sizeof *guard);
  swl_text_clear(&guard->name);
  swl_text_clear(&guard->path);
  guard_request request = {guard, function, modules};
  swl_protect(S, take_baseline, &request, 0);
  return guard;
}

void swl_guard_free(swl_guard *guard) {
  free(guard->list);
  free(guard->entries);
  free(guard->name.data);
  free(guard->path.data);
  free(guard);
}

int32_t swl_guard_reference(const swl_guard *guard, int32_t which) { return which == 0 ? guard->objects : guard->keys; }
int64_t swl_guard_count(const swl_guard *guard) { return (int64_t)(guard->count + guard->entry_count); }

// The check.

static void sum_entry(lua_State *L, void *context, int edge, swl_guard_entry entry) {
  (void)L, (void)edge;
  swl_guard_object *now = context;
  now->sum += weight(entry);
  now->count++;
}

typedef struct {
  swl_guard *guard;
  const swl_guard_object *object;
  int edge;        // of the entry that changed, -1 until it is found
  int is_removed;  // no entry is new or different: one is gone
} change_visit;

/// Notes the first entry that the baseline does not have, and puts its key at index 3 of the stack.
static void find_entry(lua_State *L, void *context, int edge, swl_guard_entry entry) {
  change_visit *visit = context;
  if (visit->edge >= 0) return;
  for (int64_t i = 0; i < visit->object->count; i++) {
    const swl_guard_entry *old = &visit->guard->entries[visit->object->first + i];
    if (old->key == entry.key && old->value == entry.value) return;
  }
  visit->edge = edge;
  lua_pushvalue(L, -2);
  lua_replace(L, 3);
}

typedef struct {
  swl_guard *guard;
  swl_change *change;
} check_request;

static void name_change(lua_State *L, swl_guard *guard, int64_t number, swl_change *change) {
  const swl_guard_object *object = &guard->list[number - 1];
  change_visit visit = {guard, object, -1, 0};
  lua_rawgeti(L, 1, number);
  int at = lua_gettop(L);
  swl_text_clear(&guard->path);
  swl_text_clear(&guard->name);
  visit_object(L, at, 1, find_entry, &visit);
  if (lua_isthread(L, at)) {
    swl_text_format(&guard->path, "the coroutine ");
    swl_add_object_name(L, guard, number, change);
  } else if (visit.edge < 0) {
    swl_text_format(&guard->path, "a field of ");
    if (object->edge == SWL_EDGE_GLOBALS) swl_text_format(&guard->path, "_G");
    swl_add_object_name(L, guard, number, change);
  } else {
    swl_add_edge_name(L, guard, number, visit.edge, 3, change);
  }
  if (change->chunk == NULL) swl_note_owner(L, guard, SWL_GUARD_ROOT, "", change);
  change->variable = guard->path.data;
  change->name = guard->name.data;
  change->chunk = guard->name.data + strlen(guard->name.data) + 1;
}

static int check_baseline(lua_State *L) {
  check_request request = *(check_request *)lua_touserdata(L, 1);
  swl_guard *guard = request.guard;
  lua_settop(L, 0);
  lua_rawgeti(L, LUA_REGISTRYINDEX, guard->objects);
  lua_rawgeti(L, LUA_REGISTRYINDEX, guard->keys);
  lua_pushnil(L);
  // stack: objects, keys, the key that changed
  for (size_t i = 0; i < guard->count; i++) {
    swl_guard_object now = {0};
    lua_rawgeti(L, 1, (lua_Integer)i + 1);
    visit_object(L, 4, 0, sum_entry, &now);
    lua_settop(L, 3);
    if (now.sum == guard->list[i].sum && now.count == guard->list[i].count) continue;
    name_change(L, guard, (int64_t)i + 1, request.change);
    return 0;
  }
  return 0;
}

int32_t swl_guard_check(swl_state *S, swl_guard *guard, swl_change *change) {
  memset(change, 0, sizeof *change);
  check_request request = {guard, change};
  swl_protect(S, check_baseline, &request, 0);
  return change->variable != NULL;
}
