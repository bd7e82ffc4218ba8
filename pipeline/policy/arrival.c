/* arrival: names are told by their endings, files by how they look, runs by how they ended. */
#include "policy/arrival.h"

#include "base/err.h"
#include "base/text.h"

#include <ctype.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>

#define SECOND_NS INT64_C(1000000000)
#define AGAIN_MIN_NS (60 * SECOND_NS)
#define AGAIN_MAX_NS (3600 * SECOND_NS)

/* ---- names ---- */

static bool ends_in_any(struct slice name, const char *const *endings, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (slice_ends(name, endings[i]))
            return true;
    return false;
}

bool arrival_ignores(const char *name)
{
    static const char *const endings[] = {
        /* browsers, rsync, SFTP clients and editors, while they write */
        ".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".opdownload",
        ".filepart", ".aria2", ".swp", ".swx", "~",
        /* ours */
        ".results.csv", ".results.xlsx", ".simulated.csv", ".simulated.xlsx", ".why.txt"};
    struct slice s = slice_of(name);

    return *name == '.' || slice_begins(s, "~$") || slice_is(s, "Thumbs.db") ||
           slice_is(s, "desktop.ini") ||
           ends_in_any(s, endings, sizeof(endings) / sizeof(endings[0]));
}

/* How long a name is without its ending, or endings: what a packed file is called inside counts as well. */
static size_t stem_len(struct slice name)
{
    static const char *const packed[] = {".gz", ".zst", ".xz", ".bz2"};
    size_t dots = ends_in_any(name, packed, sizeof(packed) / sizeof(packed[0])) ? 2 : 1;
    size_t end = name.len;

    for (size_t i = name.len; i-- > 1 && dots > 0;)
        if (name.ptr[i] == '.') {
            end = i;
            dots--;
        }
    return end;
}

/* So much of s as fits, and no half character. */
static size_t cut(struct slice s, size_t most)
{
    if (s.len <= most)
        return s.len;
    for (size_t back = 0; back < 3 && back < most; back++) /* a character has 4 bytes at most */
        if (((unsigned char)s.ptr[most - back] & 0xc0) != 0x80)
            return most - back;
    return most;
}

void arrival_name(const char *name, unsigned n, struct text *out)
{
    struct slice all = slice_of(name);
    size_t stem = stem_len(all), ending = all.len - stem, most = ARRIVAL_NAME_MAX;

    /* An ending that is as long as this is none. */
    if (ending > ARRIVAL_NAME_MAX / 4) {
        stem = all.len;
        ending = 0;
    }
    most -= ending;
    text_append(out, all.ptr, cut((struct slice){all.ptr, stem}, most));
    if (n > 1)
        text_printf(out, "-%u", n);
    text_append(out, all.ptr + all.len - ending, ending);
}

bool arrival_sibling(const char *path, unsigned n, struct text *out)
{
    const char *slash = strrchr(path, '/');
    size_t stem, at;

    if (!slash || !slice_ends((struct slice){path, (size_t)(slash - path)}, "/.working"))
        return false;
    stem = at = (size_t)(slash + 1 - path) + stem_len(slice_of(slash + 1));
    while (isdigit((unsigned char)path[at - 1]))
        at--;
    if (at == stem || path[at - 1] != '-' || path[at - 2] == '/' || path[at] == '0' ||
        (path[at] == '1' && at + 1 == stem))
        return false;
    text_append(out, path, at - 1);
    if (n > 0)
        text_printf(out, "-%u", n);
    text_puts(out, path + stem);
    return true;
}

/* ---- whole or not ---- */

bool arrival_same(const struct arrival_look *a, const struct arrival_look *b)
{
    return a->inode == b->inode && a->size == b->size && a->mtime_ns == b->mtime_ns;
}

struct arrival arrival_see(const struct arrival *former, const struct arrival_look *look,
                           bool landed, int64_t now_ns)
{
    bool same = former && arrival_same(&former->look, look);

    return (struct arrival){.look = *look,
                            .since_ns = same ? former->since_ns : now_ns,
                            .closed = landed || (same && former->closed)};
}

int64_t arrival_wait_ns(const struct arrival *a, int64_t stable_ns, int64_t now_ns)
{
    int64_t needed = stable_ns, left;

    if (a->closed && a->look.size > 0 && needed > ARRIVAL_QUIET_NS)
        needed = ARRIVAL_QUIET_NS;
    left = needed - (now_ns - a->since_ns);
    return left > 0 ? left : 0;
}

/* ---- what became of it ---- */

/* Signals that a program dies of by what it does; others somebody has sent. */
static bool is_crash(int signal)
{
    return signal == SIGSEGV || signal == SIGABRT || signal == SIGBUS || signal == SIGFPE ||
           signal == SIGILL || signal == SIGSYS || signal == SIGTRAP;
}

enum arrival_end arrival_end(int code, int signal, bool job_fault, bool changed)
{
    if (signal)
        return is_crash(signal) ? ARRIVAL_FAILED : ARRIVAL_AGAIN;
    /* It was not whole: what came behind the part that was read has still to be done. */
    if (changed)
        return ARRIVAL_AGAIN;
    switch (code) {
    case EXIT_DONE:
    case EXIT_ROWS:
        return ARRIVAL_DONE;
    case EXIT_USAGE:
        return job_fault ? ARRIVAL_AGAIN : ARRIVAL_FAILED;
    case EXIT_INPUT:
        return ARRIVAL_FAILED;
    case EXIT_STOPPED:
    case EXIT_OUTPUT:
    case EXIT_INTERRUPTED:
    case 128 + SIGTERM:
        return ARRIVAL_AGAIN;
    default: /* a sanitizer's, or one that no run has */
        return ARRIVAL_FAILED;
    }
}

int64_t arrival_again_ns(unsigned tries)
{
    int64_t wait = AGAIN_MIN_NS;

    for (unsigned i = 1; i < tries && wait < AGAIN_MAX_NS; i++)
        wait *= 2;
    return wait < AGAIN_MAX_NS ? wait : AGAIN_MAX_NS;
}
