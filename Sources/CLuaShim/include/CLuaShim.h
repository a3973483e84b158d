// Safe Lua 5.4 for Swift. Nothing that is declared here raises a Lua error: a function that could fail runs protected
// and returns a status. No type or function of lua.h is visible.
#ifndef CLUASHIM_H
#define CLUASHIM_H

#include <stddef.h>
#include <stdint.h>

/// One Lua state with its limits, its random numbers and its host objects.
typedef struct swl_state swl_state;

/// Allowances. All are counts of at least 1.
typedef struct {
  int64_t instructions;  // virtual machine instructions (and charged work) of one top-level call
  int64_t memory_bytes;  // heap in use, garbage included
  int64_t output_bytes;  // bytes that print may write, over the life of the state
  int64_t source_bytes;  // length of one loaded text
  int64_t string_bytes;  // length of one string
  int64_t depth;         // nested calls in one coroutine
  int64_t seconds;       // processor time of one top-level call: for work that no count sees
} swl_limits;

/// How a state differs from plain Lua; the sum of any of these.
enum {
  SWL_STRICT_GLOBALS = 1,     // reading a global that was never set is an error
  SWL_NO_WEAK_TABLES = 2,     // what a script sees does not depend on what the collector took
  SWL_OVERFLOW_IS_CAUGHT = 4  // "stack overflow" is an error as in plain Lua: only for Lua's own tests
};

enum {
  SWL_NIL,
  SWL_BOOLEAN,    // integer is 0 or 1
  SWL_INTEGER,    // integer
  SWL_NUMBER,     // number
  SWL_STRING,     // bytes, count: valid until swl_end or, for an argument, until the callback returns
  SWL_TABLE,      // integer is a reference that the receiver owns
  SWL_FUNCTION,   // the same
  SWL_OBJECT,     // object is what swl_stage_object was given
  SWL_COROUTINE,  // nothing else is known of it
};

/// A Lua value on its way to Swift.
typedef struct {
  int32_t kind;
  int64_t integer;
  double number;
  const char *_Nullable bytes;
  size_t count;
  void *_Nullable object;
} swl_value;

/// What the shim calls in Swift. A callback always returns normally: no Lua error passes through it.
typedef struct {
  void *_Nullable context;
  /// Runs a host function. Returns how many results it staged, or -1 after swl_stage_error.
  int32_t (*_Nonnull call)(void *_Nullable context, void *_Nonnull function, const swl_value *_Nullable arguments,
                           int32_t count);
  /// Releases one retain of a host object or function.
  void (*_Nonnull release)(void *_Nullable context, void *_Nonnull object);
  /// 1 when two host objects are the same Swift object.
  int32_t (*_Nonnull same)(void *_Nonnull a, void *_Nonnull b);
  /// A line of print, newline included.
  void (*_Nonnull output)(void *_Nullable context, const char *_Nonnull bytes, size_t count);
} swl_callbacks;

enum { SWL_OK = 0, SWL_FAILED = 1 };
enum { SWL_ERROR_SYNTAX = 1, SWL_ERROR_RUNTIME = 2, SWL_ERROR_LIMIT = 3 };
enum {
  SWL_LIMIT_NONE,
  SWL_LIMIT_INSTRUCTIONS,
  SWL_LIMIT_MEMORY,
  SWL_LIMIT_OUTPUT,
  SWL_LIMIT_SOURCE,
  SWL_LIMIT_STRING,
  SWL_LIMIT_STOPPED,
  SWL_LIMIT_DEPTH,
  SWL_LIMIT_NESTING,  // liblua's own, of its stack and of calls through C
  SWL_LIMIT_SECONDS,
};

/// The last failure; the texts stay valid until the next operation on the state.
typedef struct {
  int32_t kind;                    // SWL_ERROR_...
  int32_t limit;                   // SWL_LIMIT_... when kind is SWL_ERROR_LIMIT
  const char *_Nonnull message;    // starts with "chunk:line: " where a line is known
  size_t message_count;
  const char *_Nonnull chunk;      // "" when unknown
  int32_t line;                    // 0 when unknown
  const char *_Nonnull traceback;  // frames of the script, innermost first, one a line
  int64_t cause;                   // given to swl_stage_error, when the raised value is the one made for it; else 0
} swl_error;

/// Where a Lua function was defined. The text stays valid until the next operation on the state.
typedef struct {
  const char *_Nonnull chunk;
  int32_t line;  // 0 for a main chunk, -1 for a function of the host
} swl_definition;

// Life of a state.

/// Opens a sandboxed state. Returns null when memory is out or liblua does not behave as swl_self_test demands.
swl_state *_Nullable swl_open(const swl_limits *_Nonnull limits, uint64_t seed, int32_t flags,
                              const swl_callbacks *_Nonnull callbacks);
/// Ends Lua and releases every host object; later operations fail. Must not be called from inside a callback.
void swl_close(swl_state *_Nonnull state);
/// Frees what swl_close left. Closes first if needed.
void swl_destroy(swl_state *_Nonnull state);
/// Null when the order, the numbers and the counts of this liblua are as the shim needs them; else what differs.
const char *_Nullable swl_self_test(void);

// Stopping from another thread.

/// A flag that any thread may raise at any time.
typedef struct swl_stop_flag swl_stop_flag;
swl_stop_flag *_Nonnull swl_stop_flag_make(void);
void swl_stop_flag_free(swl_stop_flag *_Nonnull flag);
void swl_stop_flag_raise(swl_stop_flag *_Nonnull flag);
/// Makes the script end as at a limit, soon after the flag is raised. The flag must outlive the state.
void swl_watch(swl_state *_Nonnull state, swl_stop_flag *_Nonnull flag);
/// Ends every state of this process as if it had reached its limit of seconds. A signal handler may call it.
void swl_end_time(void);

// Staging: values on their way to Lua, copied into plain C memory. The next operation consumes all of them.

void swl_stage_nil(swl_state *_Nonnull state);
void swl_stage_boolean(swl_state *_Nonnull state, int32_t value);
void swl_stage_integer(swl_state *_Nonnull state, int64_t value);
void swl_stage_number(swl_state *_Nonnull state, double value);
void swl_stage_string(swl_state *_Nonnull state, const char *_Nullable bytes, size_t count);
void swl_stage_reference(swl_state *_Nonnull state, int32_t reference);
/// Hands over one retain of `object`; `type` comes from swl_new_type, `byte_count` counts for the collector. `content`
/// is a reference to what the object makes reachable for swl_guard_make, or 0; the caller keeps it.
void swl_stage_object(swl_state *_Nonnull state, void *_Nonnull object, int32_t type, int64_t byte_count,
                      int32_t content);
/// The failure of a host function. `positioned` means that the text already starts with "chunk:line: "; `cause` is a
/// number above 0 that swl_error gives back.
void swl_stage_error(swl_state *_Nonnull state, const char *_Nullable bytes, size_t count, int32_t positioned,
                     int64_t cause);

// Operations. Each returns SWL_OK or SWL_FAILED (then see swl_last_error).

/// Compiles a text; the reference of the function goes to `reference`. `name` is the chunk name as errors show it.
int32_t swl_load(swl_state *_Nonnull state, const char *_Nullable source, size_t count, const char *_Nonnull name,
                 int32_t *_Nonnull reference);
/// Calls a function with the staged values; its results are read with swl_results.
int32_t swl_call(swl_state *_Nonnull state, int32_t function);
int32_t swl_new_table(swl_state *_Nonnull state, int32_t sequence_count, int32_t *_Nonnull reference);
int32_t swl_globals(swl_state *_Nonnull state, int32_t *_Nonnull reference);
/// A Lua function that runs callbacks.call(function); hands over one retain of `function`.
int32_t swl_new_function(swl_state *_Nonnull state, void *_Nonnull function, int32_t *_Nonnull reference);
/// Makes the metatable of a type of host objects. `name` is what errors and tostring show.
int32_t swl_new_type(swl_state *_Nonnull state, const char *_Nonnull name, int32_t *_Nonnull type);
/// Staged: one function. Makes it a method (slot "method", with its name), or a metamethod (slot "__add", ...).
int32_t swl_type_set(swl_state *_Nonnull state, int32_t type, const char *_Nonnull slot, const char *_Nonnull name);
/// Staged: one function, which becomes `require` of the chunks that are loaded from now on.
int32_t swl_set_require(swl_state *_Nonnull state);

// Tables, always by raw access.

/// Staged: a key. One result.
int32_t swl_table_get(swl_state *_Nonnull state, int32_t table);
/// Staged: a key and a value.
int32_t swl_table_set(swl_state *_Nonnull state, int32_t table);
/// Staged: values that are appended from index `first` on.
int32_t swl_table_fill(swl_state *_Nonnull state, int32_t table, int64_t first);
/// Makes a table of all keys in the order of pairs. Returns how many, or -1 after a failure.
int64_t swl_table_keys(swl_state *_Nonnull state, int32_t table, int32_t *_Nonnull keys);
/// Results: key, value, key, value, ... for `count` (some thousands) of those keys, from index `first` on.
int32_t swl_table_entries(swl_state *_Nonnull state, int32_t table, int32_t keys, int64_t first, int64_t count);
/// The raw length.
int64_t swl_table_count(swl_state *_Nonnull state, int32_t table);
/// 1 when the keys are exactly 1...n.
int32_t swl_table_is_sequence(swl_state *_Nonnull state, int32_t table);
/// Copies numbers 1...count into `out`. Returns 0, or the index of the first element that is not a number.
int64_t swl_table_read_numbers(swl_state *_Nonnull state, int32_t table, double *_Nonnull out, int64_t count);
/// Writes numbers as elements 1...count.
int32_t swl_table_write_numbers(swl_state *_Nonnull state, int32_t table, const double *_Nonnull values,
                                int64_t count);

// What functions leave changed.

/// Everything that a function can reach, as it was when the guard was made.
typedef struct swl_guard swl_guard;

/// Something that changed; the texts stay valid until the next check.
typedef struct {
  const char *_Nullable variable;  // as a script's author names it: "upvalue 'best'", "global 'seen'.x"
  const char *_Nullable name;      // the identifier to look for between the lines, or ""
  const char *_Nullable chunk;     // of the function that has it
  int32_t first_line, last_line;
} swl_change;

/// Notes how upvalues, globals and modules (a table by their names) are now. At the end, give swl_guard_reference 0 and
/// 1 back with swl_release, then free the guard.
swl_guard *_Nonnull swl_guard_make(swl_state *_Nonnull state, int32_t function, int32_t modules);
void swl_guard_free(swl_guard *_Nonnull guard);
int32_t swl_guard_reference(const swl_guard *_Nonnull guard, int32_t which);
/// How many objects and entries a check looks at.
int64_t swl_guard_count(const swl_guard *_Nonnull guard);
/// 1 when something changed since swl_guard_make.
int32_t swl_guard_check(swl_state *_Nonnull state, swl_guard *_Nonnull guard, swl_change *_Nonnull change);

// What functions can reach.

/// What a script looked at that the text of swl_reach does not tell; the sum of any of these.
enum {
  SWL_OBSERVED_RANDOM = 1,   // math.random
  SWL_OBSERVED_NUMBERS = 2,  // the number of an object, as in tostring({})
  SWL_OBSERVED_ERRORS = 4,   // an error that was caught: its text may have a line
  SWL_OBSERVED_MODULES = 8   // a module by its name
};

/// Names the functions that are in the globals and in modules (a table by their names) now, for swl_reach.
void swl_name_natives(swl_state *_Nonnull state, int32_t modules);
/// Everything that decides what a function does (see reach.c), or null where that can't be told. `objects` are the host
/// objects in it, in the order of the text. Both stay valid until the next call.
const char *_Nullable swl_reach(swl_state *_Nonnull state, int32_t function, size_t *_Nonnull count,
                                void *_Nullable *_Nullable *_Nonnull objects, size_t *_Nonnull object_count);
void swl_observe(swl_state *_Nonnull state, int32_t what);
/// What scripts looked at since swl_forget_observed.
int32_t swl_observed(swl_state *_Nonnull state);
void swl_forget_observed(swl_state *_Nonnull state);

/// Fails unless a table is plain data (see plain.c); the error names the path, which starts with `name`.
int32_t swl_plain_check(swl_state *_Nonnull state, int32_t table, const char *_Nonnull name);
/// The text of such a table, or null after a failure. It stays valid until the next call.
const char *_Nullable swl_plain_write(swl_state *_Nonnull state, int32_t table, const char *_Nonnull name);
/// A new table from such a text.
int32_t swl_plain_read(swl_state *_Nonnull state, const char *_Nullable text, size_t count,
                       int32_t *_Nonnull reference);

/// Ends loading: objects that later calls make are numbered for the script as if each call were the first.
void swl_seal(swl_state *_Nonnull state);
/// Restarts math.random and the numbers of objects for one call. So what the script sees does not depend on earlier
/// calls.
void swl_begin(swl_state *_Nonnull state, uint64_t stream);

// What an operation left.

/// The results of the last operation that had results. Copy them, then call swl_end.
const swl_value *_Nullable swl_results(swl_state *_Nonnull state, int32_t *_Nonnull count);
/// Drops the results.
void swl_end(swl_state *_Nonnull state);
const swl_error *_Nonnull swl_last_error(swl_state *_Nonnull state);
/// Gives a reference back; it is safe at any moment, also after swl_close.
void swl_release(swl_state *_Nonnull state, int32_t reference);

// Facts.

swl_definition swl_function_definition(swl_state *_Nonnull state, int32_t function);
/// The name of upvalue `index` (from 1), or null.
const char *_Nullable swl_upvalue_name(swl_state *_Nonnull state, int32_t function, int32_t index);
/// The value of upvalue `index` (from 1) as the result.
int32_t swl_upvalue(swl_state *_Nonnull state, int32_t function, int32_t index);
/// Inside a callback: chunk and line of the script that called the host function.
swl_definition swl_caller(swl_state *_Nonnull state);
/// 1 when both references name the same Lua object.
int32_t swl_same(swl_state *_Nonnull state, int32_t a, int32_t b);
void swl_reset_budget(swl_state *_Nonnull state);
/// Inside a callback: charges the work of a host function to the budget of the script that called it. If it was too
/// much, the script ends when the function returns.
void swl_add_work(swl_state *_Nonnull state, int64_t units);
/// Inside a callback: memory that stays in use until the next call from outside, whether scripts still see it or not.
void swl_hold(swl_state *_Nonnull state, int64_t bytes);
/// Instructions (and charged work) since the state was opened, by periods of 1000.
int64_t swl_instruction_count(swl_state *_Nonnull state);
/// Runs a full collection.
void swl_collect(swl_state *_Nonnull state);

// The project's own elementary functions of doubles: the same bits on every machine. Errors below 0.51 ulp in practice.

double swl_exp(double x);
double swl_log(double x);
double swl_log_base(double x, double base);
double swl_pow(double x, double y);
double swl_sin(double x);
double swl_cos(double x);
double swl_tan(double x);
double swl_asin(double x);
double swl_acos(double x);
double swl_atan2(double y, double x);
/// The shortest decimal text that reads back to the same bits and reads as a float; `out` holds 40 bytes. Returns its
/// length.
int32_t swl_number_text(double x, char *_Nonnull out);

#endif
