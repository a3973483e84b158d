// `swerve` of a package that holds builds for several processors. It lies at ROOT/bin/swerve and starts
// ROOT/lib/swerve/x86-64-v4/swerve where the processor and Linux know AVX-512, else ROOT/lib/swerve/x86-64-v3/swerve,
// with the same arguments. Both compute the same bits. SWERVE_MARCH=x86-64-v3 (or -v4) chooses one. It is compiled with
// its VERSION.
//
// A build refuses by itself to run on a processor that lacks its instructions, so this program need not.
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// What Processor.v4 of SwerveRuns lists. The compiler's function asks Linux, too, whether it saves these registers.
static const char *fitting(void) {
  __builtin_cpu_init();
  int knows_v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
    && __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return knows_v4 ? "x86-64-v4" : "x86-64-v3";
}

// Removes the last part of a path.
static int up(char *path) {
  char *slash = strrchr(path, '/');
  if (slash == NULL) return 0;
  *slash = 0;
  return 1;
}

// Leaves in `root` the folder of the module that pip installed: from ROOT/bin/swerve of an environment, or of a folder of
// its own (pip's --target). Another version may be there for another Python.
static void enter_module(char *root) {
  const char *places[] = {"%s/lib*/python3*/*-packages/swerve-" VERSION ".dist-info", "%s/swerve-" VERSION ".dist-info"};
  for (int place = 0; place < 2; place++) {
    char pattern[PATH_MAX + 64];
    glob_t found;
    snprintf(pattern, sizeof pattern, places[place], root);
    if (glob(pattern, 0, NULL, &found) != 0) continue;
    if (up(found.gl_pathv[0])) snprintf(root, PATH_MAX, "%s/swerve", found.gl_pathv[0]);
    globfree(&found);
    return;
  }
}

int main(int count, char **arguments) {
  (void)count;
  char root[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", root, sizeof root - 1);
  if (length <= 0) {
    fprintf(stderr, "error: can't find swerve: /proc is not there\n");
    return 5;
  }
  root[length] = 0;
  if (!up(root) || !up(root)) {
    fprintf(stderr, "error: can't find swerve: its launcher does not lie in a folder bin\n");
    return 5;
  }
  char builds[PATH_MAX + 16];
  snprintf(builds, sizeof builds, "%s/lib/swerve", root);
  if (access(builds, F_OK) != 0) enter_module(root);
  const char *chosen = getenv("SWERVE_MARCH");
  const char *march = chosen != NULL ? chosen : fitting();
  char program[PATH_MAX + 64];
  snprintf(program, sizeof program, "%s/lib/swerve/%s/swerve", root, march);
  execv(program, arguments);
  fprintf(stderr, "error: can't start %s: %s\n", program, strerror(errno));
  if (chosen != NULL) {
    fprintf(stderr, "hint: SWERVE_MARCH may be x86-64-v3 or x86-64-v4; without it, the processor decides\n");
  }
  return 5;
}
