// math.random: Philox 4x32-10 (Salmon et al., SC 2011) on a counter, keyed by the run's seed.
#include <string.h>

#include "internal.h"

void swl_random_reset(swl_state *S, uint64_t key) {
  S->random_key = key;
  S->random_counter = 0;
  S->has_spare = 0;
}

/// 64 random bits; each block of the counter gives two such words.
static uint64_t random_bits(swl_state *S) {
  S->observed |= SWL_OBSERVED_RANDOM;
  if (S->has_spare) {
    S->has_spare = 0;
    return S->random_spare;
  }
  uint32_t c[4] = {(uint32_t)S->random_counter, (uint32_t)(S->random_counter >> 32), 0, 0};
  uint32_t k0 = (uint32_t)S->random_key, k1 = (uint32_t)(S->random_key >> 32);
  S->random_counter++;
  for (int round = 0; round < 10; round++) {
    uint64_t p0 = (uint64_t)0xD2511F53 * c[0], p1 = (uint64_t)0xCD9E8D57 * c[2];
    uint32_t next[4] = {(uint32_t)(p1 >> 32) ^ c[1] ^ k0, (uint32_t)p1, (uint32_t)(p0 >> 32) ^ c[3] ^ k1, (uint32_t)p0};
    memcpy(c, next, sizeof c);
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  S->random_spare = (uint64_t)c[2] | (uint64_t)c[3] << 32;
  S->has_spare = 1;
  return (uint64_t)c[0] | (uint64_t)c[1] << 32;
}

/// A whole number in 0...most, all equally likely: the high half of a 128-bit product, with rejection (Lemire 2019).
static uint64_t random_to(swl_state *S, uint64_t most) {
  if (most == UINT64_MAX) return random_bits(S);
  uint64_t bound = most + 1, threshold = (0 - bound) % bound;
  for (;;) {
    unsigned __int128 product = (unsigned __int128)random_bits(S) * bound;
    if ((uint64_t)product >= threshold) return (uint64_t)(product >> 64);
  }
}

/// random() in [0, 1), random(n) in 1...n, random(m, n) in m...n, random(0): 64 bits.
static int random_number(lua_State *L) {
  swl_state *S = swl_of(L);
  lua_Integer low = 1, high = 0;
  switch (lua_gettop(L)) {
    case 0: lua_pushnumber(L, (double)(random_bits(S) >> 11) * 0x1p-53); return 1;
    case 1:
      high = luaL_checkinteger(L, 1);
      if (high == 0) {
        lua_pushinteger(L, (lua_Integer)random_bits(S));
        return 1;
      }
      break;
    case 2:
      low = luaL_checkinteger(L, 1);
      high = luaL_checkinteger(L, 2);
      break;
    default: return luaL_error(L, "wrong number of arguments");
  }
  luaL_argcheck(L, low <= high, lua_gettop(L), "interval is empty");
  lua_pushinteger(L, (lua_Integer)((uint64_t)low + random_to(S, (uint64_t)high - (uint64_t)low)));
  return 1;
}

/// randomseed(): back to the run's seed. randomseed(n [, m]): a sequence of its own for each pair. Returns a pair
/// that gives the same sequence again.
static int random_seed(lua_State *L) {
  swl_state *S = swl_of(L);
  uint64_t key = S->seed;
  S->observed |= SWL_OBSERVED_RANDOM;
  if (!lua_isnone(L, 1)) {
    double number = luaL_checknumber(L, 1);
    int is_integer;
    lua_Integer integer = lua_tointegerx(L, 1, &is_integer);
    memcpy(&key, &number, sizeof key);
    if (is_integer) key = (uint64_t)integer;
    key += (uint64_t)luaL_optinteger(L, 2, 0) * 0x9E3779B97F4A7C15u;
  }
  swl_random_reset(S, key);
  lua_pushinteger(L, (lua_Integer)key);
  lua_pushinteger(L, 0);
  return 2;
}

// The functions of one number, by the project's own routines.

static int exp_function(lua_State *L) { return lua_pushnumber(L, swl_exp(luaL_checknumber(L, 1))), 1; }
static int sin_function(lua_State *L) { return lua_pushnumber(L, swl_sin(luaL_checknumber(L, 1))), 1; }
static int cos_function(lua_State *L) { return lua_pushnumber(L, swl_cos(luaL_checknumber(L, 1))), 1; }
static int tan_function(lua_State *L) { return lua_pushnumber(L, swl_tan(luaL_checknumber(L, 1))), 1; }
static int asin_function(lua_State *L) { return lua_pushnumber(L, swl_asin(luaL_checknumber(L, 1))), 1; }
static int acos_function(lua_State *L) { return lua_pushnumber(L, swl_acos(luaL_checknumber(L, 1))), 1; }

static int atan_function(lua_State *L) {
  double y = luaL_checknumber(L, 1);
  lua_pushnumber(L, swl_atan2(y, luaL_optnumber(L, 2, 1)));
  return 1;
}

static int log_function(lua_State *L) {
  double x = luaL_checknumber(L, 1);
  lua_pushnumber(L, lua_isnoneornil(L, 2) ? swl_log(x) : swl_log_base(x, luaL_checknumber(L, 2)));
  return 1;
}

static int deg(lua_State *L) { return lua_pushnumber(L, luaL_checknumber(L, 1) * (180.0 / 3.141592653589793)), 1; }
static int rad(lua_State *L) { return lua_pushnumber(L, luaL_checknumber(L, 1) * (3.141592653589793 / 180.0)), 1; }

const luaL_Reg swl_math_functions[] = {
    {"random", random_number}, {"randomseed", random_seed}, {"exp", exp_function},   {"log", log_function},
    {"sin", sin_function},     {"cos", cos_function},       {"tan", tan_function},   {"asin", asin_function},
    {"acos", acos_function},   {"atan", atan_function},     {"deg", deg},            {"rad", rad},
    {NULL, NULL},
};
