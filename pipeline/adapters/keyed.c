/*
 * keyed: one transaction for as long as the table is open, for there is nobody else to see it, and nothing
 * to keep when it fails.  What has failed once fails ever after: its file is then in no known state.
 */
#include "adapters/keyed.h"

#include "adapters/db.h"
#include "adapters/digest.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(KEYED_KEY_SIZE <= DIGEST_SIZE, "a key is cut from a SHA-256");

struct keyed {
    struct db *db;
    bool failed;
};

static int open_table(struct keyed *k, struct err *e)
{
    static const char create[] = "CREATE TABLE t(k BLOB PRIMARY KEY, v BLOB NOT NULL) "
                                 "WITHOUT ROWID";

    k->db = db_open_scratch(e);
    return k->db && db_exec(k->db, create, e) == 0 ? db_begin(k->db, e) : -1;
}

struct keyed *keyed_new(struct err *e)
{
    struct keyed *k = mem_zero(1, sizeof(*k));

    if (!k) {
        err_nomem(e);
        return NULL;
    }
    if (open_table(k, e) == 0)
        return k;
    keyed_free(k);
    return NULL;
}

void keyed_free(struct keyed *k)
{
    if (!k)
        return;
    db_close(k->db);
    free(k);
}

int keyed_key(struct slice s, uint8_t key[KEYED_KEY_SIZE], struct err *e)
{
    uint8_t hash[DIGEST_SIZE];

    if (digest_once(s.ptr, s.len, hash))
        return err_nomem(e);
    memcpy(key, hash, KEYED_KEY_SIZE);
    return 0;
}

/* The query, with its key bound; NULL: it has failed, now or before. */
static struct db_query *ask(struct keyed *k, const char *sql, const uint8_t key[KEYED_KEY_SIZE],
                            struct err *e)
{
    struct db_query *q;

    if (k->failed) {
        err_set(e, EXIT_OUTPUT,
                "a temporary file has failed before: run the same command again when this is "
                "mended");
        return NULL;
    }
    q = db_prepare(k->db, sql, e);
    k->failed = !q;
    if (q)
        db_bind_blob(q, 1, key, KEYED_KEY_SIZE);
    return q;
}

int keyed_put(struct keyed *k, const uint8_t key[KEYED_KEY_SIZE], struct slice value, struct err *e)
{
    static const char sql[] = "INSERT OR REPLACE INTO t VALUES(?1, ?2)";
    struct db_query *q = ask(k, sql, key, e);

    if (!q)
        return -1;
    db_bind_blob(q, 2, value.len > 0 ? value.ptr : "", value.len);
    k->failed = db_step(q, e) != 0;
    return k->failed ? -1 : 0;
}

int keyed_get(struct keyed *k, const uint8_t key[KEYED_KEY_SIZE], struct text *out, struct err *e)
{
    static const char sql[] = "SELECT v FROM t WHERE k = ?1";
    struct db_query *q = ask(k, sql, key, e);
    const void *bytes;
    size_t len;
    int rc;

    text_clear(out);
    if (!q)
        return -1;
    rc = db_step(q, e);
    k->failed = rc < 0;
    if (rc <= 0)
        return rc;
    bytes = db_blob(q, 0, &len);
    text_append(out, bytes, len);
    db_reset(q);
    return text_ok(out) ? 1 : err_nomem(e);
}
