// MPI for Swift, opened when it is asked for: the program neither needs MPI to build nor to start. Only bytes are moved, by two
// collective functions, so this declares what they need and nothing else. All calls are made by one thread.
#ifndef CMPI_H
#define CMPI_H

#include <stddef.h>

/// Loads an MPI library and joins the processes that were started together.
/// - Parameters:
///   - library: the file name or path of the library, for dlopen.
///   - message: receives a text of at most `size` bytes, with its end, if that fails.
/// - Returns: 0, or -1 for a library that is not there or that is no MPI that is known.
int swerve_mpi_open(const char *library, char *message, size_t size);

/// This process's number, from 0, and how many there are; after `swerve_mpi_open`.
int swerve_mpi_rank(void);
int swerve_mpi_size(void);

/// The library's own description of itself; the text lasts as long as the program.
const char *swerve_mpi_version(void);

/// Rank r gets `send_counts[r]` bytes from `send + send_starts[r]`, and this rank gets those of rank r at
/// `receive + receive_starts[r]`. Returns 0, or MPI's error.
int swerve_mpi_exchange(
  const void *send, const int *send_counts, const int *send_starts, void *receive, const int *receive_counts,
  const int *receive_starts);

/// Rank r gives the `counts[r]` bytes at `buffer + starts[r]`; afterwards every rank has those of all. Returns 0, or MPI's error.
int swerve_mpi_gather(void *buffer, const int *counts, const int *starts);

/// Leaves the other processes; they must do it, too.
void swerve_mpi_close(void);

/// Ends all processes with an exit code.
void swerve_mpi_abort(int code);

#endif
