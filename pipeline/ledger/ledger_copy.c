/*
 * ledger_copy: a copy is: copied (under a temporary name) -> looked through -> closed -> placed.
 *
 * Restoring: copied -> judged -> the old one moved aside -> placed -> sealed.  Until it is sealed the old
 * seal stands, so that a restore which is cut short is noticed by whoever opens the ledger next.
 */
#include "ledger/ledger_copy.h"

#include "adapters/newfile.h"
#include "base/clock.h"
#include "ledger/ledger.h"
#include "ledger_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- copying ---- */

static int tell(struct db *db, struct ledger_copied *out, struct err *e)
{
    return db_number(db, "SELECT count(*) FROM runs", &out->runs, e) == 0 &&
                   db_number(db, "SELECT count(*) FROM items", &out->items, e) == 0
               ? db_number(db,
                           "SELECT max(coalesce((SELECT max(changed_ms) FROM items), 0),"
                           " coalesce((SELECT max(started_ms) FROM runs), 0))",
                           &out->last_ms, e)
               : -1;
}

/* from, into the empty file at temporary: whole, sound, up to date, and marked as closed. */
static int copy(struct db *from, const char *temporary, const char *name, struct trust_state *state,
                struct ledger_copied *out, struct err *e)
{
    char *why = NULL;
    struct db *db = NULL;
    int rc = -1, sound = -1;

    if (db_backup(from, temporary, e) == 0 && (db = db_open(temporary, LEDGER_BUSY_MS, e)) &&
        ledger_schema_ready(db, e) == 0)
        sound = ledger_look_through(db, &why, e);
    if (sound == 0)
        err_set(e, EXIT_OUTPUT, "ledger %s: is damaged (%s): see claimpipe ledger check", name,
                why ? why : "");
    if (sound == 1 && ledger_state(db, state, e) == 0 && tell(db, out, e) == 0 &&
        db_exec(db, "UPDATE ledger SET closed = 1", e) == 0)
        rc = db_checkpoint(db, true, e);
    free(why);
    db_close(db);
    return rc;
}

int ledger_backup(struct ledger *l, const char *path, bool replace, struct ledger_copied *out,
                  struct err *e)
{
    char temporary[PATH_MAX];
    struct trust_state state;
    int rc;

    memset(out, 0, sizeof(*out));
    if (!replace && access(path, F_OK) == 0)
        return err_set(e, EXIT_OUTPUT, "%s: is there already: name a new file, or say --replace",
                       path);
    if (newfile_open(path, temporary, e) != 0)
        return -1;
    if (copy(l->db, temporary, l->guard.path, &state, out, e) != 0) {
        newfile_drop(temporary);
        return -1;
    }
    rc = replace ? newfile_replace(temporary, path, e) : newfile_place(temporary, path, e);
    return rc == 1 ? err_set(e, EXIT_OUTPUT, "%s: is there already: name a new file", path) : rc;
}

int ledger_save_rest(struct ledger *l, char saved[PATH_MAX])
{
    struct err ignored = ERR_INIT;
    struct ledger_copied copied;
    int n = snprintf(saved, PATH_MAX, "%s.saved-%lld", l->guard.real, (long long)l->seal.state.seq);

    return n > 0 && n < PATH_MAX ? ledger_backup(l, saved, false, &copied, &ignored) : -1;
}

/* ---- restoring ---- */

/* What the ledger that is there says of itself, as far as it can be read. */
static void ask_present(const struct ledger_guard *g, struct trust_state *out)
{
    struct err ignored = ERR_INIT;
    struct db *db = db_open(g->real, LEDGER_BUSY_MS, &ignored);

    *out = (struct trust_state){.there = false};
    if (db && ledger_state(db, out, &ignored) != 0)
        out->there = false;
    db_close(db);
}

static int refuse(const char *from, enum trust trust, struct err *e)
{
    static const char accept[] = "; to put it back all the same: --accept-ledger";

    switch (trust) {
    case TRUST_OLDER:
        return err_set(e, EXIT_OUTPUT,
                       "%s: is older than the ledger that it would replace: what was issued since "
                       "would be issued again%s",
                       from, accept);
    case TRUST_OTHER:
        return err_set(e, EXIT_OUTPUT,
                       "%s: is another ledger than the one that it would replace: it does not know "
                       "what that has issued%s",
                       from, accept);
    default:
        return err_set(e, EXIT_OUTPUT,
                       "%s: is a copy that was made during a run, and may lack its end: use one "
                       "that claimpipe ledger backup has made%s",
                       from, accept);
    }
}

static int name_aside(const char *path, const char *time, const char *ending, char out[PATH_MAX],
                      struct err *e)
{
    int n = snprintf(out, PATH_MAX, "%s.before-%s%s", path, time, ending);

    return n > 0 && n < PATH_MAX ? 0
                                 : err_set(e, EXIT_OUTPUT, "ledger %s: the path is too long", path);
}

/* The ledger and what SQLite has beside it (also a -wal whose ledger is gone, which would spoil the next one);
 * its seal stays. */
static int move_aside(const char *path, bool there, struct ledger_copied *out, struct err *e)
{
    char when[CLOCK_RFC3339_MAX], from[PATH_MAX], to[PATH_MAX];
    static const char *const endings[] = {"-wal", ""};

    clock_rfc3339(clock_wall_ms(), when);
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        if (name_aside(path, when, endings[i], to, e) != 0)
            return -1;
        snprintf(from, sizeof(from), "%.*s%s", PATH_MAX - 8, path, endings[i]);
        if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) != 0 && errno != ENOENT)
            return err_set(e, EXIT_OUTPUT, "%s: can't be moved to %s: %s", from, to,
                           strerror(errno));
    }
    snprintf(from, sizeof(from), "%.*s-shm", PATH_MAX - 8, path);
    unlink(from);
    if (there)
        memcpy(out->aside, to, sizeof(out->aside));
    return 0;
}

static int seal(const char *path, const struct trust_state *state, struct err *e)
{
    struct ledger_seal seal = {.state = *state};
    int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

    if (fd < 0)
        return err_set(e, EXIT_OUTPUT, "ledger %s: %s", path, strerror(errno));
    seal.state.closed = true;
    rc = ledger_seal_measure(path, fd, &seal, e);
    close(fd);
    return rc == 0 ? ledger_seal_write(path, &seal, e) : -1;
}

/* The copy at temporary takes the place of what g holds (or of nothing). */
static int exchange(struct ledger_guard *g, bool there, const char *temporary, const char *from,
                    const struct trust_state *state, bool accept, struct ledger_copied *out,
                    struct err *e)
{
    struct trust_state present = {.there = false};
    struct ledger_seal old;
    enum trust trust;

    if (ledger_seal_read(g->real, &old, e) != 0)
        return -1;
    if (there)
        ask_present(g, &present);
    trust = trust_restore(&old.state, &present, state);
    if (trust != TRUST_GOOD && !accept)
        return refuse(from, trust, e);
    if (move_aside(g->real, there, out, e) != 0)
        return -1;
    switch (newfile_place(temporary, g->real, e)) {
    case 0:
        return seal(g->real, state, e);
    case 1:
        return err_set(e, EXIT_OUTPUT,
                       "ledger %s: was made by another process meanwhile: try again", g->path);
    default:
        return -1;
    }
}

/* Nobody may have it meanwhile, not even to look: *there, it is held. */
static int hold(struct ledger_guard *g, const char *path, struct trust_file *file, struct err *e)
{
    bool alone;
    int taken;

    if (ledger_guard_find(g, path, file, e) != 0)
        return -1;
    if (!file->there)
        return 0;
    taken = ledger_guard_hold(g, LEDGER_GUARD_WHOLE, &alone, e);
    return taken == 1 ? err_set(e, EXIT_OUTPUT,
                                "ledger %s: is in use by another process: wait for it to end", path)
                      : taken;
}

static int copy_from(const char *from, const char *temporary, struct trust_state *state,
                     struct ledger_copied *out, struct err *e)
{
    struct db *db = db_open(from, LEDGER_BUSY_MS, e);
    int rc = db ? copy(db, temporary, from, state, out, e) : -1;

    db_close(db);
    return rc;
}

int ledger_restore(const char *path, const char *from, bool accept, struct ledger_copied *out,
                   struct err *e)
{
    char temporary[PATH_MAX];
    struct ledger_guard g;
    struct trust_state state = {.there = false};
    struct trust_file file;
    struct stat st;
    int rc = -1;

    memset(out, 0, sizeof(*out));
    if (stat(from, &st) != 0)
        return err_set(e, EXIT_OUTPUT, "%s: %s: name a copy of the ledger", from, strerror(errno));
    if (ledger_is_file(path, from))
        return err_set(e, EXIT_USAGE, "%s: is the ledger itself, or a file beside it: name a copy",
                       from);
    if (!S_ISREG(st.st_mode) || st.st_size == 0)
        return err_set(e, EXIT_OUTPUT, "%s: is no ledger%s: name a copy of the ledger", from,
                       st.st_size == 0 ? ", for it is empty" : "");
    if (ledger_make_folder(path, e) != 0 || hold(&g, path, &file, e) != 0)
        return -1;
    if (newfile_open(g.real, temporary, e) == 0) {
        if (copy_from(from, temporary, &state, out, e) == 0)
            rc = exchange(&g, file.there, temporary, from, &state, accept, out, e);
        newfile_drop(temporary); /* nothing, if it has its name */
    }
    ledger_guard_close(&g);
    return rc;
}
