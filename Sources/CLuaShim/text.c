// Growing memory outside the Lua heap. When the machine has no memory left, the process can't go on, so it aborts.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

void *swl_grow(void *data, size_t *capacity, size_t needed, size_t size) {
  if (needed <= *capacity) return data;
  size_t larger = *capacity * 2 > needed ? *capacity * 2 : needed + 16;
  void *grown = realloc(data, larger * size);
  if (grown == NULL) {
    fputs("swerve: the machine is out of memory\n", stderr);
    abort();
  }
  *capacity = larger;
  return grown;
}

void swl_text_clear(swl_text *text) {
  text->data = swl_grow(text->data, &text->capacity, 1, 1);
  text->data[0] = 0;
  text->count = 0;
}

void swl_text_add(swl_text *text, const char *bytes, size_t count) {
  text->data = swl_grow(text->data, &text->capacity, text->count + count + 1, 1);
  if (count > 0) memcpy(text->data + text->count, bytes, count);
  text->count += count;
  text->data[text->count] = 0;
}

void swl_text_format(swl_text *text, const char *format, ...) {
  char line[512];
  va_list list;
  va_start(list, format);
  int count = vsnprintf(line, sizeof line, format, list);
  va_end(list);
  if (count < 0) return;
  swl_text_add(text, line, (size_t)count < sizeof line ? (size_t)count : sizeof line - 1);
}
