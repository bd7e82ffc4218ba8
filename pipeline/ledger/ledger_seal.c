/*
 * ledger_seal: reads and writes the seal beside a ledger.
 *
 * Of the two synced places the one that counts less is written, so that a power cut never takes the better one; and what is
 * there of another ledger, or newer than what is written, is erased, or it would count more.
 */
#include "ledger/ledger_seal.h"

#include "adapters/digest.h"
#include "adapters/newfile.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/rowhash.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECK_AT (SEAL_PLACE - 10) /* " " 8 hex digits and the line's end */
#define READ_AT_ONCE (1 << 18)

static int seal_name(const char *path, char out[PATH_MAX], struct err *e)
{
    int n = snprintf(out, PATH_MAX, "%s-seal", path);

    return n > 0 && n < PATH_MAX ? 0
                                 : err_set(e, EXIT_OUTPUT, "ledger %s: the path is too long", path);
}

static int fail(const char *path, struct err *e)
{
    return err_set(e, EXIT_OUTPUT, "%s-seal: %s: make it writable, then run the same command again",
                   path, strerror(errno));
}

/* ---- a place ---- */

static unsigned check_of(const char *line)
{
    return (unsigned)rowhash_end(rowhash_bytes(ROWHASH_INIT, line, CHECK_AT));
}

static void format_place(const struct ledger_seal *s, char out[SEAL_PLACE + 1])
{
    int n = snprintf(out, SEAL_PLACE, "claimpipe-seal 1 id=%s seq=%lld %s size=%lld sha256=%s",
                     s->state.id, (long long)s->state.seq, s->state.closed ? "closed" : "open",
                     (long long)s->size, s->digest[0] ? s->digest : "-");

    memset(out + n, ' ', (size_t)(SEAL_PLACE - n));
    snprintf(out + CHECK_AT, SEAL_PLACE + 1 - CHECK_AT, " %08x\n", check_of(out));
}

static bool parse_place(const char *line, struct ledger_seal *out)
{
    char check[SEAL_PLACE + 1 - CHECK_AT], word[8], seq[20], size[20];

    *out = (struct ledger_seal){.size = 0};
    snprintf(check, sizeof(check), " %08x\n", check_of(line));
    if (memcmp(line + CHECK_AT, check, sizeof(check) - 1) != 0 ||
        sscanf(line, "claimpipe-seal 1 id=%16s seq=%19s %7s size=%19s sha256=%64s", out->state.id,
               seq, word, size, out->digest) != 5 ||
        number_int(seq, 0, INT64_MAX, &out->state.seq) != 0 ||
        number_int(size, 0, INT64_MAX, &out->size) != 0)
        return false;
    out->state.there = true;
    out->state.closed = strcmp(word, "closed") == 0;
    return true;
}

/* ---- the file ---- */

#define PLACES 3
#define SYNCED_PLACES 2

static int read_places(const char *path, int fd, struct ledger_seal out[PLACES], struct err *e)
{
    char bytes[PLACES * SEAL_PLACE] = "";
    ssize_t n = pread(fd, bytes, sizeof(bytes), 0);

    memset(out, 0, PLACES * sizeof(*out));
    if (n < 0)
        return fail(path, e);
    for (size_t i = 0; i < PLACES && (i + 1) * SEAL_PLACE <= (size_t)n; i++)
        if (!parse_place(bytes + i * SEAL_PLACE, &out[i]))
            out[i].state.there = false;
    return 0;
}

/* Of the same transaction it is the open one: that was written later, or it only means a look at the whole. */
static bool counts_more(const struct trust_state *a, const struct trust_state *b)
{
    if (!a->there || !b->there)
        return a->there;
    return a->seq != b->seq ? a->seq > b->seq : b->closed && !a->closed;
}

int ledger_seal_read(const char *path, struct ledger_seal *out, struct err *e)
{
    char name[PATH_MAX];
    struct ledger_seal places[PLACES];
    int fd, rc;

    *out = (struct ledger_seal){.size = 0};
    if (seal_name(path, name, e) != 0)
        return -1;
    fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : fail(path, e);
    rc = read_places(path, fd, places, e);
    close(fd);
    for (int i = 0; rc == 0 && i < PLACES; i++)
        if (counts_more(&places[i].state, &out->state))
            *out = places[i];
    return rc;
}

static int open_seal(const char *path, struct err *e)
{
    char name[PATH_MAX];
    int fd;

    if (seal_name(path, name, e) != 0)
        return -1;
    fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return fd < 0 ? fail(path, e) : fd;
}

static int write_place(const char *path, int fd, const struct ledger_seal *seal, int place,
                       struct err *e)
{
    char line[SEAL_PLACE + 1];

    format_place(seal, line);
    return pwrite(fd, line, SEAL_PLACE, (off_t)place * SEAL_PLACE) == SEAL_PLACE ? 0
                                                                                 : fail(path, e);
}

int ledger_seal_mark(const char *path, int *fd, const struct ledger_seal *seal, struct err *e)
{
    if (*fd < 0 && (*fd = open_seal(path, e)) < 0)
        return -1;
    return write_place(path, *fd, seal, PLACES - 1, e);
}

/* Is there anything that would count more than this, though it is not of it? */
static bool says_other(const struct ledger_seal places[PLACES], const struct trust_state *state)
{
    for (int i = 0; i < PLACES; i++)
        if (places[i].state.there &&
            (strcmp(places[i].state.id, state->id) != 0 || places[i].state.seq > state->seq))
            return true;
    return false;
}

/* Which of the synced places may be lost: the one that counts less. */
static int spare_place(const struct ledger_seal places[PLACES])
{
    return counts_more(&places[0].state, &places[1].state) ? 1 : 0;
}

static int write_synced(const char *path, int fd, const struct ledger_seal *seal, struct err *e)
{
    struct ledger_seal places[PLACES];
    bool made;

    if (read_places(path, fd, places, e) != 0)
        return -1;
    made = !places[0].state.there && !places[1].state.there;
    if (says_other(places, &seal->state) && ftruncate(fd, 0) != 0)
        return fail(path, e);
    if (write_place(path, fd, seal, spare_place(places), e) != 0)
        return -1;
    /* What an open one has counted in memory counts less than what is closed. */
    if (seal->state.closed && write_place(path, fd, seal, PLACES - 1, e) != 0)
        return -1;
    if (fsync(fd) != 0)
        return fail(path, e);
    return made ? newfile_sync_folder(path, e) : 0;
}

int ledger_seal_write(const char *path, const struct ledger_seal *seal, struct err *e)
{
    int fd = open_seal(path, e), rc;

    if (fd < 0)
        return -1;
    rc = write_synced(path, fd, seal, e);
    close(fd);
    return rc;
}

/* ---- measuring ---- */

int ledger_seal_measure(const char *path, int fd, struct ledger_seal *out, struct err *e)
{
    uint8_t hash[DIGEST_SIZE];
    struct digest *d = digest_new();
    char *bytes = mem_zero(1, READ_AT_ONCE);
    ssize_t n = 0;
    int rc = -1;

    out->size = 0;
    if (!d || !bytes) {
        err_nomem(e);
        goto done;
    }
    while ((n = pread(fd, bytes, READ_AT_ONCE, out->size)) > 0) {
        digest_update(d, bytes, (size_t)n);
        out->size += n;
    }
    if (n < 0) {
        err_set(e, EXIT_OUTPUT, "ledger %s: can't be read: %s: see whether the disk is failing",
                path, strerror(errno));
        goto done;
    }
    if (digest_finish(d, hash) != 0) {
        err_nomem(e);
        goto done;
    }
    for (size_t i = 0; i < DIGEST_SIZE; i++)
        snprintf(out->digest + 2 * i, 3, "%02x", hash[i]);
    rc = 0;
done:
    free(bytes);
    digest_free(d);
    return rc;
}
