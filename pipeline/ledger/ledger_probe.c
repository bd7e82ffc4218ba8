/*
 * ledger_probe: the file as it is found, its version, then what whoever works with it would be told.
 *
 * An older ledger is only read: to open it in the usual way would bring it up to date.
 */
#include "ledger/ledger_probe.h"

#include "ledger/ledger.h"
#include "ledger_internal.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BUSY_MS 1000 /* who holds it longer is told of instead */

static long find_holder(const char *real)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char path[PATH_MAX + sizeof("-lock")];
    int fd;
    long pid = 0;

    snprintf(path, sizeof(path), "%s-lock", real);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
        pid = (long)lock.l_pid;
    close(fd);
    return pid;
}

static int check_pages(struct db *db, struct err *e)
{
    static const char sql[] =
        "SELECT quick_check FROM pragma_quick_check(1) WHERE quick_check != 'ok'";
    struct db_query *q = db_prepare(db, sql, e);
    int found = q ? db_step(q, e) : -1;

    if (found == 1) {
        err_set(e, EXIT_OUTPUT, "ledger %s: %s (%s)", db_path(db), trust_words(TRUST_DAMAGED),
                db_text(q, 0));
        db_reset(q);
    }
    return found == 0 ? 0 : -1;
}

/* As whoever works with it opens it, but for writing. */
static int doubt(const char *path, struct err *e)
{
    struct ledger_wish look = {.looks = true, .busy_ms = BUSY_MS};
    struct ledger *l = ledger_open_wish(path, &look, e);
    enum trust trust = TRUST_GOOD;
    int rc = l ? ledger_doubt(l, &trust, e) : -1;

    if (rc == 0 && trust != TRUST_GOOD && trust != TRUST_CHECK)
        rc = err_set(e, EXIT_OUTPUT, "ledger %s: %s", path, trust_words(trust));
    ledger_close(l);
    return rc;
}

static int probe_content(const char *path, struct ledger_probe *out, struct err *e)
{
    struct db *db = db_open(path, BUSY_MS, e);
    int rc = db ? ledger_schema_version(db, &out->version, &out->ours, e) : -1;

    if (rc == 0)
        rc = check_pages(db, e);
    db_close(db);
    return rc == 0 && out->version == out->ours ? doubt(path, e) : rc;
}

/* Nobody puts another file in its place meanwhile. */
static int probe_held(struct ledger_guard *guard, const char *path, struct ledger_probe *out,
                      struct err *e)
{
    bool alone;
    int rc = ledger_guard_hold(guard, LEDGER_GUARD_LOOK, &alone, e);

    if (rc > 0)
        rc = err_set(e, EXIT_OUTPUT,
                     "ledger %s: is being replaced by another process: wait for that to end", path);
    if (rc == 0)
        rc = probe_content(path, out, e);
    ledger_guard_close(guard);
    return rc;
}

void ledger_probe(const char *path, struct ledger_probe *out)
{
    struct err e = ERR_INIT;
    struct ledger_guard guard;
    struct ledger_seal seal;
    struct trust_file file = {.there = false};
    enum trust trust;
    int rc = ledger_guard_find(&guard, path, &file, &e);

    *out = (struct ledger_probe){.there = file.there, .size = file.size};
    if (rc == 0)
        rc = ledger_seal_read(guard.real, &seal, &e);
    if (rc == 0) {
        trust = trust_file(&file, &seal.state);
        out->holder = file.there ? find_holder(guard.real) : 0;
        if (trust == TRUST_CHECK)
            rc = probe_held(&guard, path, out, &e);
        else if (trust != TRUST_FRESH)
            rc = err_set(&e, EXIT_OUTPUT, "ledger %s: %s", path, trust_words(trust));
    }
    if (rc != 0)
        snprintf(out->why, sizeof(out->why), "%s", e.text);
}
