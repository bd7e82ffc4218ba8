/*
 * residue: is a secret still somewhere in this process's memory, also in what was freed?  Read by the kernel
 * (/proc/self/mem), so that no sanitizer minds.  To be included after <cmocka.h>.
 *
 * A secret is made of a number, so that it stands nowhere but where the code under test has put it; whoever makes one
 * in a buffer overwrites that before it looks.
 */
#ifndef CLAIMPIPE_TESTS_RESIDUE_H
#define CLAIMPIPE_TESTS_RESIDUE_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RESIDUE_LEN 32
#define RESIDUE_SIZE (RESIDUE_LEN + 1)

/* The i-th letter of secret n. */
static inline char residue_letter(unsigned n, volatile unsigned i) /* one by one, in no vector */
{
    return (char)('A' + ((n + 1) * (i + 1) * 2654435761u >> 13) % 26);
}

static inline char *residue_make(unsigned n, char out[RESIDUE_SIZE])
{
    for (unsigned i = 0; i < RESIDUE_LEN; i++)
        out[i] = residue_letter(n, i);
    out[RESIDUE_LEN] = '\0';
    return out;
}

/* A part at the beginning may be gone: malloc keeps its lists there. */
static inline size_t residue_count(unsigned n, const char *bytes, size_t len)
{
    size_t found = 0;

    for (size_t at = 0; at + RESIDUE_LEN / 2 <= len; at++) {
        unsigned i = 0;

        while (i < RESIDUE_LEN / 2 && bytes[at + i] == residue_letter(n, RESIDUE_LEN / 2 + i))
            i++;
        found += i == RESIDUE_LEN / 2;
    }
    return found;
}

/* How often it is in memory of this process alone.  Maps of files, and what is read here, are left out, and so is the
 * stack: to it go registers, when a library's function is called for the first time. */
static inline size_t residue_left(unsigned n)
{
    enum { STEP = 1 << 16, ROOM = STEP + RESIDUE_LEN / 2 - 1 };
    FILE *maps = fopen("/proc/self/maps", "r");
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    char line[512];
    char *bytes = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    unsigned long from, to;
    size_t found = 0;

    assert_non_null(maps);
    assert_true(memory >= 0 && bytes != MAP_FAILED);
    while (fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx", &from, &to) != 2 || !strstr(line, " rw-p") ||
            strstr(line, "[stack]") || to - from > 1ul << 30)
            continue;
        for (; from < to; from += STEP) {
            ssize_t len = pread(memory, bytes, ROOM, (off_t)from);

            found += len > 0 ? residue_count(n, bytes, (size_t)len) : 0;
        }
    }
    munmap(bytes, ROOM);
    close(memory);
    fclose(maps);
    return found;
}

#endif
