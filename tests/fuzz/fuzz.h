/*
 * fuzz: what the targets share: a folder of their own in memory, files in it, and what must be so.
 *
 * A target is tests/fuzz/fuzz_NAME.c, linked with the whole library; its seeds are made by seeds.py, its corpus
 * is tests/fuzz/corpora/NAME.
 */
#ifndef CLAIMPIPE_TESTS_FUZZ_H
#define CLAIMPIPE_TESTS_FUZZ_H

#include "base/err.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char fuzz_folder[PATH_MAX];

static inline void fuzz_leave(void)
{
    char command[PATH_MAX + 16];

    snprintf(command, sizeof(command), "rm -rf '%s'", fuzz_folder);
    if (chdir("/") != 0 || system(command) != 0)
        fprintf(stderr, "%s is left behind\n", fuzz_folder);
}

/* Also the current folder from then on would be, but libFuzzer's own paths are relative. */
static inline void fuzz_enter(void)
{
    const char *memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

    snprintf(fuzz_folder, sizeof(fuzz_folder), "%s/claimpipe-fuzz-XXXXXX", memory);
    MUST(mkdtemp(fuzz_folder));
    MUST(setenv("HOME", fuzz_folder, 1) == 0 && setenv("TMPDIR", fuzz_folder, 1) == 0);
    MUST(unsetenv("XDG_CONFIG_HOME") == 0 && unsetenv("XDG_STATE_HOME") == 0);
    MUST(atexit(fuzz_leave) == 0);
}

static inline const char *fuzz_path(const char *name)
{
    static char path[PATH_MAX + 64];

    snprintf(path, sizeof(path), "%s/%s", fuzz_folder, name);
    return path;
}

static inline void fuzz_write(const char *path, const void *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    MUST(fd >= 0 && write(fd, bytes, size) == (ssize_t)size && close(fd) == 0);
}

/* What fails says why, on one line, and means one of the exit codes. */
static inline void fuzz_must_say(const struct err *e)
{
    MUST(e->code >= EXIT_ROWS && e->text[0] != '\0');
    MUST(memchr(e->text, '\0', sizeof(e->text)));
}

#endif
