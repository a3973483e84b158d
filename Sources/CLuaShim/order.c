// The order of pairs and next: false, true, numbers by value, strings bytewise, objects by creation. It is a property
// of the table's keys alone, so it is the same in every process, on every machine, with every liblua.
#include <string.h>

#include "internal.h"

swl_key swl_make_key(lua_State *L, int index) {
  swl_key key = {0};
  switch (lua_type(L, index)) {
    case LUA_TBOOLEAN: key.rank = lua_toboolean(L, index); break;
    case LUA_TNUMBER:
      key.rank = lua_isinteger(L, index) ? 2 : 3;
      if (key.rank == 2)
        key.integer = lua_tointeger(L, index);
      else
        key.number = lua_tonumber(L, index);
      break;
    case LUA_TSTRING:
      key.rank = 4;
      key.string.bytes = lua_tolstring(L, index, &key.string.count);
      for (size_t i = 0; i < 8 && i < key.string.count; i++)
        key.string.start |= (uint64_t)(unsigned char)key.string.bytes[i] << (56 - 8 * i);
      break;
    default:
      key.rank = 5;
      key.serial = swl_serial(L, index);
  }
  return key;
}

/// Compares an integer with a float that has no integer value in range (Lua stores those as integers), or is NaN
/// (last).
static int compare_mixed(lua_Integer a, lua_Number b) {
  if (b >= 0x1p63) return -1;
  if (b >= -0x1p63) {
    lua_Integer whole = (lua_Integer)b;  // towards zero
    if (a != whole) return a < whole ? -1 : 1;
    return b > (lua_Number)whole ? -1 : b < (lua_Number)whole ? 1 : 0;
  }
  return b == b ? 1 : -1;
}

static int compare_numbers(const swl_key *a, const swl_key *b) {
  if (a->rank == 2 && b->rank == 2) return a->integer < b->integer ? -1 : a->integer > b->integer;
  if (a->rank == 3 && b->rank == 3) return a->number < b->number ? -1 : a->number > b->number;
  return a->rank == 2 ? compare_mixed(a->integer, b->number) : -compare_mixed(b->integer, a->number);
}

static int compare_strings(const swl_key *a, const swl_key *b) {
  if (a->string.start != b->string.start) return a->string.start < b->string.start ? -1 : 1;
  size_t shorter = a->string.count < b->string.count ? a->string.count : b->string.count;
  int order = memcmp(a->string.bytes, b->string.bytes, shorter);
  if (order != 0) return order;
  return a->string.count < b->string.count ? -1 : a->string.count > b->string.count;
}

int swl_key_compare(const swl_key *a, const swl_key *b) {
  if (a->rank == 4 && b->rank == 4) return compare_strings(a, b);
  int is_number_a = a->rank == 2 || a->rank == 3, is_number_b = b->rank == 2 || b->rank == 3;
  if (is_number_a && is_number_b) return compare_numbers(a, b);
  if (a->rank != b->rank) return a->rank < b->rank ? -1 : 1;
  if (a->rank == 5) return a->serial < b->serial ? -1 : a->serial > b->serial;
  return 0;
}

static int less_key(void *context, int64_t a, int64_t b) {
  const swl_key *keys = context;
  return swl_key_compare(&keys[a], &keys[b]) < 0;
}

int64_t swl_sequence_count(lua_State *L, int index) {
  int table = lua_absindex(L, index);
  int64_t length = (int64_t)lua_rawlen(L, table), count = 0;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    count++;
    lua_Integer key = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;
    if (key < 1 || key > length) {
      lua_pop(L, 2);
      return -1;
    }
  }
  return count == length ? count : -1;
}

/// Reads the keys of a table into the scratch of the state, and into the table of keys on top of the stack. [-0, +0]
static int64_t collect_keys(swl_state *S, lua_State *L, int table) {
  int64_t count = 0;
  for (lua_pushnil(L); lua_next(L, table); count++) {
    lua_pop(L, 1);
    if ((size_t)count >= S->keys_capacity) {
      S->keys = swl_grow(S->keys, &S->keys_capacity, (size_t)count + 1, sizeof *S->keys);
      S->indices = swl_grow(S->indices, &S->indices_capacity, 2 * S->keys_capacity, sizeof *S->indices);
    }
    S->keys[count] = swl_make_key(L, -1);
    S->indices[count] = count;
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, count + 1);
  }
  return count;
}

int64_t swl_sorted_keys(lua_State *L, int index) {
  swl_state *S = swl_of(L);
  int table = lua_absindex(L, index);
  luaL_checkstack(L, 8, NULL);
  lua_newtable(L);
  lua_newtable(L);
  // stack: sorted keys, keys as they come
  int64_t count = collect_keys(S, L, table);
  swl_charge(S, L, 4 * count);
  swl_merge_sort(S->indices, S->indices + count, count, less_key, S->keys);
  for (int64_t i = 0; i < count; i++) {
    lua_rawgeti(L, -1, S->indices[i] + 1);
    lua_rawseti(L, -3, i + 1);
  }
  lua_pop(L, 1);
  return count;
}

// pairs

/// Iterator over 1...n; upvalue 1 is n. The position follows from the key that the loop passes.
static int next_element(lua_State *L) {
  lua_Integer count = lua_tointeger(L, lua_upvalueindex(1));
  lua_Integer at = lua_isnil(L, 2) ? 0 : luaL_checkinteger(L, 2);
  lua_settop(L, 1);
  while (at < count) {
    at++;
    if (lua_rawgeti(L, 1, at) == LUA_TNIL) {
      lua_pop(L, 1);  // cleared before its turn
      continue;
    }
    lua_pushinteger(L, at);
    lua_insert(L, -2);
    return 2;
  }
  lua_pushnil(L);
  return 1;
}

/// Moves to the entry after `*cursor` whose value is still there: pushes key and value, or nil at the end.
static int step(lua_State *L, int table, int keys, int64_t *cursor, int64_t count) {
  while (*cursor < count) {
    lua_rawgeti(L, keys, ++*cursor);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, table) != LUA_TNIL) return 2;
    lua_pop(L, 2);
  }
  lua_pushnil(L);
  return 1;
}

/// The position of the key at `key` in the sorted keys: how many keys are not greater. [-0, +0]
static int64_t upper_bound(lua_State *L, int keys, int64_t count, int key) {
  swl_key wanted = swl_make_key(L, key);
  int64_t low = 0, high = count;
  while (low < high) {
    int64_t middle = (low + high) / 2;
    lua_rawgeti(L, keys, middle + 1);
    swl_key found = swl_make_key(L, -1);
    lua_pop(L, 1);
    if (swl_key_compare(&found, &wanted) <= 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static int is_key_at(lua_State *L, int keys, int64_t place, int key) {
  if (place < 1) return 0;
  lua_rawgeti(L, keys, place);
  int is_same = lua_rawequal(L, -1, key);
  lua_pop(L, 1);
  return is_same;
}

/// Iterator over a snapshot; upvalues: sorted keys, their number, how far the loop got.
static int next_sorted(lua_State *L) {
  int64_t count = lua_tointeger(L, lua_upvalueindex(2)), cursor = lua_tointeger(L, lua_upvalueindex(3));
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  if (lua_isnil(L, 2)) {
    cursor = 0;
  } else if (!is_key_at(L, lua_upvalueindex(1), cursor, 2)) {
    cursor = upper_bound(L, lua_upvalueindex(1), count, 2);
    if (!is_key_at(L, lua_upvalueindex(1), cursor, 2)) return luaL_error(L, "invalid key to 'next'");
  }
  int results = step(L, 1, lua_upvalueindex(1), &cursor, count);
  lua_pushinteger(L, cursor);
  lua_replace(L, lua_upvalueindex(3));
  return results;
}

static int finish_pairs(lua_State *L, int status, lua_KContext context) {
  (void)L, (void)status, (void)context;
  return 3;
}

static int pairs(lua_State *L) {
  if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
    lua_pushvalue(L, 1);
    lua_callk(L, 1, 3, 0, finish_pairs);
    return 3;
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  int64_t count = swl_sequence_count(L, 1);
  swl_charge(swl_of(L), L, count < 0 ? 0 : count / 4);
  if (count >= 0) {
    lua_pushinteger(L, count);
    lua_pushcclosure(L, next_element, 1);
  } else {
    count = swl_sorted_keys(L, 1);
    lua_pushinteger(L, count);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, next_sorted, 3);
  }
  lua_pushvalue(L, 1);
  lua_pushnil(L);
  return 3;
}

// next: it must give the same order, but has no iterator that keeps the position. So the last few traversals are
// remembered.

char swl_next_key;

static swl_next_slot *find_slot(swl_state *S, uint64_t serial) {
  for (int i = 0; i < SWL_NEXT_SLOTS; i++)
    if (S->next_slots[i].serial == serial) return &S->next_slots[i];
  return NULL;
}

static swl_next_slot *take_slot(swl_state *S, uint64_t serial) {
  swl_next_slot *slot = find_slot(S, serial);
  if (slot == NULL) slot = &S->next_slots[S->next_victim++ % SWL_NEXT_SLOTS];
  slot->serial = serial;
  return slot;
}

/// Index of a slot's Lua value (sorted keys, or the first key of a lazy slot) in the registry table of slots.
static lua_Integer place_of(swl_state *S, swl_next_slot *slot) { return slot - S->next_slots + 1; }

/// [-0, +2] the least key and its value, or [-0, +1] nil
static int first_entry(swl_state *S, lua_State *L) {
  int64_t scanned = 0;
  swl_key best;
  lua_pushnil(L);  // the best key so far
  for (lua_pushnil(L); lua_next(L, 1); scanned++) {
    lua_pop(L, 1);
    swl_key key = swl_make_key(L, -1);
    if (scanned > 0 && swl_key_compare(&key, &best) >= 0) continue;
    best = key;
    lua_pushvalue(L, -1);
    lua_replace(L, -3);
  }
  swl_charge(S, L, scanned / 4);
  if (scanned == 0) return 1;
  swl_next_slot *slot = take_slot(S, swl_serial(L, 1));
  slot->is_lazy = 1;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &swl_next_key);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, place_of(S, slot));
  lua_pop(L, 1);
  lua_pushvalue(L, -1);
  lua_rawget(L, 1);
  return 2;
}

/// Leaves the sorted keys of the table at index 1 at index 4 and the slot's cursor at the key of index 2.
/// stack: table, key, slots -> table, key, slots, keys
static swl_next_slot *resume_traversal(swl_state *S, lua_State *L) {
  uint64_t serial = swl_serial(L, 1);
  swl_next_slot *slot = find_slot(S, serial);
  int is_first = 0;
  if (slot != NULL) {
    lua_rawgeti(L, 3, place_of(S, slot));
    if (!slot->is_lazy && is_key_at(L, 4, slot->cursor, 2)) return slot;
    is_first = slot->is_lazy && lua_rawequal(L, 4, 2);
    if (!slot->is_lazy) {
      slot->cursor = upper_bound(L, 4, slot->count, 2);
      if (is_key_at(L, 4, slot->cursor, 2)) return slot;
    }
    lua_pop(L, 1);
  }
  int64_t count = swl_sorted_keys(L, 1);
  int64_t cursor = upper_bound(L, 4, count, 2);
  // The first key may have been cleared since it was given; any other key must be there.
  if (!is_first && !is_key_at(L, 4, cursor, 2)) luaL_error(L, "invalid key to 'next'");
  slot = take_slot(S, serial);
  *slot = (swl_next_slot){serial, count, cursor, 0};
  lua_pushvalue(L, 4);
  lua_rawseti(L, 3, place_of(S, slot));
  return slot;
}

static int next(lua_State *L) {
  swl_state *S = swl_of(L);
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  if (lua_isnil(L, 2)) return first_entry(S, L);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &swl_next_key);
  swl_next_slot *slot = resume_traversal(S, L);
  int results = step(L, 1, 4, &slot->cursor, slot->count);
  if (results == 1) {
    slot->serial = 0;
    lua_pushboolean(L, 0);
    lua_rawseti(L, 3, place_of(S, slot));
  }
  return results;
}

const luaL_Reg swl_order_functions[] = {{"pairs", pairs}, {"next", next}, {NULL, NULL}};
