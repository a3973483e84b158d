// Two functions of the C library that liblua calls and that no Lua code can replace: `pow` for the operator ^, and
// `snprintf` for a float that becomes text in `..`. A symbol that the executable defines and exports is found before
// that of the C library. The linker exports these two by itself, because liblua refers to them; the self-test checks
// that they are reached.
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

/// Gives the same bits on every machine; the result of glibc's pow depends on the processor.
double pow(double x, double y) { return swl_pow(x, y); }

/// liblua writes every float with "%.14g", which loses bits. That one format gives the shortest exact text instead; any
/// other goes to the C library unchanged.
static int write_text(char *text, size_t room, const char *format, va_list list) {
  if (strcmp(format, "%.14g") == 0 && room >= 40) return swl_number_text(va_arg(list, double), text);
  return vsnprintf(text, room, format, list);
}

int snprintf(char *restrict text, size_t room, const char *restrict format, ...) {
  va_list list;
  va_start(list, format);
  int count = write_text(text, room, format, list);
  va_end(list);
  return count;
}

/// What a fortified liblua, such as Debian's, calls instead.
int __snprintf_chk(char *restrict text, size_t room, int flag, size_t size, const char *restrict format, ...) {
  (void)flag, (void)size;
  va_list list;
  va_start(list, format);
  int count = write_text(text, room < size ? room : size, format, list);
  va_end(list);
  return count;
}
