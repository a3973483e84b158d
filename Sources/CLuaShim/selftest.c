// Tests on this liblua of what the shim relies on but no manual promises.
#include <locale.h>
#include <string.h>

#include "internal.h"

static int32_t no_call(void *context, void *function, const swl_value *arguments, int32_t count) {
  (void)context, (void)function, (void)arguments, (void)count;
  return 0;
}
static void no_release(void *context, void *object) { (void)context, (void)object; }
static int32_t no_same(void *a, void *b) { return a == b; }

typedef struct {
  char text[256];
  size_t count;
} seen_output;

static void keep_output(void *context, const char *bytes, size_t count) {
  seen_output *seen = context;
  if (count >= sizeof seen->text - seen->count) count = sizeof seen->text - seen->count - 1;
  memcpy(seen->text + seen->count, bytes, count);
  seen->count += count;
  seen->text[seen->count] = 0;
}

static const struct {
  const char *what, *script, *expected;
} checks[] = {
    {"objects are numbered in the order of their creation",
     "local a, b, c = {}, function() end, coroutine.create(print) local function n(x) return "
     "tonumber(tostring(x):match('#(%d+)$')) end print(n(b) - n(a), n(c) - n(a))",
     "1\t2\n"},
    {"pairs visits false, true, numbers, strings, objects",
     "local t, o = {b=1, a=1, [2]=1, [0.5]=1, [true]=1, [false]=1, [-3]=1}, {} t[print]=1 for k in pairs(t) do "
     "o[#o+1] = tostring(k) end o[#o] = nil print(table.concat(o, ' '))",
     "false true -3 0.5 2 a b\n"},
    {"the length of tables with holes is as recorded (seed of string hashes)",
     "local h = 0 for i = 1, 400 do local t = {} for j = 1, 60 do local r = (i * 7919 + j * 104729) % 9973 "
     "local k = r % 23 if r % 2 == 0 then k = 'k' .. k end if r % 3 == 0 then t[k] = nil else t[k] = j end end "
     "h = (h * 31 + #t) % 1000003 end print(h)",
     "141421\n"},
    // glibc's pow misses this power by one ulp.
    {"the operator ^ is the project's pow (link with --export-dynamic-symbol=pow)",
     "print(string.format('%a', 617.473 ^ 1.84))", "0x1.0a5bdca6cf642p+17\n"},
    {"a float in .. is written by the project's snprintf (link with --export-dynamic-symbol=snprintf)",
     "print((0.1 + 0.2) .. '', 2^53 .. '', 0/0 .. '')", "0.30000000000000004\t9007199254740992.0\tnan\n"},
};

/// 1 when the script prints what is expected.
static int passes(const char *script, const char *expected) {
  seen_output seen = {{0}, 0};
  swl_limits limits = {1000000, 8 << 20, 200, 4096, 1 << 20, 1000, 60};
  swl_callbacks callbacks = {&seen, no_call, no_release, no_same, keep_output};
  int32_t function;
  swl_state *S = swl_open(&limits, 1, 0, &callbacks);
  if (S == NULL) return 0;
  int is_right = swl_load(S, script, strlen(script), "selftest", &function) == SWL_OK &&
                 swl_call(S, function) == SWL_OK && strcmp(seen.text, expected) == 0;
  swl_destroy(S);
  return is_right;
}

const char *swl_self_test(void) {
  if (strcmp(localeconv()->decimal_point, ".") != 0) return "the decimal point of the C locale is not '.'";
  for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
    if (!passes(checks[i].script, checks[i].expected)) return checks[i].what;
  return NULL;
}
