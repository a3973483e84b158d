// Memory of one state at addresses whose low 32 bits follow from the program alone. Lua hashes tables and functions
// as keys by those bits; no order that a script sees depends on them, but `#` of a table with holes can.
//
// A region of virtual addresses starts at a multiple of 2^32. Blocks come in size classes; a freed block waits in the
// list of its class. When the region is full, or the system gives none, blocks come from malloc.
#define _GNU_SOURCE  // MAP_FIXED_NOREPLACE
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "internal.h"

#ifndef __has_feature
#define __has_feature(name) 0
#endif
/// AddressSanitizer watches malloc's blocks. With it, every block comes from malloc.
#define IS_WATCHED __has_feature(address_sanitizer)

#define STEP 16
#define SMALL 1024
#define FIRST_PLACE 0x2000
#define LAST_PLACE 0x6000
/// Freed blocks of this size give their pages back.
#define LARGE ((size_t)1 << 18)

/// Up to SMALL every multiple of STEP is a class; above, each power of two has four. Sets *size to the size of the
/// class.
static int class_of(size_t bytes, size_t *size) {
  if (bytes <= SMALL) {
    size_t steps = (bytes + STEP - 1) / STEP;
    *size = steps * STEP;
    return (int)steps;
  }
  int power = 63 - __builtin_clzll(bytes - 1);
  size_t quarter = (size_t)1 << (power - 2), parts = (bytes + quarter - 1) / quarter;
  *size = parts * quarter;
  return SMALL / STEP + (power - 10) * 4 + (int)(parts - 4);
}

void swl_arena_open(swl_arena *arena, size_t bytes) {
  static atomic_uint turn;
  memset(arena, 0, sizeof *arena);
#if defined(MAP_FIXED_NOREPLACE) && !IS_WATCHED
  if (bytes > (size_t)3 << 30) bytes = (size_t)3 << 30;
  for (int attempt = 0; attempt < 64; attempt++) {
    size_t place = FIRST_PLACE + atomic_fetch_add(&turn, 1) % (LAST_PLACE - FIRST_PLACE);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
    void *wanted = (void *)(place << 32), *base = mmap(wanted, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (base == MAP_FAILED) continue;
    if (base == wanted) {
      arena->base = base;
      arena->size = bytes;
      return;
    }
    munmap(base, bytes);
  }
#else
  (void)bytes, (void)turn;
#endif
}

void swl_arena_close(swl_arena *arena) {
  if (arena->base != NULL) munmap(arena->base, arena->size);
  memset(arena, 0, sizeof *arena);
}

static int is_inside(const swl_arena *arena, const void *block) {
  return arena->base != NULL && (const char *)block >= arena->base && (const char *)block < arena->base + arena->size;
}

void *swl_arena_get(swl_arena *arena, size_t bytes) {
  size_t size;
  if (bytes > arena->size) return malloc(bytes);
  int class = class_of(bytes, &size);
  void *block = arena->free_blocks[class];
  if (block != NULL) {
    memcpy(&arena->free_blocks[class], block, sizeof(void *));
    return block;
  }
  if (size > arena->size - arena->used) return malloc(bytes);
  block = arena->base + arena->used;
  arena->used += size;
  return block;
}

void swl_arena_put(swl_arena *arena, void *block, size_t bytes) {
  size_t size;
  if (!is_inside(arena, block)) {
    free(block);
    return;
  }
  int class = class_of(bytes, &size);
  if (size >= LARGE) {
    uintptr_t start = (uintptr_t)block, page = 4096;
    uintptr_t first = (start + page) / page * page, end = (start + size) / page * page;
    madvise((void *)first, end - first, MADV_DONTNEED);
  }
  memcpy(block, &arena->free_blocks[class], sizeof(void *));
  arena->free_blocks[class] = block;
}

void *swl_arena_resize(swl_arena *arena, void *block, size_t old_bytes, size_t new_bytes) {
  size_t old_size, new_size;
  if (is_inside(arena, block) && class_of(old_bytes, &old_size) == class_of(new_bytes, &new_size)) return block;
  void *moved = swl_arena_get(arena, new_bytes);
  if (moved == NULL) return NULL;
  memcpy(moved, block, old_bytes < new_bytes ? old_bytes : new_bytes);
  swl_arena_put(arena, block, old_bytes);
  return moved;
}
