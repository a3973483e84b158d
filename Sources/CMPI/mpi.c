#include "CMPI.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// Open MPI's handles are pointers to variables of the library, MPICH's are numbers. Both fit a pointer's register, and on
// x86-64 and arm64 an int argument may be passed in it, so one type of function serves both.
typedef void *handle;

static struct {
  handle world, byte;
  void *in_place;
  int (*init_thread)(int *, char ***, int, int *);
  int (*finalize)(void);
  int (*abort)(handle, int);
  int (*comm_rank)(handle, int *);
  int (*comm_size)(handle, int *);
  int (*version)(char *, int *);
  int (*alltoallv)(
    const void *, const int *, const int *, handle, void *, const int *, const int *, handle, handle);
  int (*allgatherv)(const void *, int, handle, void *, const int *, const int *, handle, handle);
} mpi;

static int own_rank, all_ranks;
static char version[8192];

// The constants of MPICH's ABI (mpi.h of MPICH 3 and 4, and of MVAPICH and Intel MPI, which keep it).
enum { MPICH_COMM_WORLD = 0x44000000, MPICH_BYTE = 0x4c00010d };
// MPI_THREAD_FUNNELED, which is the same in both.
enum { THREAD_FUNNELED = 1 };
// MPI_IN_PLACE of each.
#define OPENMPI_IN_PLACE ((void *)1)
#define MPICH_IN_PLACE ((void *)-1)

static int find(void *library, const char *name, void *function) {
  void *found = dlsym(library, name);
  *(void **)function = found;
  return found != NULL;
}

int swerve_mpi_open(const char *library, char *message, size_t size) {
  // MPI's own plugins look its symbols up among the global ones.
  void *opened = dlopen(library, RTLD_NOW | RTLD_GLOBAL);
  if (opened == NULL) {
    snprintf(message, size, "%s", dlerror());
    return -1;
  }
  int all = find(opened, "MPI_Init_thread", &mpi.init_thread) & find(opened, "MPI_Finalize", &mpi.finalize)
    & find(opened, "MPI_Abort", &mpi.abort) & find(opened, "MPI_Comm_rank", &mpi.comm_rank)
    & find(opened, "MPI_Comm_size", &mpi.comm_size) & find(opened, "MPI_Get_library_version", &mpi.version)
    & find(opened, "MPI_Alltoallv", &mpi.alltoallv) & find(opened, "MPI_Allgatherv", &mpi.allgatherv);
  if (!all) {
    snprintf(message, size, "%s lacks functions of MPI 3", library);
    return -1;
  }
  mpi.world = dlsym(opened, "ompi_mpi_comm_world");
  mpi.byte = dlsym(opened, "ompi_mpi_byte");
  mpi.in_place = OPENMPI_IN_PLACE;
  if (mpi.world == NULL || mpi.byte == NULL) {
    int length = 0;
    mpi.version(version, &length);
    mpi.world = (handle)(uintptr_t)MPICH_COMM_WORLD;
    mpi.byte = (handle)(uintptr_t)MPICH_BYTE;
    mpi.in_place = MPICH_IN_PLACE;
  }
  int level = 0;
  if (mpi.init_thread(NULL, NULL, THREAD_FUNNELED, &level) != 0) {
    snprintf(message, size, "MPI_Init_thread failed");
    return -1;
  }
  int length = 0;
  mpi.version(version, &length);
  if (mpi.comm_rank(mpi.world, &own_rank) != 0 || mpi.comm_size(mpi.world, &all_ranks) != 0) {
    snprintf(message, size, "MPI does not say which rank this process is");
    return -1;
  }
  return 0;
}

int swerve_mpi_rank(void) { return own_rank; }
int swerve_mpi_size(void) { return all_ranks; }
const char *swerve_mpi_version(void) { return version; }

int swerve_mpi_exchange(
  const void *send, const int *send_counts, const int *send_starts, void *receive, const int *receive_counts,
  const int *receive_starts) {
  return mpi.alltoallv(
    send, send_counts, send_starts, mpi.byte, receive, receive_counts, receive_starts, mpi.byte, mpi.world);
}

int swerve_mpi_gather(void *buffer, const int *counts, const int *starts) {
  return mpi.allgatherv(mpi.in_place, 0, mpi.byte, buffer, counts, starts, mpi.byte, mpi.world);
}

void swerve_mpi_close(void) { mpi.finalize(); }

void swerve_mpi_abort(int code) {
  mpi.abort(mpi.world, code);
  _Exit(code);
}
