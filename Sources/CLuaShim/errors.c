// What went wrong and where, kept outside the Lua heap.
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define MAX_FRAMES 24
/// Bytes of an error message that are kept.
#define MAX_MESSAGE 4096

int swl_find_place(lua_State *L, lua_Debug *activation) {
  for (int level = 0; lua_getstack(L, level, activation); level++) {
    lua_getinfo(L, "Sl", activation);
    if (activation->currentline > 0) return activation->currentline;
  }
  return 0;
}

static void write_frame(swl_text *text, const lua_Debug *frame) {
  swl_text_format(text, "%s%s:%d: in ", text->count > 0 ? "\n" : "", frame->short_src, frame->currentline);
  if (frame->name != NULL)
    swl_text_format(text, "%s '%s'", frame->namewhat[0] == 'm' ? "method" : "function", frame->name);
  else if (strcmp(frame->what, "main") == 0)
    swl_text_format(text, "main chunk");
  else
    swl_text_format(text, "function <%s:%d>", frame->short_src, frame->linedefined);
}

void swl_write_traceback(lua_State *L, swl_text *text) {
  lua_Debug frame;
  int written = 0;
  swl_text_clear(text);
  for (int level = 0; lua_getstack(L, level, &frame); level++) {
    lua_getinfo(L, "Sln", &frame);
    if (frame.currentline <= 0) continue;
    if (written++ == MAX_FRAMES) {
      swl_text_format(text, "\n...");
      return;
    }
    write_frame(text, &frame);
  }
}

void swl_remember_chunk(swl_state *S, const char *name) {
  size_t at = 0;
  while (at < S->known_chunks.count && strcmp(S->known_chunks.data + at, name) != 0)
    at += strlen(S->known_chunks.data + at) + 1;
  if (at >= S->known_chunks.count) swl_text_add(&S->known_chunks, name, strlen(name) + 1);
}

/// The length of "chunk:line: " at the start of a message if it names a known chunk; then chunk and line are set.
static size_t parse_place(swl_state *S, const char *message) {
  size_t length = 0;
  if (strncmp(message, "[string \"", 9) == 0) {
    const char *end = strstr(message, "\"]:");
    length = end == NULL ? 0 : (size_t)(end - message) + 2;
  }
  for (size_t at = 0; length == 0 && at < S->known_chunks.count; at += strlen(S->known_chunks.data + at) + 1) {
    const char *name = S->known_chunks.data + at;
    if (strncmp(message, name, strlen(name)) == 0 && message[strlen(name)] == ':') length = strlen(name);
  }
  if (length == 0) return 0;
  char *end;
  long line = strtol(message + length + 1, &end, 10);
  if (line <= 0 || end[0] != ':') return 0;
  swl_text_clear(&S->chunk);
  swl_text_add(&S->chunk, message, length);
  S->error.line = (int32_t)line;
  return (size_t)(end - message) + 1;
}

static void publish(swl_state *S, int kind, int limit) {
  S->error.kind = kind;
  S->error.limit = limit;
  S->error.cause = 0;
  S->error.message = S->message.data;
  S->error.message_count = S->message.count;
  S->error.chunk = S->chunk.data;
  S->error.traceback = S->traceback.data;
}

static void clear_place(swl_state *S) {
  swl_text_clear(&S->message);
  swl_text_clear(&S->chunk);
  S->error.line = 0;
}

/// A long message is cut: a syntax error quotes the script's text, and `error` takes a text of any length.
static void add_message(swl_state *S, const char *bytes, size_t count) {
  swl_text_add(&S->message, bytes, count < MAX_MESSAGE ? count : MAX_MESSAGE);
  if (count > MAX_MESSAGE) swl_text_format(&S->message, "... (%zu bytes)", count);
}

void swl_set_error(swl_state *S, int kind, const char *message, size_t count) {
  clear_place(S);
  swl_text_clear(&S->traceback);
  add_message(S, message, count);
  parse_place(S, S->message.data);
  publish(S, kind, SWL_LIMIT_NONE);
}

/// Sets chunk and line from the stack, and writes them in front of a message that has none.
static void write_place(swl_state *S, lua_State *L) {
  lua_Debug place;
  if (!swl_find_place(L, &place)) return;
  swl_text_add(&S->chunk, place.short_src, strlen(place.short_src));
  S->error.line = place.currentline;
  swl_text_format(&S->message, "%s:%d: ", place.short_src, place.currentline);
}

void swl_set_kill_error(swl_state *S) {
  static const char *const formats[] = {
      "%lld", "the instruction limit of %lld was reached", "the memory limit of %lld bytes was reached",
      "the output limit of %lld bytes was reached", "the source limit of %lld bytes was reached",
      "the limit of %lld bytes for one string was reached", "the script was stopped from outside",
      "the depth limit of %lld calls inside each other was reached",
      "Lua's own stack is full (1000000 values, or 200 calls through library functions, metamethods, coroutines)",
      "the limit of %lld s of processor time was reached"};
  const int64_t values[] = {0, S->limits.instructions, S->limits.memory_bytes, S->limits.output_bytes,
                            S->limits.source_bytes, S->limits.string_bytes, 0, S->limits.depth, 0, S->limits.seconds};
  clear_place(S);
  write_place(S, S->running);
  swl_write_traceback(S->running, &S->traceback);
  char line[200];
  snprintf(line, sizeof line, formats[S->killed], (long long)values[S->killed]);
  swl_text_add(&S->message, line, strlen(line));
  publish(S, SWL_ERROR_LIMIT, S->killed);
}

/// How many fields of an error object its text names.
#define MAX_FIELDS 4

/// Writes the first fields of the table at index 1: ": .code = 5, .reason = \"none\"". [-0, +0]
static void describe_fields(lua_State *L, swl_text *text) {
  lua_settop(L, 1);
  int64_t count = swl_sorted_keys(L, 1);
  for (int64_t i = 1; i <= count && i <= MAX_FIELDS; i++) {
    lua_rawgeti(L, -1, i);
    lua_pushvalue(L, -1);
    lua_rawget(L, 1);
    // stack: keys, key, value
    swl_text_format(text, "%s", i == 1 ? ": " : ", ");
    swl_add_step(L, 3, text);
    if (lua_type(L, -1) == LUA_TSTRING)
      swl_text_format(text, " = \"%.80s\"", lua_tostring(L, -1));
    else if (lua_isnumber(L, -1) || lua_isboolean(L, -1))
      swl_text_format(text, " = %s", luaL_tolstring(L, -1, NULL));
    else
      swl_text_format(text, " = a %s", luaL_typename(L, -1));
    lua_settop(L, 2);
  }
  if (count > MAX_FIELDS) swl_text_format(text, ", ...");
  lua_pop(L, 1);
}

/// [-1, +1] the text of the error value at index 1
static int describe_value(lua_State *L) {
  if (luaL_getmetafield(L, 1, "__tostring") != LUA_TNIL) {
    swl_tostring(L, 1, NULL);
    return 1;
  }
  if (lua_type(L, 1) != LUA_TTABLE) {
    lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
    return 1;
  }
  swl_state *S = swl_of(L);
  swl_text_clear(&S->plain);
  swl_text_format(&S->plain, "(error object is a table value");
  describe_fields(L, &S->plain);
  swl_text_format(&S->plain, ")");
  lua_pushlstring(L, S->plain.data, S->plain.count);
  return 1;
}

static int is_text(lua_State *L, int index) { return lua_type(L, index) == LUA_TSTRING; }

int swl_handler(lua_State *L) {
  swl_state *S = swl_of(L);
  swl_notice_overflow(S, L);
  if (S->killed != SWL_LIMIT_NONE) return 1;
  swl_text_clear(&S->traceback);
  swl_write_traceback(L, &S->traceback);
  int was_enforcing = S->is_enforcing;
  if (!lua_checkstack(L, 8)) return 1;
  // stack: error
  if (is_text(L, 1)) {
    lua_pushvalue(L, 1);
  } else {
    lua_pushcfunction(L, describe_value);
    lua_pushvalue(L, 1);
    if (lua_pcall(L, 1, 1, 0) != LUA_OK && !is_text(L, -1)) {
      lua_pop(L, 1);
      lua_pushliteral(L, "(the __tostring of the error object failed)");
    }
    if (S->killed != SWL_LIMIT_NONE) return 1;
  }
  // stack: error, text
  S->is_enforcing = was_enforcing;
  size_t count;
  const char *bytes = lua_tolstring(L, -1, &count);
  clear_place(S);
  if (parse_place(S, bytes) == 0) write_place(S, L);
  add_message(S, bytes, count);
  publish(S, SWL_ERROR_RUNTIME, SWL_LIMIT_NONE);
  S->error.cause = swl_cause_of(S, L, 1);
  lua_settop(L, 1);
  return 1;
}
