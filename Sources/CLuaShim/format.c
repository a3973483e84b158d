// Numbers as text, and string.format. No address is ever printed, and NaN has no sign.
#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/// Room for the longest item: %99.99f of the largest double.
#define ITEM_ROOM 512
/// The longest specification that is read, with room for a length modifier and the conversion.
#define SPECIFICATION_ROOM 32

static int reads_as_integer(const char *text) {
  return text[strspn(text, "-0123456789")] == 0;
}

int32_t swl_number_text(double x, char *out) {
  if (x != x) {
    strcpy(out, "nan");
  } else if (x - x != 0) {
    strcpy(out, x > 0 ? "inf" : "-inf");
  } else {
    // Every text of 15 digits names one double, so %.15g is shortest whenever it reads back; subnormals have fewer
    // digits.
    int digits = fabs(x) < DBL_MIN ? 1 : 15;
    do snprintf(out, 36, "%.*g", digits, x);
    while (strtod(out, NULL) != x && digits++ < 17);
    if (reads_as_integer(out)) strcat(out, ".0");
  }
  return (int32_t)strlen(out);
}

/// Copies "%" and the flags, width and precision that follow it. Returns where the conversion character is.
static const char *read_specification(lua_State *L, const char *at, const char *end, char *spec) {
  size_t count = 0;
  while (at + count < end && at[count] != 0 && strchr("-+ #0123456789.", at[count]) != NULL) count++;
  if (count > SPECIFICATION_ROOM - 10) luaL_error(L, "invalid format (too long)");
  spec[0] = '%';
  memcpy(spec + 1, at, count);
  spec[count + 1] = 0;
  return at + count;
}

static const char *skip_two_digits(const char *at) {
  for (int i = 0; i < 2 && isdigit((unsigned char)*at); i++) at++;
  return at;
}

/// Each conversion allows some flags; width and precision have at most two digits, so that an item fits its room.
static void check_flags(lua_State *L, const char *spec, const char *allowed, int has_precision, char conversion) {
  const char *at = spec + 1;
  while (*at != 0 && strchr(allowed, *at) != NULL) at++;
  if (*at != '0') at = skip_two_digits(at);
  if (*at == '.' && has_precision) at = skip_two_digits(at + 1);
  if (*at != 0) luaL_error(L, "invalid conversion '%s%c' to 'format'", spec, conversion);
}

static void add_integer(lua_State *L, luaL_Buffer *out, char *spec, char conversion, int argument) {
  char item[ITEM_ROOM];
  lua_Integer value = luaL_checkinteger(L, argument);
  snprintf(spec + strlen(spec), 5, "ll%c", conversion);
  luaL_addlstring(out, item, (size_t)snprintf(item, sizeof item, spec, (long long)value));
}

/// snprintf of the C library: a "%.14g" that a script writes keeps its usual meaning (see interpose.c).
static int write_plainly(char *text, size_t room, const char *format, ...) {
  va_list list;
  va_start(list, format);
  int count = vsnprintf(text, room, format, list);
  va_end(list);
  return count;
}

static void add_number(lua_State *L, luaL_Buffer *out, char *spec, char conversion, int argument) {
  char item[ITEM_ROOM];
  double value = luaL_checknumber(L, argument);
  snprintf(spec + strlen(spec), 2, "%c", conversion);
  if (value != value) value = fabs(value);  // clears the sign bit
  luaL_addlstring(out, item, (size_t)write_plainly(item, sizeof item, spec, value));
}

static void add_quoted_string(luaL_Buffer *out, const char *text, size_t count) {
  luaL_addchar(out, '"');
  for (size_t i = 0; i < count; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c == '"' || c == '\\' || c == '\n') {
      luaL_addchar(out, '\\');
      luaL_addchar(out, (char)c);
    } else if (iscntrl(c)) {
      char escape[8];
      int is_digit_next = i + 1 < count && isdigit((unsigned char)text[i + 1]);
      luaL_addlstring(out, escape, (size_t)snprintf(escape, sizeof escape, is_digit_next ? "\\%03d" : "\\%d", c));
    } else {
      luaL_addchar(out, (char)c);
    }
  }
  luaL_addchar(out, '"');
}

static void add_quoted_number(lua_State *L, luaL_Buffer *out, int argument) {
  char item[64];
  int count;
  double value = lua_tonumber(L, argument);
  if (lua_isinteger(L, argument)) {
    lua_Integer integer = lua_tointeger(L, argument);
    count = snprintf(item, sizeof item, integer == LUA_MININTEGER ? "0x%llx" : "%lld", (long long)integer);
  } else if (value != value) {
    count = snprintf(item, sizeof item, "(0/0)");
  } else if (value - value != 0) {
    count = snprintf(item, sizeof item, value > 0 ? "1e9999" : "-1e9999");
  } else {
    count = snprintf(item, sizeof item, "%a", value);
  }
  luaL_addlstring(out, item, (size_t)count);
}

/// %q: text that Lua reads back to the same value.
static void add_quoted(lua_State *L, luaL_Buffer *out, char *spec, char conversion, int argument) {
  (void)spec, (void)conversion;
  size_t count;
  switch (lua_type(L, argument)) {
    case LUA_TSTRING: {
      const char *text = lua_tolstring(L, argument, &count);
      add_quoted_string(out, text, count);
      break;
    }
    case LUA_TNUMBER: add_quoted_number(L, out, argument); break;
    case LUA_TNIL:
    case LUA_TBOOLEAN:
      swl_tostring(L, argument, NULL);
      luaL_addvalue(out);
      break;
    default: luaL_argerror(L, argument, "value has no literal form");
  }
}

static void add_text(lua_State *L, luaL_Buffer *out, char *spec, char conversion, int argument) {
  (void)conversion;
  size_t count;
  char item[ITEM_ROOM];
  const char *text = swl_tostring(L, argument, &count);
  if (spec[1] == 0) {
    luaL_addvalue(out);
    return;
  }
  luaL_argcheck(L, count == strlen(text), argument, "string contains zeros");
  if (strchr(spec, '.') == NULL && count >= 100) {
    luaL_addvalue(out);  // longer than any width
    return;
  }
  strcat(spec, "s");
  size_t written = (size_t)snprintf(item, sizeof item, spec, text);
  lua_pop(L, 1);
  luaL_addlstring(out, item, written);
}

static void add_character(lua_State *L, luaL_Buffer *out, char *spec, char conversion, int argument) {
  char item[ITEM_ROOM];
  (void)conversion;
  strcat(spec, "c");
  luaL_addlstring(out, item, (size_t)snprintf(item, sizeof item, spec, (int)luaL_checkinteger(L, argument)));
}

/// What each conversion allows, and how it is written.
static const struct {
  const char *conversions, *flags;
  int has_precision;
  void (*add)(lua_State *L, luaL_Buffer *out, char *spec, char conversion, int argument);
} kinds[] = {
    {"c", "-", 0, add_character},   {"di", "-+0 ", 1, add_integer},       {"u", "-0", 1, add_integer},
    {"oxX", "-#0", 1, add_integer}, {"aAeEfgG", "-+ #0", 1, add_number}, {"s", "-", 1, add_text},
    {"q", "", 0, add_quoted},
};

static void add_item(lua_State *L, luaL_Buffer *out, char *spec, char conversion, int argument) {
  if (conversion == 'p') luaL_error(L, "invalid conversion '%sp' to 'format': addresses differ from run to run", spec);
  if (conversion == 'q' && spec[1] != 0) luaL_error(L, "specifier '%%q' cannot have modifiers");
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (strchr(kinds[i].conversions, conversion) == NULL) continue;
    check_flags(L, spec, kinds[i].flags, kinds[i].has_precision, conversion);
    kinds[i].add(L, out, spec, conversion, argument);
    return;
  }
  luaL_error(L, "invalid conversion '%s%c' to 'format'", spec, conversion);
}

int swl_format(lua_State *L) {
  size_t count;
  int last = lua_gettop(L), argument = 1;
  const char *at = swl_check_string(L, 1, &count), *end = at + count;
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  while (at < end) {
    if (*at != '%') {
      const char *stop = memchr(at, '%', (size_t)(end - at));
      if (stop == NULL) stop = end;
      luaL_addlstring(&out, at, (size_t)(stop - at));
      at = stop;
      continue;
    }
    if (++at < end && *at == '%') {
      luaL_addchar(&out, *at++);
      continue;
    }
    char spec[SPECIFICATION_ROOM];
    at = read_specification(L, at, end, spec);
    if (++argument > last) return luaL_argerror(L, argument, "no value");
    char conversion = at < end ? *at++ : 0;
    if (conversion == 0) return luaL_error(L, "invalid conversion '%s' to 'format'", spec);
    swl_charge(swl_of(L), L, 4);
    add_item(L, &out, spec, conversion, argument);
  }
  luaL_pushresult(&out);
  return 1;
}

const luaL_Reg swl_string_functions[] = {{"format", swl_format}, {NULL, NULL}};
