// What the files of the shim share. Stack effects are written as in the Lua manual: [-popped, +pushed].
#ifndef SWL_INTERNAL_H
#define SWL_INTERNAL_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "include/CLuaShim.h"

/// The count hook fires after this many virtual machine instructions.
#define SWL_PERIOD 1000
/// How many traversals by `next` are remembered.
#define SWL_NEXT_SLOTS 8
/// Objects of scripts are numbered after this.
#define SWL_FIRST_SERIAL 10000
/// How many nested coroutine closes are allowed; liblua 5.4.4 overflows the C stack at some thousands.
#define SWL_CLOSE_DEPTH 100
/// How many errors of host functions are remembered.
#define SWL_CAUSES 8

/// Growing text in plain C memory.
typedef struct {
  char *data;
  size_t count, capacity;
} swl_text;

/// A value on its way to Lua: `value.bytes` is not used, text lies in `swl_state.staged_text` from `offset` on.
typedef struct {
  swl_value value;
  size_t offset;
  int64_t byte_count;
  int32_t content;
} swl_staged;

/// Payload of the userdata that retain Swift objects: host objects, and upvalue 1 of host functions.
typedef struct {
  void *object;
  uint64_t serial;
  int64_t byte_count;
} swl_holder;

/// One traversal by `next`: the table, and how far it got in its sorted keys.
typedef struct {
  uint64_t serial;  // of the table; 0 is a free slot
  int64_t count, cursor;
  int is_lazy;  // only the first key was asked for; the keys are not sorted yet
} swl_next_slot;

/// See arena.c. An arena of zeros always asks malloc.
typedef struct {
  char *base;
  size_t size, used;
  void *free_blocks[160];  // by size class, linked through their first words
} swl_arena;

struct swl_state {
  lua_State *L;        // main thread; null after swl_close
  lua_State *running;  // the thread whose code runs now
  swl_limits limits;
  swl_callbacks callbacks;

  int64_t fuel;        // instructions left
  int64_t used;        // instructions used before `granted` was given
  int64_t granted;     // fuel at the last reset
  int killed;          // SWL_LIMIT_..., for good
  int flags;           // SWL_STRICT_GLOBALS and so on
  int depth;           // nested swl_call
  int resume_depth;    // nested coroutine.resume
  int close_depth;     // nested coroutine.close
  int is_enforcing;    // the allocator may refuse: only while script code runs
  int is_armed;        // the hook will fire at the next instruction
  int is_collection_due;
  int is_stack_next;   // the last new block was a thread
  void *newest;        // the block of the last call of the allocator, if it was new and no object
  size_t newest_size;
  int has_overflowed;  // liblua is about to raise "stack overflow"
  int64_t large_stacks;     // threads whose stack could hold more calls than the limit of depth
  int64_t unchecked_hooks;  // hooks before `unchecked_thread` can be too deep
  lua_State *unchecked_thread;
  int64_t looked_at, started_at;  // clocks in nanoseconds; see time.c
  int64_t next_look;              // the fuel at which the clock is read again

  swl_arena arena;
  void *first_block;     // of the heap, until the seed in it is fixed
  int has_fixed_seed;
  int64_t object_bytes;  // blocks of Lua objects: their sum does not depend on hashes
  int64_t vector_bytes;  // table parts, stacks, buffers
  int64_t native_bytes;  // as host objects declare them
  int64_t held_bytes;    // swl_hold, within native_bytes
  int64_t object_threshold, vector_threshold, urgent_threshold;
  uint64_t serial;       // creation number of tables, functions, userdata and threads
  int64_t output_used;

  uint64_t seed, random_key;
  uint64_t random_counter, random_spare;
  int has_spare;

  swl_next_slot next_slots[SWL_NEXT_SLOTS];
  int next_victim;

  struct swl_key *keys;  // scratch of swl_sorted_keys
  size_t keys_capacity;
  int64_t *indices;
  size_t indices_capacity;

  swl_staged *staged;
  size_t staged_count, staged_capacity;
  swl_text staged_text;
  int64_t staged_cause;
  int64_t causes[SWL_CAUSES];  // see cause.c
  int newest_cause;
  swl_value *results;
  size_t results_count, results_capacity;
  int results_base;
  int32_t *released;
  size_t released_count, released_capacity;

  swl_error error;
  swl_text message, traceback, chunk;
  swl_text known_chunks;  // names of loaded chunks as messages show them, each ended by 0
  int has_require;
  swl_stop_flag *stop_flag;  // or null
  swl_text plain;            // of swl_plain_write
  swl_text reached;          // of swl_reach
  void **reached_objects;
  size_t reached_capacity;
  int32_t observed;          // SWL_OBSERVED_...
  uint64_t sealed_serial;    // the last object of loading
  uint64_t call_serial;      // the last object before the call that runs
};

// text.c
void *swl_grow(void *data, size_t *capacity, size_t needed, size_t size);
void swl_text_clear(swl_text *text);
void swl_text_add(swl_text *text, const char *bytes, size_t count);
void swl_text_format(swl_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

// allocator.c
void *swl_allocate(void *state, void *block, size_t old_size, size_t new_size);
/// The creation number of the object at `index`; 0 for a light C function and for values that are no objects.
uint64_t swl_serial(lua_State *L, int index);
int64_t swl_memory_used(const swl_state *S);
/// Full collection, then new thresholds. Finalizers of host objects run; script code does not. Does nothing where
/// finalizers have no room on the stack.
void swl_full_collection(swl_state *S, lua_State *L);

// arena.c
void swl_arena_open(swl_arena *arena, size_t bytes);
void swl_arena_close(swl_arena *arena);
/// Null when the machine has no memory. The caller remembers how many bytes it asked for.
void *swl_arena_get(swl_arena *arena, size_t bytes);
void swl_arena_put(swl_arena *arena, void *block, size_t bytes);
void *swl_arena_resize(swl_arena *arena, void *block, size_t old_bytes, size_t new_bytes);

// seed.c
/// Looks for the seed of string hashes, once in a process.
void swl_find_seed(void);
/// Overwrites the seed in the first block of a state. The right moment is the second allocation: no string exists yet.
void swl_fix_seed(void *first_block);

// depth.c
/// Ends the script if calls of this thread are nested deeper than the limit. Raises.
void swl_check_depth(swl_state *S, lua_State *L);
/// Ends the state if the error on top of `L` says that liblua's own stack is full, or could be about to say so. Does
/// not raise. [-0, +0]
void swl_notice_overflow(swl_state *S, lua_State *L);
/// The events that the hook wants, beside `LUA_MASKCOUNT`.
int swl_hook_mask(const swl_state *S);

// time.c
/// Gives the next call all of its processor time.
void swl_start_time(swl_state *S);
/// Ends the script when its processor time is over. Cheap enough for each period. Raises.
void swl_check_time(swl_state *S, lua_State *L);

// weak.c
/// [-0, +0]
void swl_open_metatables(lua_State *L);
/// Remembers a metatable on top of the stack, in case it gets a __mode later. [-0, +0]
void swl_remember_metatable(lua_State *L);
/// Takes __mode from all remembered metatables, or gives it back. Changes no key and allocates nothing. [-0, +0], needs
/// six slots
void swl_hide_modes(lua_State *L, int is_hidden);

// hook.c
static inline swl_state *swl_of(lua_State *L) {
  void *state;
  lua_getallocf(L, &state);
  return state;
}
void swl_hook(lua_State *L, lua_Debug *activation);
/// Makes the hook fire at the next instruction of the running thread. Safe inside the allocator.
void swl_arm(swl_state *S);
/// Remembers which limit ended the state, and where. Does not raise.
void swl_mark_killed(swl_state *S, int limit);
/// Whether another thread asked the script to end.
int swl_is_stop_requested(const swl_state *S);
/// Raises the error that no script can catch.
int swl_raise_kill(lua_State *L);
int swl_kill(swl_state *S, lua_State *L, int limit);
/// Takes `units` from the budget of the script; raises when it is used up.
void swl_charge(swl_state *S, lua_State *L, int64_t units);
/// After host code: collects if due, and raises if the memory is over the limit.
void swl_settle(swl_state *S, lua_State *L);

// errors.c
/// Message handler of every call from Swift: fills S->error while the stack still exists. [-1, +1]
int swl_handler(lua_State *L);
/// Frames of the script as text, one a line.
void swl_write_traceback(lua_State *L, swl_text *text);
/// Chunk and line of the innermost frame of the script; 0 if there is none.
int swl_find_place(lua_State *L, lua_Debug *activation);
void swl_set_error(swl_state *S, int kind, const char *message, size_t count);
void swl_set_kill_error(swl_state *S);
void swl_remember_chunk(swl_state *S, const char *name);

// cause.c
void swl_make_causes(lua_State *L);
/// Notes that the value on top of the stack is about to be raised for this cause; 0 if the host did not throw it.
/// [-0, +0], needs three slots
void swl_note_cause(swl_state *S, lua_State *L, int64_t cause);
/// The cause that the value at an index was raised for last, or 0. [-0, +0], needs two slots
int64_t swl_cause_of(swl_state *S, lua_State *L, int index);

// shim.c
/// Runs `body` protected with `argument` as light userdata at index 1. Results stay on the stack.
int swl_protect(swl_state *S, lua_CFunction body, void *argument, int results);
/// The same for a body with results, which swl_results then gives. They stay on the stack until swl_end.
int swl_protect_results(swl_state *S, lua_CFunction body, void *argument);

// values.c
/// Reads the value at an index; tables and functions get a reference. [-0, +0], may raise a memory error.
void swl_read(swl_state *S, lua_State *L, int index, swl_value *value);
/// [-0, +1]
void swl_push_staged(swl_state *S, lua_State *L, size_t index);

/// Drops the references that Swift gave back. It needs no new slot of the registry, so nothing can fail. [-0, +0],
/// needs two slots
void swl_drain_released(swl_state *S, lua_State *L);

// host.c
void swl_push_holder(swl_state *S, lua_State *L, void *object, int64_t byte_count);
int swl_trampoline(lua_State *L);
void swl_make_holder_metatable(lua_State *L);
int swl_release_holder(lua_State *L);

// sort.c
typedef int (*swl_less)(void *context, int64_t a, int64_t b);
/// Stable merge sort of `count` indices; `spare` holds as many.
void swl_merge_sort(int64_t *indices, int64_t *spare, int64_t count, swl_less less, void *context);

// guard.c
/// How often a coroutine was resumed or closed.
static inline uint64_t *swl_resume_count(lua_State *co) { return lua_getextraspace(co); }
/// Adds the part of a field's name that follows the table's name: ".name", "[3]" or "[\"two words\"]". [-0, +0]
void swl_add_step(lua_State *L, int key, swl_text *text);

// order.c
typedef struct swl_key {
  int rank;  // 0 false, 1 true, 2 integer, 3 float, 4 string, 5 object
  union {
    lua_Integer integer;
    lua_Number number;
    uint64_t serial;
    struct {
      uint64_t start;  // the first eight bytes as a number: most comparisons need no more
      const char *bytes;
      size_t count;
    } string;
  };
} swl_key;
swl_key swl_make_key(lua_State *L, int index);
int swl_key_compare(const swl_key *a, const swl_key *b);
/// Pushes a table with the keys of the table at `index` in their order. Returns how many. [-0, +1]
int64_t swl_sorted_keys(lua_State *L, int index);
/// The number of entries if the keys are exactly 1...n, else -1.
int64_t swl_sequence_count(lua_State *L, int index);
extern const luaL_Reg swl_order_functions[];

// Libraries: functions that replace those of liblua. Each list ends with null.
extern const luaL_Reg swl_base_functions[];
extern const luaL_Reg swl_coroutine_functions[];
extern const luaL_Reg swl_table_functions[];
extern const luaL_Reg swl_string_functions[];
extern const luaL_Reg swl_pattern_functions[];
extern const luaL_Reg swl_math_functions[];
/// string.format
int swl_format(lua_State *L);
/// The text of `tostring`, metamethods included. [-0, +1]
const char *swl_tostring(lua_State *L, int index, size_t *count);
/// A string argument; a number becomes the shortest text in place.
const char *swl_check_string(lua_State *L, int index, size_t *count);
/// Adds the globals and the string metatable. [-0, +0]
void swl_open_libraries(swl_state *S, lua_State *L);
void swl_random_reset(swl_state *S, uint64_t key);

/// Addresses of these are registry keys.
extern char swl_holder_key, swl_next_key, swl_natives_key, swl_string_index_key, swl_metatables_key, swl_causes_key;

#endif
