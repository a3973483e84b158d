// What a guard notes, for guard.c and guardname.c.
#ifndef SWL_GUARD_H
#define SWL_GUARD_H

#include "internal.h"

/// How an object was found.
enum { SWL_EDGE_ROOT, SWL_EDGE_GLOBALS, SWL_EDGE_MODULES, SWL_EDGE_UPVALUE, SWL_EDGE_FIELD, SWL_EDGE_METATABLE, SWL_EDGE_CONTENT };

typedef struct {
  uint64_t key, value;  // hashes
} swl_guard_entry;

typedef struct {
  int64_t parent;  // from 1; 0 for roots
  int edge;
  uint64_t sum;
  int64_t first, count;  // its entries
} swl_guard_object;

/// Index of the function itself in the list.
#define SWL_GUARD_ROOT 2

struct swl_guard {
  int32_t objects;  // references: objects in the order of the list, and the keys of their edges
  int32_t keys;
  swl_guard_object *list;
  size_t count, capacity;
  swl_guard_entry *entries;
  size_t entry_count, entry_capacity;
  swl_text name, path;
};

// Names of what changed. Index 1 of the stack is the table of objects, index 2 the table of the keys of their edges.

/// Appends the name that a script's author would give the object `number` to `guard->path`. [-0, +0]
void swl_add_object_name(lua_State *L, swl_guard *guard, int64_t number, swl_change *change);
/// The same for the thing at an edge of the object `parent`; `key` is the index of the edge's key. Notes the identifier
/// to look for in the source, and the function that owns it. [-0, +0]
void swl_add_edge_name(lua_State *L, swl_guard *guard, int64_t parent, int edge, int key, swl_change *change);
/// Notes the function that owns an identifier, unless one was noted before. [-0, +0]
void swl_note_owner(lua_State *L, swl_guard *guard, int64_t function, const char *name, swl_change *change);

#endif
