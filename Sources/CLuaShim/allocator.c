// The heap of a state: creation numbers for objects, accounting, and the memory limit.
//
// Every block has a header. lua_newobject passes the type of a new object as old_size, so the header can number
// tables, functions, userdata and threads in the order of their creation: that order, unlike addresses and hashes, is
// the same in every process. liblua's own collector is stopped; swl_full_collection runs at points that follow from
// the program alone.
#include "internal.h"

typedef struct {
  uint64_t serial;  // of an object; STACK for the stack of a thread
  uint64_t type;  // LUA_T... of a Lua object, 0 for other blocks
} block_header;

/// Not a creation number: no state has one of this size.
#define STACK UINT64_MAX
/// Bytes of new objects that cost one instruction.
#define BYTES_PER_INSTRUCTION 16

int64_t swl_memory_used(const swl_state *S) { return S->object_bytes + S->vector_bytes + S->native_bytes; }

static void account(swl_state *S, uint64_t type, int64_t change) {
  if (type != 0)
    S->object_bytes += change;
  else
    S->vector_bytes += change;
}

/// Growth beyond the limit is refused. From the first refusal on, all growth is refused until the script has ended:
/// liblua 5.4.4 is not safe when it goes on after an emergency collection.
static int is_refused(swl_state *S, uint64_t type, int64_t size, int64_t growth) {
  if (!S->is_enforcing) return 0;
  if (S->killed == SWL_LIMIT_MEMORY || S->killed == SWL_LIMIT_STRING) return 1;
  if (type == LUA_TSTRING && size > S->limits.string_bytes) {
    swl_mark_killed(S, SWL_LIMIT_STRING);
    return 1;
  }
  if (growth <= S->limits.memory_bytes - swl_memory_used(S)) return 0;
  swl_mark_killed(S, SWL_LIMIT_MEMORY);
  return 1;
}

static void notice_growth(swl_state *S, uint64_t type, int64_t size) {
  if (S->object_bytes + S->native_bytes > S->object_threshold || S->vector_bytes > S->vector_threshold)
    S->is_collection_due = 1;
  if (!S->is_enforcing) return;
  if (type != 0) S->fuel -= size / BYTES_PER_INSTRUCTION;
  if (!S->is_armed && (S->fuel < 0 || swl_memory_used(S) > S->urgent_threshold)) {
    S->is_collection_due = 1;
    swl_arm(S);
  }
}

static int is_numbered(size_t type) {
  return type == LUA_TTABLE || type == LUA_TFUNCTION || type == LUA_TUSERDATA || type == LUA_TTHREAD;
}

/// liblua allocates the stack of a thread right after the thread.
static uint64_t number(swl_state *S, uint64_t type) {
  int is_stack = type == 0 && S->is_stack_next;
  S->is_stack_next = type == LUA_TTHREAD;
  return is_stack ? STACK : is_numbered(type) ? ++S->serial : 0;
}

/// The most slots that liblua gives a stack. A larger stack is about to cause an error.
#define MOST_SLOTS 1000000
#define SLOT_BYTES 16
/// Slots of every stack that no call may use.
#define EXTRA_BYTES (16 * SLOT_BYTES)

/// Updates `large_stacks` for swl_check_depth, and notices a full stack: then the next instruction ends the script.
static void account_stack(swl_state *S, const block_header *header, int64_t before, int64_t after) {
  if (header->serial != STACK) return;
  int64_t large = S->limits.depth < MOST_SLOTS ? S->limits.depth * SLOT_BYTES : INT64_MAX;
  S->large_stacks += (after > large) - (before > large);
  if (after <= MOST_SLOTS * SLOT_BYTES + EXTRA_BYTES || !S->is_enforcing || S->flags & SWL_OVERFLOW_IS_CAUGHT) return;
  S->has_overflowed = 1;
  swl_arm(S);
}

/// liblua up to 5.4.5 moves a stack itself: it allocates a new block, then frees the old one.
static void note_move(swl_state *S, const block_header *freed, int64_t bytes) {
  if (freed->serial != STACK) return;
  account_stack(S, freed, bytes, 0);
  if (S->newest == NULL) return;
  block_header *moved = (block_header *)S->newest - 1;
  moved->serial = STACK;
  account_stack(S, moved, 0, (int64_t)S->newest_size);
}

/// While liblua 5.4.6 moves a stack, nothing can be asked about it, such as where a limit was reached. So a stack may
/// grow beyond the limit, by 16 MB at the most, and the next instruction ends the script.
static int is_granted(swl_state *S, const block_header *old, int64_t growth) {
  if (old == NULL || old->serial != STACK || S->killed != SWL_LIMIT_NONE) return 0;
  if (S->is_enforcing && growth > S->limits.memory_bytes - swl_memory_used(S)) {
    S->is_collection_due = 1;
    swl_arm(S);
  }
  return 1;
}

void *swl_allocate(void *state, void *block, size_t old_size, size_t new_size) {
  swl_state *S = state;
  if (S->first_block != NULL && !S->has_fixed_seed) {
    S->has_fixed_seed = 1;
    swl_fix_seed(S->first_block);
  }
  block_header *old = block == NULL ? NULL : (block_header *)block - 1;
  uint64_t type = old != NULL ? old->type : old_size;
  size_t held = old != NULL ? old_size : 0;
  if (new_size == 0) {
    if (old == NULL) return NULL;
    account(S, type, -(int64_t)held);
    note_move(S, old, (int64_t)held);
    S->newest = NULL;
    swl_arena_put(&S->arena, old, sizeof *old + held);
    return NULL;
  }
  int64_t growth = (int64_t)new_size - (int64_t)held;
  if (growth > 0 && !is_granted(S, old, growth) && is_refused(S, type, (int64_t)new_size, growth)) return NULL;
  size_t bytes = sizeof(block_header) + new_size;
  block_header *header = old == NULL ? swl_arena_get(&S->arena, bytes)
                                     : swl_arena_resize(&S->arena, old, sizeof *old + held, bytes);
  if (header == NULL) return growth <= 0 ? block : NULL;
  account(S, type, growth);
  if (old == NULL) {
    header->type = type;
    header->serial = number(S, type);
  }
  account_stack(S, header, (int64_t)held, (int64_t)new_size);
  S->newest = old == NULL && type == 0 ? header + 1 : NULL;
  S->newest_size = new_size;
  if (growth > 0) notice_growth(S, type, (int64_t)new_size);
  if (S->first_block == NULL) S->first_block = header + 1;
  return header + 1;
}

uint64_t swl_serial(lua_State *L, int index) {
  switch (lua_type(L, index)) {
    case LUA_TUSERDATA: return ((swl_holder *)lua_touserdata(L, index))->serial;
    // The extra space is the start of a thread's block.
    case LUA_TTHREAD: return ((block_header *)lua_getextraspace(lua_tothread(L, index)) - 1)->serial;
    case LUA_TTABLE: break;
    case LUA_TFUNCTION: {
      // A C function without upvalues is a bare address, no object.
      if (!lua_iscfunction(L, index)) break;
      if (lua_getupvalue(L, index, 1) == NULL) return 0;
      lua_pop(L, 1);
      break;
    }
    default: return 0;
  }
  return ((const block_header *)lua_topointer(L, index) - 1)->serial;
}

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

static int do_nothing(lua_State *L) {
  (void)L;
  return 0;
}

/// Whether a finalizer could be called and modes could be hidden now. Neither is possible at the last level of nested C
/// calls or at the end of Lua's stack.
static int has_room_for_a_call(lua_State *L) {
  if (!lua_checkstack(L, 8)) return 0;
  lua_pushcfunction(L, do_nothing);
  if (lua_pcall(L, 0, 0, 0) == LUA_OK) return 1;
  lua_pop(L, 1);
  return 0;
}

void swl_full_collection(swl_state *S, lua_State *L) {
  // A finalizer that finds no room or no memory for its frame is lost, and its Swift object leaks.
  int was_enforcing = S->is_enforcing;
  S->is_enforcing = 0;
  int is_possible = has_room_for_a_call(L);
  if (is_possible) {
    if (S->flags & SWL_NO_WEAK_TABLES) swl_hide_modes(L, 1);
    lua_gc(L, LUA_GCCOLLECT);
    if (S->flags & SWL_NO_WEAK_TABLES) swl_hide_modes(L, 0);
  }
  S->is_enforcing = was_enforcing;
  if (!is_possible) return;  // the next hook tries again
  int64_t used = swl_memory_used(S), room = S->limits.memory_bytes - used;
  S->object_threshold = larger(2 << 20, 2 * (S->object_bytes + S->native_bytes));
  S->vector_threshold = larger(2 << 20, 2 * S->vector_bytes);
  // Collections are at least a sixteenth of the limit apart, so that a full heap does not collect all the time.
  S->urgent_threshold = used + larger(room / 2, S->limits.memory_bytes / 16);
  S->is_collection_due = 0;
}
