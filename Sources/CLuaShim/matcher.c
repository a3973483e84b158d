#include "matcher.h"

#include <ctype.h>
#include <string.h>

#define MAX_DEPTH 200
#define STEPS_PER_CHARGE 4096

void swl_match_begin(swl_match *m, lua_State *L, const char *text, size_t text_count, const char *pattern,
                     size_t pattern_count) {
  m->L = L;
  m->S = swl_of(L);
  m->text = text;
  m->text_end = text + text_count;
  m->pattern_end = pattern + pattern_count;
  m->steps = 0;
  swl_match_reset(m);
}

void swl_match_reset(swl_match *m) {
  m->level = 0;
  m->depth = MAX_DEPTH;
}

static void pay(swl_match *m) {
  if (++m->steps < STEPS_PER_CHARGE) return;
  m->steps = 0;
  swl_charge(m->S, m->L, STEPS_PER_CHARGE);
}

// Single characters.

static int is_in_class(int c, int class) {
  int answer;
  switch (tolower(class)) {
    case 'a': answer = isalpha(c); break;
    case 'c': answer = iscntrl(c); break;
    case 'd': answer = isdigit(c); break;
    case 'g': answer = isgraph(c); break;
    case 'l': answer = islower(c); break;
    case 'p': answer = ispunct(c); break;
    case 's': answer = isspace(c); break;
    case 'u': answer = isupper(c); break;
    case 'w': answer = isalnum(c); break;
    case 'x': answer = isxdigit(c); break;
    case 'z': answer = c == 0; break;  // old name for the zero byte
    default: return class == c;
  }
  return isupper(class) ? !answer : answer != 0;
}

/// The end of the single-character item that starts at `p`.
static const char *item_end(swl_match *m, const char *p) {
  if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (missing item)");
  char c = *p++;
  if (c == '%') {
    if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (ends with '%%')");
    return p + 1;
  }
  if (c != '[') return p;
  if (p < m->pattern_end && *p == '^') p++;
  do {  // the first character may be ']'
    if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
    c = *p++;
    if (c == '%') {
      if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
      p++;
    }
  } while (p == m->pattern_end || *p != ']');
  return p + 1;
}

/// Whether c is in the set from `p` ('[') to `last` (']').
static int is_in_set(int c, const char *p, const char *last) {
  int is_positive = 1;
  if (p[1] == '^') {
    is_positive = 0;
    p++;
  }
  while (++p < last) {
    if (*p == '%') {
      p++;
      if (is_in_class(c, (unsigned char)*p)) return is_positive;
    } else if (p[1] == '-' && p + 2 < last) {
      if ((unsigned char)p[0] <= c && c <= (unsigned char)p[2]) return is_positive;
      p += 2;
    } else if ((unsigned char)*p == c) {
      return is_positive;
    }
  }
  return !is_positive;
}

static int matches_item(swl_match *m, const char *s, const char *p, const char *end) {
  pay(m);
  if (s >= m->text_end) return 0;
  int c = (unsigned char)*s;
  switch (*p) {
    case '.': return 1;
    case '%': return is_in_class(c, (unsigned char)p[1]);
    case '[': return is_in_set(c, p, end - 1);
    default: return (unsigned char)*p == c;
  }
}

// Items that look at more than one character.

static const char *match_balance(swl_match *m, const char *s, const char *p) {
  if (p + 1 >= m->pattern_end) luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
  if (s >= m->text_end || *s != *p) return NULL;
  int open = *p, shut = p[1], nesting = 1;
  while (++s < m->text_end) {
    pay(m);
    if (*s == shut) {
      if (--nesting == 0) return s + 1;
    } else if (*s == open) {
      nesting++;
    }
  }
  return NULL;
}

static const char *expand_longest(swl_match *m, const char *s, const char *p, const char *end) {
  ptrdiff_t count = 0;
  while (matches_item(m, s + count, p, end)) count++;
  for (; count >= 0; count--) {
    const char *found = swl_match_at(m, s + count, end + 1);
    if (found != NULL) return found;
  }
  return NULL;
}

static const char *expand_shortest(swl_match *m, const char *s, const char *p, const char *end) {
  for (;;) {
    const char *found = swl_match_at(m, s, end + 1);
    if (found != NULL) return found;
    if (!matches_item(m, s, p, end)) return NULL;
    s++;
  }
}

static const char *start_capture(swl_match *m, const char *s, const char *p, ptrdiff_t kind) {
  if (m->level >= SWL_MAX_CAPTURES) luaL_error(m->L, "too many captures");
  m->captures[m->level].start = s;
  m->captures[m->level].length = kind;
  m->level++;
  const char *found = swl_match_at(m, s, p);
  if (found == NULL) m->level--;
  return found;
}

static const char *end_capture(swl_match *m, const char *s, const char *p) {
  int open = m->level - 1;
  while (open >= 0 && m->captures[open].length != SWL_CAPTURE_OPEN) open--;
  if (open < 0) luaL_error(m->L, "invalid pattern capture");
  m->captures[open].length = s - m->captures[open].start;
  const char *found = swl_match_at(m, s, p);
  if (found == NULL) m->captures[open].length = SWL_CAPTURE_OPEN;
  return found;
}

static const char *match_back_reference(swl_match *m, const char *s, int digit) {
  int index = digit - '1';
  if (index < 0 || index >= m->level || m->captures[index].length == SWL_CAPTURE_OPEN)
    luaL_error(m->L, "invalid capture index %%%d", index + 1);
  // A position capture has no text; as in liblua its length never fits.
  size_t length = (size_t)m->captures[index].length;
  swl_charge(m->S, m->L, m->captures[index].length / 64);
  if ((size_t)(m->text_end - s) < length || memcmp(m->captures[index].start, s, length) != 0) return NULL;
  return s + length;
}

static const char *skip_frontier(swl_match *m, const char *s, const char *p) {
  if (p >= m->pattern_end || *p != '[') luaL_error(m->L, "missing '[' after '%%f' in pattern");
  const char *end = item_end(m, p);
  int before = s == m->text ? 0 : (unsigned char)s[-1], after = s < m->text_end ? (unsigned char)*s : 0;
  return !is_in_set(before, p, end - 1) && is_in_set(after, p, end - 1) ? end : NULL;
}

/// An item and its suffix: one of ? + * - or none. Sets *next when the match goes on without recursion.
static const char *match_repeated(swl_match *m, const char *s, const char *p, const char **next) {
  const char *end = item_end(m, p);
  char repeat = end < m->pattern_end ? *end : 0;
  *next = NULL;
  if (repeat == '*') return expand_longest(m, s, p, end);
  if (repeat == '-') return expand_shortest(m, s, p, end);
  if (!matches_item(m, s, p, end)) {
    if (repeat == '?') *next = end + 1;
    return repeat == '?' ? s : NULL;
  }
  if (repeat == '+') return expand_longest(m, s + 1, p, end);
  if (repeat == '?') {
    const char *found = swl_match_at(m, s + 1, end + 1);
    if (found != NULL) return found;
    *next = end + 1;
    return s;
  }
  *next = end;
  return s + 1;
}

const char *swl_match_at(swl_match *m, const char *s, const char *p) {
  if (m->depth-- == 0) luaL_error(m->L, "pattern too complex");
  while (s != NULL && p != m->pattern_end) {
    const char *next = NULL;
    pay(m);
    char escaped = *p == '%' && p + 1 < m->pattern_end ? p[1] : 0;
    if (*p == '(') {
      int is_position = p + 1 < m->pattern_end && p[1] == ')';
      s = is_position ? start_capture(m, s, p + 2, SWL_CAPTURE_POSITION)
                      : start_capture(m, s, p + 1, SWL_CAPTURE_OPEN);
    } else if (*p == ')') {
      s = end_capture(m, s, p + 1);
    } else if (*p == '$' && p + 1 == m->pattern_end) {
      s = s == m->text_end ? s : NULL;
    } else if (escaped == 'b') {
      s = match_balance(m, s, p + 2);
      next = p + 4;
    } else if (escaped == 'f') {
      next = skip_frontier(m, s, p + 2);
      if (next == NULL) s = NULL;
    } else if (isdigit((unsigned char)escaped)) {
      s = match_back_reference(m, s, (unsigned char)escaped);
      next = p + 2;
    } else {
      s = match_repeated(m, s, p, &next);
    }
    if (next == NULL) break;
    p = next;
  }
  m->depth++;
  return s;
}

// Captures.

void swl_push_capture(swl_match *m, int index, const char *start, const char *end) {
  if (index >= m->level) {
    if (index != 0) luaL_error(m->L, "invalid capture index %%%d", index + 1);
    lua_pushlstring(m->L, start, (size_t)(end - start));
    return;
  }
  ptrdiff_t length = m->captures[index].length;
  if (length == SWL_CAPTURE_OPEN) luaL_error(m->L, "unfinished capture");
  if (length == SWL_CAPTURE_POSITION)
    lua_pushinteger(m->L, m->captures[index].start - m->text + 1);
  else
    lua_pushlstring(m->L, m->captures[index].start, (size_t)length);
}

int swl_push_captures(swl_match *m, const char *start, const char *end) {
  int count = m->level == 0 && start != NULL ? 1 : m->level;
  luaL_checkstack(m->L, count, "too many captures");
  for (int i = 0; i < count; i++) swl_push_capture(m, i, start, end);
  return count;
}
