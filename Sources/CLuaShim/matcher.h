// Lua's patterns, with every step paid for.
#ifndef SWL_MATCHER_H
#define SWL_MATCHER_H

#include "internal.h"

#define SWL_MAX_CAPTURES 32
#define SWL_CAPTURE_OPEN (-1)
#define SWL_CAPTURE_POSITION (-2)

/// One match in progress. `text` and `pattern` are not ended by 0; the `_end` pointers are one past the last byte.
typedef struct {
  const char *text, *text_end, *pattern_end;
  lua_State *L;
  swl_state *S;
  int depth;  // levels of recursion that are left
  int steps;  // not yet charged
  int level;  // captures so far, finished or not
  struct {
    const char *start;
    ptrdiff_t length;  // or SWL_CAPTURE_...
  } captures[SWL_MAX_CAPTURES];
} swl_match;

void swl_match_begin(swl_match *m, lua_State *L, const char *text, size_t text_count, const char *pattern,
                     size_t pattern_count);
/// Forgets the captures of the attempt before.
void swl_match_reset(swl_match *m);
/// The end of the match of `pattern` at `text`, or null.
const char *swl_match_at(swl_match *m, const char *text, const char *pattern);
/// Pushes capture `index` (from 0), or the whole match from `start` to `end` when there are none. [-0, +1]
void swl_push_capture(swl_match *m, int index, const char *start, const char *end);
/// Pushes all captures; the whole match when there are none and `start` is not null. Returns how many. [-0, +n]
int swl_push_captures(swl_match *m, const char *start, const char *end);

#endif
