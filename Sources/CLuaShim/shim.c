// The life of a state, and its protected operations: each runs its body under lua_pcall and returns a status.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/// Script chunks get `require` as a local of their own, in their first line.
static const char require_prefix[] = "local require=(\"\").require ";

typedef struct {
  swl_state *S;
  uint64_t seed;
} open_request;

static int open_body(lua_State *L) {
  open_request *request = lua_touserdata(L, 1);
  swl_make_holder_metatable(L);
  swl_make_causes(L);
  swl_open_libraries(request->S, L);
  return 0;
}

swl_state *swl_open(const swl_limits *limits, uint64_t seed, int32_t flags, const swl_callbacks *callbacks) {
  swl_state *S = calloc(1, sizeof *S);
  if (S == NULL) return NULL;
  S->limits = *limits;
  S->callbacks = *callbacks;
  S->seed = seed;
  S->flags = flags;
  S->object_threshold = S->vector_threshold = S->urgent_threshold = INT64_MAX;
  swl_text_clear(&S->staged_text);
  swl_set_error(S, 0, "", 0);
  swl_random_reset(S, seed);
  swl_find_seed();
  // Four times the limit, because the parts that grow by doubling leave holes behind.
  swl_arena_open(&S->arena, (size_t)limits->memory_bytes * 4 + ((size_t)16 << 20));
  lua_State *L = lua_newstate(swl_allocate, S);
  S->L = S->running = L;
  if (L == NULL) {
    swl_destroy(S);
    return NULL;
  }
  lua_gc(L, LUA_GCSTOP);
  open_request request = {S, seed};
  if (swl_protect(S, open_body, &request, 0) != SWL_OK) {
    swl_destroy(S);
    return NULL;
  }
  swl_full_collection(S, L);
  lua_sethook(L, swl_hook, LUA_MASKCOUNT | swl_hook_mask(S), SWL_PERIOD);
  swl_reset_budget(S);
  return S;
}

void swl_close(swl_state *S) {
  if (S->L == NULL) return;
  lua_close(S->L);
  S->L = S->running = NULL;
  swl_arena_close(&S->arena);
}

void swl_destroy(swl_state *S) {
  swl_close(S);
  swl_arena_close(&S->arena);
  swl_text *texts[] = {&S->staged_text, &S->message, &S->traceback, &S->chunk, &S->known_chunks, &S->plain,
                       &S->reached};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) free(texts[i]->data);
  free(S->keys);
  free(S->indices);
  free(S->reached_objects);
  free(S->staged);
  free(S->results);
  free(S->released);
  free(S);
}

/// Staged objects that no operation consumed, because it failed, are released.
static void clear_staged(swl_state *S) {
  for (size_t i = 0; i < S->staged_count; i++)
    if (S->staged[i].value.kind == SWL_OBJECT) S->callbacks.release(S->callbacks.context, S->staged[i].value.object);
  S->staged_count = 0;
  swl_text_clear(&S->staged_text);
}

int swl_protect(swl_state *S, lua_CFunction body, void *argument, int results) {
  lua_State *L = S->running;
  if (!lua_checkstack(L, 12)) {
    swl_set_error(S, SWL_ERROR_RUNTIME, "stack overflow", 14);
    clear_staged(S);
    return SWL_FAILED;
  }
  int base = lua_gettop(L);
  lua_pushcfunction(L, body);
  lua_pushlightuserdata(L, argument);
  int status = lua_pcall(L, 1, results, 0);
  clear_staged(S);
  // Not earlier: Swift may have released a value right after staging it.
  swl_drain_released(S, L);
  S->results_base = base;
  if (status == LUA_OK) return SWL_OK;
  size_t count = 0;
  const char *message = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &count) : "";
  swl_set_error(S, SWL_ERROR_RUNTIME, message, count);
  lua_settop(L, base);
  return SWL_FAILED;
}

// Loading.

typedef struct {
  const char *pieces[2];
  size_t counts[2];
  int next;
  const char *name;
  int32_t *reference;
} load_request;

static const char *read_piece(lua_State *L, void *data, size_t *count) {
  (void)L;
  load_request *request = data;
  while (request->next < 2) {
    int piece = request->next++;
    *count = request->counts[piece];
    if (*count > 0) return request->pieces[piece];
  }
  *count = 0;
  return NULL;
}

static int load_body(lua_State *L) {
  load_request *request = lua_touserdata(L, 1);
  lua_pushfstring(L, "@%s", request->name);
  if (lua_load(L, read_piece, request, lua_tostring(L, -1), "t") != LUA_OK) return lua_error(L);
  *request->reference = luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

/// As luaL_loadfile does: it skips a byte order mark, which says nothing in UTF-8, and a first line that starts with #,
/// which is for the shell. The line's newline stays, so that line numbers stay right.
static void skip_mark_and_shell_line(const char **source, size_t *count) {
  if (*count >= 3 && memcmp(*source, "\xEF\xBB\xBF", 3) == 0) *source += 3, *count -= 3;
  if (*count == 0 || (*source)[0] != '#') return;
  while (*count > 0 && (*source)[0] != '\n') (*source)++, (*count)--;
}

/// The parser has no message of its own for a text that is nested too deep.
static void describe_load_error(swl_state *S, const char *name) {
  if (strcmp(S->error.message, "C stack overflow") == 0) {
    swl_text text = {0};
    swl_text_format(&text, "%s: parentheses, tables, functions or blocks are nested 200 deep, and no more can be",
                    name);
    swl_set_error(S, SWL_ERROR_SYNTAX, text.data, text.count);
    free(text.data);
  }
  S->error.kind = SWL_ERROR_SYNTAX;
}

int32_t swl_load(swl_state *S, const char *source, size_t count, const char *name, int32_t *reference) {
  if (count > (size_t)S->limits.source_bytes) {
    swl_text text = {0};
    swl_text_format(&text, "%s: the text has %zu bytes, the source limit is %lld", name, count,
                    (long long)S->limits.source_bytes);
    swl_set_error(S, SWL_ERROR_LIMIT, text.data, text.count);
    S->error.limit = SWL_LIMIT_SOURCE;
    free(text.data);
    return SWL_FAILED;
  }
  // The first script's objects are numbered from here, however many functions the libraries and the host have.
  if (S->serial < SWL_FIRST_SERIAL) S->serial = SWL_FIRST_SERIAL;
  skip_mark_and_shell_line(&source, &count);
  // Lua shortens a long name to its end, with dots in front.
  lua_Debug shortened;
  size_t length = strlen(name), room = sizeof shortened.short_src - 1;
  snprintf(shortened.short_src, sizeof shortened.short_src, "%s%s", length > room ? "..." : "",
           length > room ? name + length - (room - 3) : name);
  swl_remember_chunk(S, shortened.short_src);
  load_request request = {{require_prefix, source}, {S->has_require ? sizeof require_prefix - 1 : 0, count}, 0, name,
                          reference};
  int status = swl_protect(S, load_body, &request, 0);
  if (status != SWL_OK) describe_load_error(S, name);
  return status;
}

// Calling.

typedef struct {
  int32_t function;
  int failed;
} call_request;

static int call_body(lua_State *L) {
  swl_state *S = swl_of(L);
  call_request *request = lua_touserdata(L, 1);
  size_t count = S->staged_count;
  luaL_checkstack(L, (int)count + 8, "too many arguments");
  lua_pushcfunction(L, swl_handler);
  lua_rawgeti(L, LUA_REGISTRYINDEX, request->function);
  for (size_t i = 0; i < count; i++) swl_push_staged(S, L, i);
  // stack: request, handler, function, arguments
  S->staged_count = 0;
  swl_text_clear(&S->staged_text);
  int was_enforcing = S->is_enforcing;
  S->is_enforcing = 1;
  S->depth++;
  S->error.kind = 0;
  int status = lua_pcall(L, (int)count, LUA_MULTRET, 2);
  S->depth--;
  S->is_enforcing = was_enforcing;
  // stack: request, handler, results or error
  if (S->killed != SWL_LIMIT_NONE) status = LUA_ERRRUN;
  request->failed = status != LUA_OK;
  if (status == LUA_OK) return lua_gettop(L) - 2;
  if (S->killed == SWL_LIMIT_NONE && (status != LUA_ERRRUN || S->error.kind == 0)) {
    const char *message = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "error in error handling";
    swl_set_error(S, SWL_ERROR_RUNTIME, message, strlen(message));
  }
  return 0;
}

static int read_results(lua_State *L) {
  // Runs with the results as arguments from index 2 on.
  swl_state *S = swl_of(L);
  size_t count = (size_t)lua_gettop(L) - 1;
  S->results = swl_grow(S->results, &S->results_capacity, count, sizeof *S->results);
  luaL_checkstack(L, 4, NULL);
  for (size_t i = 0; i < count; i++) swl_read(S, L, (int)i + 2, &S->results[i]);
  S->results_count = count;
  return (int)count;
}

/// Runs a body that leaves results, and reads them. They stay on the stack until swl_end, so that strings stay valid.
int swl_protect_results(swl_state *S, lua_CFunction body, void *argument) {
  lua_State *L = S->running;
  S->results_count = 0;
  int base = lua_gettop(L);
  if (swl_protect(S, body, argument, LUA_MULTRET) != SWL_OK) return SWL_FAILED;
  int count = lua_gettop(L) - base;
  if (!lua_checkstack(L, 8)) {
    lua_settop(L, base);
    swl_set_error(S, SWL_ERROR_RUNTIME, "stack overflow", 14);
    return SWL_FAILED;
  }
  // stack: results -> read_results, argument, results
  lua_pushcfunction(L, read_results);
  lua_insert(L, base + 1);
  lua_pushlightuserdata(L, NULL);
  lua_insert(L, base + 2);
  if (lua_pcall(L, count + 1, LUA_MULTRET, 0) != LUA_OK) {
    lua_settop(L, base);
    swl_set_error(S, SWL_ERROR_RUNTIME, "the results can't be read", 25);
    return SWL_FAILED;
  }
  S->results_base = base;
  return SWL_OK;
}

int32_t swl_call(swl_state *S, int32_t function) {
  static const char ended[] = "this Lua state was ended by a limit and runs nothing more";
  if (S->killed != SWL_LIMIT_NONE) {
    clear_staged(S);
    swl_set_error(S, SWL_ERROR_LIMIT, ended, sizeof ended - 1);
    S->error.limit = S->killed;
    return SWL_FAILED;
  }
  if (S->depth == 0) {
    S->native_bytes -= S->held_bytes;
    S->held_bytes = 0;
    if (S->is_collection_due) swl_full_collection(S, S->running);
    swl_reset_budget(S);
  }
  call_request request = {function, 0};
  if (swl_protect_results(S, call_body, &request) != SWL_OK) return SWL_FAILED;
  if (!request.failed) return SWL_OK;
  swl_end(S);
  return SWL_FAILED;
}
