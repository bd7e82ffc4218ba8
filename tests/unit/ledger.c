/* ledger: real files in a folder of the test's own; other processes by fork. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger/ledger.h"
#include "ledger/ledger_looks.h"
#include "ledger/ledger_targets.h"

#include "fixture.h"
#include "items.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define DB "ledger.db"
#define USER_VERSION_AT 60 /* in the file's header, big-endian: SQLite's file format, 1.3 */
#define APPLICATION_ID_AT 68

static const struct ledger_target claim = {"claim", "https://api.bitbadges.io", "id", "recipient"};
static const uint8_t hash_a[LEDGER_HASH_SIZE] = {1}, hash_b[LEDGER_HASH_SIZE] = {2};

static struct ledger *open_ledger(void)
{
    struct err e = ERR_INIT;
    struct ledger *l = ledger_open(DB, &e);

    if (!l)
        fail_msg("%s", e.text);
    return l;
}

static int begin_of(struct ledger *l, const struct ledger_target *t, const char *variant,
                    const char *input, const uint8_t *hash, struct ledger_run *run, struct err *e)
{
    int64_t target;

    return ledger_target_id(l, t, &target, e) == 0 &&
                   ledger_run_begin(l, target, variant,
                                    &(struct ledger_input){
                                        .name = input, .hash = hash, .rows = 3, .reading = ""},
                                    run, e) == 0
               ? ledger_commit(l, e)
               : -1;
}

static struct ledger_run begin_at(struct ledger *l, const struct ledger_target *t,
                                  const char *input, const uint8_t *hash)
{
    struct err e = ERR_INIT;
    struct ledger_run run;

    if (begin_of(l, t, "", input, hash, &run, &e) != 0)
        fail_msg("%s", e.text);
    return run;
}

static struct ledger_run begin(struct ledger *l, const char *input, const uint8_t *hash)
{
    return begin_at(l, &claim, input, hash);
}

static void end(struct ledger *l, const struct ledger_run *run, bool finished)
{
    struct err e = ERR_INIT;

    assert_int_equal(ledger_run_end(l, run, finished, EXIT_DONE, NULL, &e), 0);
}

/* Key number n. */
static const uint8_t *key(unsigned n)
{
    static uint8_t k[KEY_SIZE];

    memset(k, 0, sizeof k);
    memcpy(k, &n, sizeof n);
    return k;
}

static int64_t add(struct ledger *l, const struct ledger_run *run, unsigned n)
{
    struct err e = ERR_INIT;
    char recipient[32];
    int64_t id = 0;

    snprintf(recipient, sizeof recipient, "bb1%u", n);
    if (add_item(l, run, run->target, key(n), recipient, n, n + 1, &id, &e) != 0)
        fail_msg("%s", e.text);
    assert_true(id > 0);
    return id;
}

static int move(struct ledger *l, int64_t item, enum state to, struct err *e)
{
    const struct ledger_move m = {
        .to = to,
        .attempt = to == STATE_ACCEPTED ? "attempt" : NULL,
        .error = to == STATE_FAILED ? "Code already used" : NULL,
        .tries = 2,
        .intent_ms = to == STATE_SENDING ? 77 : 0,
        .http_status = to == STATE_SENDING ? 0 : 200,
        .now_ms = 1000 + to,
    };

    return ledger_move(l, item, &m, e);
}

static void must_move(struct ledger *l, int64_t item, enum state to)
{
    struct err e = ERR_INIT;

    if (move(l, item, to, &e) != 0)
        fail_msg("%s", e.text);
}

static void commit(struct ledger *l)
{
    struct err e = ERR_INIT;

    assert_int_equal(ledger_commit(l, &e), 0);
}

/* What the ledger has of key n: 1 or 0. */
static int find(struct ledger *l, const struct ledger_run *run, unsigned n, struct ledger_item *out)
{
    struct err e = ERR_INIT;
    int found = ledger_find(l, run->target, key(n), out, &e);

    if (found < 0)
        fail_msg("%s", e.text);
    return found;
}

static enum state state_of(struct ledger *l, const struct ledger_run *run, unsigned n)
{
    struct ledger_item item;

    assert_int_equal(find(l, run, n, &item), 1);
    return item.state;
}

/* ---- the file ---- */

static unsigned mode_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static void test_modes(void **state)
{
    static const char *const files[] = {"a/b/ledger.db", "a/b/ledger.db-wal", "a/b/ledger.db-shm",
                                        "a/b/ledger.db-lock"};
    struct err e = ERR_INIT;
    struct ledger_run run;
    struct ledger *l;

    (void)state;
    umask(0);
    l = ledger_open("a/b/ledger.db", &e);
    assert_non_null(l);
    assert_int_equal(begin_of(l, &claim, "", "in.csv", hash_a, &run, &e), 0);
    assert_int_equal(ledger_lock(l, &claim, NULL, &e), 0);
    for (size_t i = 0; i < COUNT(files); i++)
        assert_int_equal(mode_of(files[i]), 0600);
    assert_int_equal(mode_of("a"), 0700);
    assert_int_equal(mode_of("a/b"), 0700);
    ledger_close(l);
    umask(022);
}

static void test_paths_that_cannot_be(void **state)
{
    static const struct {
        const char *path, *says;
    } cases[] = {
        {"folder", "is no file"},
        {"file/ledger.db", "Not a directory"},
        {"", "No such file"},
        {"/proc/claimpipe/ledger.db", "can't make the folder"},
    };

    (void)state;
    assert_int_equal(mkdir("folder", 0700), 0);
    put_file("file", "kept");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;

        assert_null(ledger_open(cases[i].path, &e));
        assert_int_equal(e.code, EXIT_OUTPUT);
        assert_says(e.text, cases[i].says);
    }
    ledger_close(NULL);
}

static void test_path_too_long(void **state)
{
    static char path[2 * PATH_MAX];
    static const size_t lens[] = {sizeof path - 1, PATH_MAX, PATH_MAX - 1};

    (void)state;
    for (size_t i = 0; i < COUNT(lens); i++) {
        struct err e = ERR_INIT;

        memset(path, 'x', sizeof path);
        path[lens[i]] = '\0';
        assert_null(ledger_open(path, &e));
        assert_int_equal(e.code, EXIT_OUTPUT);
    }
}

/* A name that SQLite takes for a ledger in memory would remember nothing. */
static void test_names_with_a_meaning(void **state)
{
    static const char *const names[] = {":memory:", "file:x?mode=memory", "plain name"};

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        struct err e = ERR_INIT;
        struct ledger_run run;
        struct stat st;
        struct ledger *l = ledger_open(names[i], &e);

        if (!l)
            continue; /* refused: just as well */
        assert_int_equal(begin_of(l, &claim, "", "in.csv", hash_a, &run, &e), 0);
        ledger_close(l);
        assert_int_equal(stat(names[i], &st), 0);
        if (st.st_size == 0)
            fail_msg("a ledger called \"%s\" is not kept", names[i]);
    }
}

static void put_be32(const char *path, off_t at, uint32_t value)
{
    const uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                              (uint8_t)value};
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, sizeof bytes, at), sizeof bytes);
    close(fd);
}

static void assert_refused(const char *says)
{
    struct err e = ERR_INIT;

    assert_null(ledger_open(DB, &e));
    assert_int_equal(e.code, EXIT_OUTPUT);
    assert_says(e.text, DB);
    assert_says(e.text, says);
}

static void test_newer_schema(void **state)
{
    (void)state;
    ledger_close(open_ledger());
    put_be32(DB, USER_VERSION_AT, 99);
    assert_refused("made by a newer claimpipe (schema 99)");
}

static void test_another_programs_database(void **state)
{
    (void)state;
    ledger_close(open_ledger());
    put_be32(DB, APPLICATION_ID_AT, 0x47504b47);
    assert_refused("is another program's database");
    put_be32(DB, APPLICATION_ID_AT, 0);
    assert_refused("is another program's database");
    put_be32(DB, USER_VERSION_AT, 0);
    assert_refused("is another program's database");
}

static void test_garbage(void **state)
{
    static const char text[] = "Name,Wallet\nAnn,0x12\n";
    char big[8192], got[sizeof big];
    FILE *f;

    (void)state;
    put_file(DB, text);
    assert_refused("the file is damaged or no ledger");
    memset(big, 'x', sizeof big);
    put_bytes(DB, big, sizeof big);
    assert_refused("the file is damaged or no ledger");
    f = fopen(DB, "r");
    assert_non_null(f);
    assert_int_equal(fread(got, 1, sizeof got, f), sizeof big);
    fclose(f);
    assert_memory_equal(got, big, sizeof big); /* it was not ours to write to */
}

static void test_empty_file(void **state)
{
    (void)state;
    struct err cut = ERR_INIT, copied = ERR_INIT;

    put_file(DB, "");
    assert_null(ledger_open(DB, &cut));
    assert_int_equal(cut.code, EXIT_OUTPUT);
    assert_says(cut.text, "the file is empty");
    assert_null(ledger_open_copy(DB, true, &copied));
    assert_says(copied.text, "the file is empty");
}

/* ---- runs ---- */

static void test_runs(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run first = begin(l, "in.csv", hash_a), again, other;

    (void)state;
    assert_int_equal(first.pass, 1);
    assert_false(first.resumed || first.input_changed);
    again = begin(l, "in.csv", hash_a); /* it was killed: there is no end */
    assert_int_equal(again.id, first.id);
    assert_int_equal(again.pass, 2);
    assert_true(again.resumed);
    assert_false(again.input_changed);
    end(l, &again, false); /* it ended, unfinished */
    again = begin(l, "in.csv", hash_a);
    assert_int_equal(again.id, first.id);
    assert_int_equal(again.pass, 3);
    other = begin(l, "other.csv", hash_a);
    assert_int_not_equal(other.id, first.id);
    assert_int_equal(other.target, first.target);
    assert_false(other.resumed);
    end(l, &again, true);
    again = begin(l, "in.csv", hash_a); /* finished: a new one */
    assert_int_not_equal(again.id, first.id);
    assert_int_equal(again.pass, 1);
    assert_false(again.resumed);
    ledger_close(l);
}

static void test_targets(void **state)
{
    static const struct ledger_target targets[] = {
        {.action = "claim", .url = "https://api.bitbadges.io", .name = "id"},
        {.action = "code", .url = "https://api.bitbadges.io", .name = "id"},
        {.action = "claim", .url = "https://api.bitbadges.io/testnet", .name = "id"},
        {.action = "claim", .url = "https://api.bitbadges.io", .name = "id2"},
    };
    struct ledger *l = open_ledger();
    struct ledger_run runs[COUNT(targets)], again;
    struct ledger_item item;

    (void)state;
    for (size_t i = 0; i < COUNT(targets); i++) {
        runs[i] = begin_at(l, &targets[i], "in.csv", hash_a);
        assert_false(runs[i].resumed);
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(runs[i].target, runs[k].target);
        assert_int_equal(find(l, &runs[i], 7, &item), 0); /* keys are of a target */
        add(l, &runs[i], 7);
    }
    again = begin_at(l, &targets[2], "in.csv", hash_a);
    assert_int_equal(again.id, runs[2].id);
    ledger_close(l);
}

static int begin_variant(struct ledger *l, const char *key_words, const char *variant,
                         struct ledger_run *run, struct err *e)
{
    struct ledger_target t = claim;

    t.key = key_words;
    *e = (struct err)ERR_INIT;
    return begin_of(l, &t, variant, "in.csv", hash_a, run, e);
}

static void test_variants(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run first, second, again;
    struct err e;

    (void)state;
    assert_int_equal(begin_variant(l, "recipient", "", &first, &e), 0);
    assert_int_equal(begin_variant(l, "recipient", "again 2", &second, &e), 0);
    assert_int_not_equal(second.id, first.id);
    assert_int_equal(second.target, first.target);
    assert_int_equal(begin_variant(l, "recipient", "", &again, &e), 0);
    assert_int_equal(again.id, first.id);
    assert_true(again.resumed);
    ledger_close(l);
}

/* By another key everybody would be new. */
static void test_another_key(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run run;
    struct ledger_item item;
    struct err e;

    (void)state;
    assert_int_equal(begin_variant(l, "recipient", "", &run, &e), 0);
    assert_int_equal(begin_variant(l, "Email", "", &run, &e), 0); /* nothing stands there yet */
    add(l, &run, 1);
    commit(l);
    ledger_close(l);
    l = open_ledger();
    assert_int_equal(begin_variant(l, "recipient", "", &run, &e), -1);
    assert_int_equal(e.code, EXIT_USAGE);
    assert_says(e.text, "its recipients are known by Email; by ");
    ledger_close(l);
    l = open_ledger();
    assert_int_equal(begin_variant(l, "Email", "", &run, &e), 0);
    assert_int_equal(find(l, &run, 1, &item), 1);
    ledger_close(l);
}

static void put_row(struct ledger *l, const struct ledger_run *run, uint64_t row,
                    enum ledger_row_kind kind, int64_t item)
{
    const struct ledger_row r = {
        .kind = kind,
        .step = item ? 1 : 0,
        .row = row,
        .line = row + 1,
        .item = item,
        .of_run = kind == LEDGER_ROW_DUPLICATE ? 4 : 0,
        .of_line = kind == LEDGER_ROW_DUPLICATE ? 44 : 0,
        .error = kind == LEDGER_ROW_INVALID ? "column \"Wallet\" is empty" : NULL,
    };
    struct err e = ERR_INIT;

    if (ledger_put_rows(l, run, &r, 1, &e) != 0)
        fail_msg("%s", e.text);
}

static unsigned count_rows(struct ledger *l, const struct ledger_run *run)
{
    struct err e = ERR_INIT;
    struct ledger_cursor *c = ledger_cursor_open(l, run->id, &e);
    struct ledger_result r;
    unsigned n = 0;

    assert_non_null(c);
    while (ledger_cursor_next(c, &r, &e) == 1)
        n++;
    assert_int_equal(e.code, EXIT_DONE);
    ledger_cursor_close(c);
    return n;
}

static void test_changed_input_forgets_rows(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, "in.csv", hash_a), other = begin(l, "other.csv", hash_a);
    struct ledger_item item;

    (void)state;
    put_row(l, &run, 1, LEDGER_ROW_OWNER, add(l, &run, 1));
    put_row(l, &run, 2, LEDGER_ROW_INVALID, 0);
    put_row(l, &other, 1, LEDGER_ROW_INVALID, 0);
    commit(l);
    run = begin(l, "in.csv", hash_a);
    assert_int_equal(count_rows(l, &run), 2);
    run = begin(l, "in.csv", hash_b);
    assert_true(run.resumed && run.input_changed);
    assert_int_equal(count_rows(l, &run), 0);
    assert_int_equal(count_rows(l, &other), 1);
    assert_int_equal(find(l, &run, 1, &item), 1); /* what was issued is not forgotten */
    run = begin(l, "in.csv", hash_b);
    assert_false(run.input_changed);
    ledger_close(l);
}

/* ---- items ---- */

static void test_item(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, "in.csv", hash_a), later;
    struct ledger_item item;
    struct err e = ERR_INIT;
    int64_t id;

    (void)state;
    assert_int_equal(find(l, &run, 5, &item), 0);
    id = add(l, &run, 5);
    assert_int_equal(find(l, &run, 5, &item), 1);
    assert_int_equal(item.id, id);
    assert_int_equal(item.run, run.id);
    assert_int_equal(item.pass, 1);
    assert_int_equal(item.row, 5);
    assert_int_equal(item.line, 6);
    assert_int_equal(item.state, STATE_PLANNED);
    assert_int_equal(item.tries, 0);
    assert_int_equal(item.intent_ms, 0);
    must_move(l, id, STATE_SENDING);
    assert_int_equal(find(l, &run, 5, &item), 1);
    assert_int_equal(item.intent_ms, 77);
    assert_int_equal(item.changed_ms, 1000 + STATE_SENDING);
    assert_int_equal(item.tries, 2);
    must_move(l, id, STATE_ACCEPTED);
    assert_int_equal(find(l, &run, 5, &item), 1);
    assert_int_equal(item.intent_ms, 77); /* 0: as it was */
    later = begin(l, "later.csv", hash_b);
    assert_int_equal(ledger_take(l, &later, id, 50, 51, &e), 0);
    assert_int_equal(find(l, &run, 5, &item), 1);
    assert_int_equal(item.run, later.id);
    assert_int_equal(item.row, 50);
    assert_int_equal(item.line, 51);
    assert_int_equal(item.state, STATE_ACCEPTED);
    ledger_close(l);
}

/* The ways into each state. */
static void lead_to(struct ledger *l, int64_t item, enum state to)
{
    if (to == STATE_PLANNED)
        return;
    if (to != STATE_ELSEWHERE)
        must_move(l, item, STATE_SENDING);
    if (to != STATE_SENDING)
        must_move(l, item, to);
}

static void test_transitions(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, "in.csv", hash_a);
    unsigned n = 0;

    (void)state;
    for (enum state from = 0; from < STATE_COUNT; from++) {
        for (enum state to = 0; to < STATE_COUNT; to++) {
            int64_t item = add(l, &run, ++n);
            struct ledger_item before, after;
            struct err e = ERR_INIT;
            int rc;

            memset(&before, 0, sizeof before); /* they are compared with their padding */
            memset(&after, 0, sizeof after);
            lead_to(l, item, from);
            commit(l);
            find(l, &run, n, &before);
            rc = move(l, item, to, &e);
            assert_int_equal(rc, state_may(from, to) ? 0 : -1);
            if (rc == 0) {
                assert_int_equal(state_of(l, &run, n), to);
                continue;
            }
            assert_int_equal(e.code, EXIT_OUTPUT);
            assert_says(e.text, state_name(to));
            find(l, &run, n, &after);
            assert_memory_equal(&before, &after, sizeof before);
        }
    }
    ledger_close(l);
}

static void test_no_such_item(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, "in.csv", hash_a);
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(move(l, add(l, &run, 1) + 1, STATE_SENDING, &e), -1);
    assert_int_equal(e.code, EXIT_OUTPUT);
    assert_int_equal(state_of(l, &run, 1), STATE_PLANNED);
    ledger_close(l);
}

static void test_key_once(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, "in.csv", hash_a), later;
    struct err e = ERR_INIT;
    int64_t item = add(l, &run, 1), id = 0;

    (void)state;
    lead_to(l, item, STATE_SUCCESS);
    commit(l);
    end(l, &run, true);
    later = begin(l, "other.csv", hash_b); /* another file: the same key is the same item */
    assert_int_equal(state_of(l, &later, 1), STATE_SUCCESS);
    assert_int_equal(add_item(l, &later, later.target, key(1), "bb1x", 9, 9, &id, &e), -1);
    assert_int_equal(e.code, EXIT_OUTPUT);
    ledger_close(l);
}

/* ---- who else works with it ---- */

static void test_is_alone(void **state)
{
    struct ledger *l = open_ledger(), *other;
    struct err e = ERR_INIT;

    (void)state;
    assert_true(ledger_is_alone(l));
    other = open_ledger();
    assert_false(ledger_is_alone(l));
    assert_false(ledger_is_alone(other));
    ledger_close(other);
    assert_true(ledger_is_alone(l));
    other = ledger_open_look(DB, &e); /* who only looks never waits */
    assert_non_null(other);
    assert_true(ledger_is_alone(l));
    ledger_close(other);
    other = ledger_open_copy(DB, false, &e);
    assert_non_null(other);
    assert_true(ledger_is_alone(l) && ledger_is_alone(other));
    ledger_close(other);
    ledger_close(l);
}

/* ---- durability ---- */

static void test_nothing_before_commit(void **state)
{
    struct ledger *l = open_ledger(), *other;
    struct ledger_run run = begin(l, "in.csv", hash_a);
    struct ledger_item item;
    int64_t id;

    (void)state;
    other = open_ledger();
    id = add(l, &run, 1);
    assert_int_equal(find(l, &run, 1, &item), 1);
    assert_int_equal(find(other, &run, 1, &item), 0);
    commit(l);
    assert_int_equal(find(other, &run, 1, &item), 1);
    must_move(l, id, STATE_SENDING);
    assert_int_equal(state_of(other, &run, 1), STATE_PLANNED);
    commit(l);
    assert_int_equal(state_of(other, &run, 1), STATE_SENDING);
    commit(l); /* nothing to do */
    ledger_close(other);
    ledger_close(l);
}

static void test_close_without_commit(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, "in.csv", hash_a);
    struct ledger_item item;

    (void)state;
    add(l, &run, 1);
    commit(l);
    add(l, &run, 2);
    ledger_close(l);
    l = open_ledger();
    assert_int_equal(find(l, &run, 1, &item), 1);
    assert_int_equal(find(l, &run, 2, &item), 0);
    ledger_close(l);
}

/* After a failed write its transaction is gone; the ledger itself goes on. */
static void test_rollback(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, "in.csv", hash_a);
    struct ledger_item item;
    struct err e = ERR_INIT;
    int64_t id = 0;

    (void)state;
    add(l, &run, 1);
    commit(l);
    add(l, &run, 2);
    assert_int_equal(add_item(l, &run, run.target, key(1), "bb1x", 9, 9, &id, &e), -1);
    assert_int_equal(e.code, EXIT_OUTPUT);
    commit(l);
    assert_int_equal(find(l, &run, 1, &item), 1);
    assert_int_equal(find(l, &run, 2, &item), 0);
    add(l, &run, 3);
    commit(l);
    ledger_close(l);
    l = open_ledger();
    assert_int_equal(find(l, &run, 3, &item), 1);
    ledger_close(l);
}

/* What a dead process left behind: committed, and never more. */
static void test_killed(void **state)
{
    struct ledger_run run;
    struct ledger_item item;
    struct ledger *l;
    pid_t child;
    int status;

    (void)state;
    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        l = open_ledger();
        run = begin(l, "in.csv", hash_a);
        lead_to(l, add(l, &run, 1), STATE_SENDING);
        commit(l);
        must_move(l, 1, STATE_ACCEPTED);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    l = open_ledger();
    run = begin(l, "in.csv", hash_a);
    assert_true(run.resumed);
    assert_int_equal(find(l, &run, 1, &item), 1);
    assert_int_equal(item.state, STATE_SENDING);
    ledger_close(l);
}

/* ---- the lock ---- */

/* Runs act in a process of its own, which then waits until the pipe is closed. */
static pid_t start_holder(void (*act)(struct ledger *l), int *release)
{
    int ready[2], hold[2];
    pid_t child;
    char c;

    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(hold), 0);
    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(hold[1]);
        act(open_ledger());
        if (write(ready[1], "r", 1) != 1 || read(hold[0], &c, 1) < 0)
            _exit(1);
        _exit(0);
    }
    close(ready[1]);
    close(hold[0]);
    assert_int_equal(read(ready[0], &c, 1), 1);
    close(ready[0]);
    *release = hold[1];
    return child;
}

static void hold_claim(struct ledger *l)
{
    struct err e = ERR_INIT;

    if (ledger_lock(l, &claim, NULL, &e) != 0)
        _exit(2);
    begin(l, "held.csv", hash_a);
}

static void hold_claim_without_run(struct ledger *l)
{
    struct err e = ERR_INIT;

    if (ledger_lock(l, &claim, NULL, &e) != 0)
        _exit(2);
}

static void release(pid_t child, int fd)
{
    int status = -1;

    close(fd);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void test_lock(void **state)
{
    static const struct ledger_target other = {"claim", "https://api.bitbadges.io", "other",
                                               "recipient"};
    struct err e = ERR_INIT, none = ERR_INIT;
    char pid[32];
    int fd;
    pid_t child;
    struct ledger *l;

    (void)state;
    child = start_holder(hold_claim, &fd);
    l = open_ledger();
    assert_int_equal(ledger_lock(l, &claim, NULL, &e), -1);
    assert_int_equal(e.code, EXIT_OUTPUT);
    snprintf(pid, sizeof pid, "process %ld ", (long)child);
    assert_says(e.text, pid);
    assert_says(e.text, "run 1 over held.csv");
    ledger_close(l);
    l = open_ledger();
    assert_int_equal(ledger_lock(l, &other, NULL, &none), 0); /* another target */
    ledger_close(l);
    release(child, fd);
    l = open_ledger();
    assert_int_equal(ledger_lock(l, &claim, NULL, &none), 0); /* the holder died: no lock is left */
    ledger_close(l);
}

static void test_lock_before_any_run(void **state)
{
    struct err e = ERR_INIT;
    char pid[32];
    int fd;
    pid_t child;
    struct ledger *l;

    (void)state;
    child = start_holder(hold_claim_without_run, &fd);
    l = open_ledger();
    assert_int_equal(ledger_lock(l, &claim, NULL, &e), -1);
    snprintf(pid, sizeof pid, "process %ld ", (long)child);
    assert_says(e.text, pid);
    ledger_close(l);
    release(child, fd);
}

/* Codes are given by several processes at once, but to the rows of one input only by one. */
static const struct ledger_target codes = {"code", "", "seed:1", "recipient"};

static void hold_codes_of_one_input(struct ledger *l)
{
    struct err e = ERR_INIT;

    if (ledger_lock(l, &codes, "/a.csv", &e) != 0)
        _exit(2);
}

static void test_lock_of_one_input(void **state)
{
    static const struct {
        const struct ledger_target *target;
        const char *input;
        int rc;
    } cases[] = {
        {&codes, "/a.csv", -1}, {&codes, "/b.csv", 0}, {&codes, "", 0},
        {&codes, NULL, 0},      {&claim, "/a.csv", 0},
    };
    int fd;
    pid_t child;

    (void)state;
    child = start_holder(hold_codes_of_one_input, &fd);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        struct ledger *l = open_ledger();

        assert_int_equal(ledger_lock(l, cases[i].target, cases[i].input, &e), cases[i].rc);
        assert_int_equal(e.code, cases[i].rc ? EXIT_OUTPUT : EXIT_DONE);
        if (cases[i].rc)
            assert_says(e.text, "code seed:1 is being worked on by process");
        assert_int_equal(ledger_lock(l, cases[i].target, "/c.csv", &e), 0); /* one more */
        ledger_close(l);
    }
    release(child, fd);
}

static void test_lock_all_waits_for_every_input(void **state)
{
    struct err e = ERR_INIT, none = ERR_INIT;
    struct ledger *l;
    int fd;
    pid_t child;

    (void)state;
    child = start_holder(hold_codes_of_one_input, &fd);
    l = open_ledger();
    assert_int_equal(ledger_lock_all(l, &e), -1);
    assert_says(e.text, "is being worked on by process");
    release(child, fd);
    assert_int_equal(ledger_lock_all(l, &none), 0);
    assert_int_equal(ledger_lock_all(l, &none), 0); /* a process may take it more than once */
    assert_int_equal(ledger_lock(l, &codes, "/a.csv", &none), 0);
    ledger_close(l);
}

/* ---- a copy, to try things on ---- */

static size_t read_file(const char *path, char *buf, size_t size)
{
    FILE *f = fopen(path, "r");
    size_t n;

    assert_non_null(f);
    n = fread(buf, 1, size, f);
    fclose(f);
    assert_true(n < size);
    return n;
}

static void test_copy(void **state)
{
    static char before[1 << 20], after[1 << 20];
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, "in.csv", hash_a), tried;
    struct ledger_item item;
    struct err e = ERR_INIT;
    int64_t done = add(l, &run, 1);
    size_t n;

    (void)state;
    lead_to(l, done, STATE_ACCEPTED);
    commit(l);
    ledger_close(l);
    n = read_file(DB, before, sizeof before);

    l = ledger_open_copy(DB, false, &e);
    if (!l)
        fail_msg("%s", e.text);
    assert_int_equal(state_of(l, &run, 1), STATE_ACCEPTED); /* it knows what was done */
    tried = begin(l, "in.csv", hash_a);
    assert_true(tried.resumed);
    must_move(l, done, STATE_SUCCESS);
    add(l, &tried, 2);
    commit(l);
    assert_int_equal(state_of(l, &run, 1), STATE_SUCCESS);
    ledger_close(l);

    assert_int_equal(read_file(DB, after, sizeof after), n);
    assert_memory_equal(before, after, n);
    l = open_ledger();
    assert_int_equal(state_of(l, &run, 1), STATE_ACCEPTED);
    assert_int_equal(find(l, &run, 2, &item), 0);
    ledger_close(l);
}

/* Of what another process has committed, and not of what it is about to. */
static void test_copy_while_a_run_goes_on(void **state)
{
    struct ledger *l = open_ledger(), *copy;
    struct ledger_run run = begin(l, "in.csv", hash_a);
    struct ledger_item item;
    struct err e = ERR_INIT;

    (void)state;
    add(l, &run, 1);
    commit(l);
    add(l, &run, 2);
    copy = ledger_open_copy(DB, false, &e);
    assert_non_null(copy);
    assert_int_equal(find(copy, &run, 1, &item), 1);
    assert_int_equal(find(copy, &run, 2, &item), 0);
    add(copy, &run, 2);
    add(copy, &run, 3);
    commit(copy);
    add(l, &run, 3); /* it is in nobody's way */
    commit(l);
    ledger_close(copy);
    assert_int_equal(find(l, &run, 3, &item), 1);
    ledger_close(l);
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

static void test_copy_of_nothing(void **state)
{
    static const char *const none[] = {DB, "a/b/" DB};
    struct ledger_item item;

    (void)state;
    for (size_t i = 0; i < COUNT(none); i++) {
        struct err e = ERR_INIT;
        struct ledger *l = ledger_open_copy(none[i], false, &e);
        struct ledger_run run;

        assert_non_null(l);
        run = begin(l, "in.csv", hash_a);
        assert_false(run.resumed);
        add(l, &run, 1);
        commit(l);
        assert_int_equal(find(l, &run, 1, &item), 1);
        ledger_close(l);
        assert_false(is_there(none[i]));
    }
    assert_false(is_there("a") || is_there("(none)"));
}

static void test_copy_that_cannot_be(void **state)
{
    struct err damaged = ERR_INIT, newer = ERR_INIT;

    (void)state;
    put_file(DB, "Name,Wallet\nAnn,0x12\n");
    assert_null(ledger_open_copy(DB, false, &damaged));
    assert_int_equal(damaged.code, EXIT_OUTPUT);
    assert_says(damaged.text, DB);
    assert_int_equal(unlink(DB), 0);
    ledger_close(open_ledger());
    put_be32(DB, USER_VERSION_AT, 99);
    assert_null(ledger_open_copy(DB, false, &newer));
    assert_says(newer.text, "made by a newer claimpipe");
}

/* ---- what is under way ---- */

struct seen {
    unsigned n, stop_at;
    int64_t last;
    unsigned states;
};

static int see(void *context, const struct ledger_item *item, struct err *e)
{
    struct seen *s = context;
    char recipient[32];

    assert_true(item->id > s->last);
    s->last = item->id;
    s->states |= 1u << item->state;
    snprintf(recipient, sizeof recipient, "bb1%" PRIu64, item->row);
    assert_string_equal(item->recipient, recipient);
    assert_string_equal(item->attempt, item->state == STATE_ACCEPTED ? "attempt" : "");
    if (++s->n == s->stop_at)
        return err_set(e, EXIT_STOPPED, "enough");
    return 0;
}

static void test_under_way(void **state)
{
    static const struct ledger_target elsewhere = {"claim", "https://api.bitbadges.io", "other",
                                                   "recipient"};
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, "in.csv", hash_a), other;
    struct seen all = {.last = 0}, some = {.stop_at = 2}, none = {.last = 0};
    struct err e = ERR_INIT;
    unsigned n = 0;

    (void)state;
    for (int round = 0; round < 3; round++)
        for (enum state s = 0; s < STATE_COUNT; s++)
            lead_to(l, add(l, &run, ++n), s);
    commit(l);
    run = begin(l, "another.csv", hash_b); /* whichever run it was */
    assert_int_equal(ledger_under_way(l, run.target, see, &all, &e), 0);
    assert_int_equal(all.n, 9);
    assert_int_equal(all.states, 1u << STATE_SENDING | 1u << STATE_ACCEPTED | 1u << STATE_UNKNOWN);
    assert_int_equal(ledger_under_way(l, run.target, see, &some, &e), -1);
    assert_string_equal(e.text, "enough");
    assert_int_equal(some.n, 2);
    other = begin_at(l, &elsewhere, "in.csv", hash_a);
    assert_int_equal(ledger_under_way(l, other.target, see, &none, &e), 0);
    assert_int_equal(none.n, 0);
    ledger_close(l);
}

/* Whatever target the other item has: the service gives an id once. */
static void test_attempts(void **state)
{
    static const struct ledger_target elsewhere = {"claim", "https://api.bitbadges.io", "other",
                                                   "recipient"};
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, "in.csv", hash_a), of_other;
    struct err e = ERR_INIT;
    int64_t item = add(l, &run, 1), other = add(l, &run, 2), third;

    (void)state;
    commit(l);
    of_other = begin_at(l, &elsewhere, "in.csv", hash_b);
    third = add(l, &of_other, 1);
    lead_to(l, item, STATE_ACCEPTED);
    assert_int_equal(ledger_has_attempt(l, "attempt", NULL, other, &e), 1);
    assert_int_equal(ledger_has_attempt(l, "attempt", NULL, third, &e), 1);
    assert_int_equal(ledger_has_attempt(l, "attempt", NULL, 0, &e), 1);
    assert_int_equal(ledger_has_attempt(l, "attempt", NULL, item, &e), 0);
    assert_int_equal(ledger_has_attempt(l, "another", NULL, other, &e), 0);
    assert_int_equal(ledger_has_attempt(l, "attemp", NULL, other, &e), 0);
    assert_int_equal(ledger_has_attempt(l, "", NULL, item, &e), 0);
    assert_int_equal(ledger_has_attempt(l, "attempt", "bb11", other, &e), 1);
    assert_int_equal(ledger_has_attempt(l, "attempt", "bb11", item, &e), 0);
    assert_int_equal(ledger_has_attempt(l, "attempt", "bb12", other, &e), 0); /* of somebody else */
    assert_int_equal(ledger_has_attempt(l, "attempt", "", other, &e), 0);
    lead_to(l, third, STATE_ACCEPTED); /* of two that have it, each knows the other's */
    assert_int_equal(ledger_has_attempt(l, "attempt", NULL, item, &e), 1);
    for (enum state to = STATE_SUCCESS; to < STATE_UNKNOWN; to++) {
        int64_t rests = add(l, &run, 10 + to);

        lead_to(l, rests, STATE_ACCEPTED);
        must_move(l, rests, to); /* come to rest it still has it */
        assert_int_equal(ledger_has_attempt(l, "attempt", NULL, other, &e), 1);
    }
    ledger_close(l);
}

/* Of an item that ledger_get has handed over, and its texts. */
struct got {
    struct ledger_item item;
    char recipient[32], attempt[32];
};

static int get_it(void *context, const struct ledger_item *item, struct err *e)
{
    struct got *g = context;

    (void)e;
    g->item = *item;
    snprintf(g->recipient, sizeof g->recipient, "%s", item->recipient);
    snprintf(g->attempt, sizeof g->attempt, "%s", item->attempt);
    return 0;
}

static int refuse_it(void *context, const struct ledger_item *item, struct err *e)
{
    (void)context;
    (void)item;
    return err_set(e, EXIT_STOPPED, "enough");
}

/* An item as a whole, whichever target and run it is of. */
static void test_get(void **state)
{
    static const struct ledger_target elsewhere = {"claim", "https://api.bitbadges.io", "other",
                                                   "recipient"};
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, "in.csv", hash_a), of_other;
    struct err e = ERR_INIT;
    struct got got;
    int64_t one, two;

    (void)state;
    one = add(l, &run, 1);
    lead_to(l, one, STATE_FAILED);
    commit(l);
    of_other = begin_at(l, &elsewhere, "in.csv", hash_b);
    two = add(l, &of_other, 2);
    lead_to(l, two, STATE_ACCEPTED);
    assert_int_equal(ledger_get(l, one, get_it, &got, &e), 1);
    assert_int_equal(got.item.id, one);
    assert_int_equal(got.item.target, run.target);
    assert_int_equal(got.item.state, STATE_FAILED);
    assert_int_equal(got.item.tries, 2);
    assert_string_equal(got.recipient, "bb11");
    assert_string_equal(got.attempt, "");
    assert_int_equal(ledger_get(l, two, get_it, &got, &e), 1);
    assert_int_equal(got.item.target, of_other.target);
    assert_int_equal(got.item.run, of_other.id);
    assert_int_equal(got.item.state, STATE_ACCEPTED);
    assert_int_equal(got.item.intent_ms, 77);
    assert_string_equal(got.recipient, "bb12");
    assert_string_equal(got.attempt, "attempt");
    assert_int_equal(ledger_get(l, two + 1, get_it, &got, &e), 0);
    assert_int_equal(ledger_get(l, 0, get_it, &got, &e), 0);
    assert_int_equal(ledger_get(l, -1, get_it, &got, &e), 0);
    assert_int_equal(ledger_get(l, two, refuse_it, NULL, &e), -1);
    assert_string_equal(e.text, "enough");
    ledger_close(l);
}

/* What was read holds no older state of the file, over which nothing could be written once another
 * process has. */
static void test_get_and_another_writes(void **state)
{
    struct ledger *l = open_ledger(), *other;
    struct ledger_run run = begin(l, "in.csv", hash_a);
    struct err e = ERR_INIT, enough = ERR_INIT;
    int64_t one = add(l, &run, 1), two = add(l, &run, 2);
    struct got got;

    (void)state;
    lead_to(l, one, STATE_ACCEPTED);
    commit(l);
    other = open_ledger();
    assert_int_equal(ledger_get(l, one, get_it, &got, &e), 1);
    must_move(other, two, STATE_SENDING);
    commit(other);
    must_move(l, one, STATE_SUCCESS);
    commit(l);
    assert_int_equal(state_of(other, &run, 1), STATE_SUCCESS);
    assert_int_equal(state_of(l, &run, 2), STATE_SENDING);
    assert_int_equal(ledger_get(l, one, refuse_it, NULL, &enough), -1);
    must_move(other, two, STATE_UNKNOWN);
    commit(other);
    must_move(l, two, STATE_SUCCESS);
    commit(l);
    ledger_close(other);
    ledger_close(l);
}

/* Of one recipient: those of the target that have succeeded, but for the one that asks. */
static void test_successes(void **state)
{
    static const struct ledger_target elsewhere = {"claim", "https://api.bitbadges.io", "other",
                                                   "recipient"};
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, "in.csv", hash_a), of_other;
    struct err e = ERR_INIT;
    int64_t items[STATE_COUNT], n = -1, id = 0;

    (void)state;
    for (enum state s = 0; s < STATE_COUNT; s++) { /* all of one recipient, by other keys */
        assert_int_equal(
            add_item(l, &run, run.target, key(100 + s), "bb1x", s + 1, s + 2, &items[s], &e), 0);
        lead_to(l, items[s], s);
    }
    lead_to(l, add(l, &run, 1), STATE_SUCCESS); /* somebody else */
    commit(l);
    of_other = begin_at(l, &elsewhere, "in.csv", hash_b);
    assert_int_equal(add_item(l, &of_other, of_other.target, key(9), "bb1x", 1, 2, &id, &e), 0);
    lead_to(l, id, STATE_SUCCESS);

    assert_int_equal(ledger_successes(l, run.target, "bb1x", items[STATE_FAILED], &n, &e), 0);
    assert_int_equal(n, 1);
    assert_int_equal(ledger_successes(l, run.target, "bb1x", items[STATE_SUCCESS], &n, &e), 0);
    assert_int_equal(n, 0);
    assert_int_equal(ledger_successes(l, run.target, "bb1x", 0, &n, &e), 0);
    assert_int_equal(n, 1);
    assert_int_equal(ledger_successes(l, run.target, "bb1", 0, &n, &e), 0);
    assert_int_equal(n, 0);
    assert_int_equal(ledger_successes(l, of_other.target, "bb1x", 0, &n, &e), 0);
    assert_int_equal(n, 1);
    assert_int_equal(ledger_successes(l, of_other.target + 9, "bb1x", 0, &n, &e), 0);
    assert_int_equal(n, 0);
    must_move(l, items[STATE_UNKNOWN], STATE_SUCCESS);
    assert_int_equal(ledger_successes(l, run.target, "bb1x", items[STATE_FAILED], &n, &e), 0);
    assert_int_equal(n, 2);
    ledger_close(l);
}

/* ---- rows ---- */

enum { OF_NONE, OF_DONE, OF_FAILED };

/* Rows, in the order in which they are put. */
static const struct {
    uint64_t row;
    enum ledger_row_kind kind;
    int of;
} some_rows[] = {
    {5, LEDGER_ROW_SKIPPED, OF_NONE},   {1, LEDGER_ROW_OWNER, OF_DONE},
    {4, LEDGER_ROW_INVALID, OF_NONE},   {2, LEDGER_ROW_OWNER, OF_FAILED},
    {3, LEDGER_ROW_DUPLICATE, OF_DONE},
};

static void assert_result(const struct ledger_result *r, const int64_t items[3])
{
    size_t i = 0;

    while (some_rows[i].row != r->row.row)
        i++;
    assert_int_equal(r->row.line, r->row.row + 1);
    assert_int_equal(r->row.kind, some_rows[i].kind);
    assert_int_equal(r->row.item, items[some_rows[i].of]);
    assert_string_equal(
        r->row.error, some_rows[i].kind == LEDGER_ROW_INVALID ? "column \"Wallet\" is empty" : "");
    assert_int_equal(r->row.of_run, some_rows[i].kind == LEDGER_ROW_DUPLICATE ? 4 : 0);
    assert_int_equal(r->row.of_line, some_rows[i].kind == LEDGER_ROW_DUPLICATE ? 44 : 0);
    if (some_rows[i].of == OF_NONE)
        return;
    assert_int_equal(r->item.id, items[some_rows[i].of]);
    assert_int_equal(r->http_status, 200);
    if (some_rows[i].of == OF_DONE) {
        assert_int_equal(r->item.state, STATE_SUCCESS);
        assert_string_equal(r->item.attempt, "attempt");
        assert_string_equal(r->item.recipient, "bb11");
        assert_string_equal(r->item_error, "");
    } else {
        assert_int_equal(r->item.state, STATE_FAILED);
        assert_string_equal(r->item_error, "Code already used");
    }
}

static void test_cursor(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, "in.csv", hash_a), other = begin(l, "other.csv", hash_a);
    struct ledger_cursor *c;
    struct ledger_result r;
    struct err e = ERR_INIT;
    const int64_t items[] = {0, add(l, &run, 1), add(l, &run, 2)};

    (void)state;
    lead_to(l, items[OF_DONE], STATE_ACCEPTED);
    must_move(l, items[OF_DONE], STATE_SUCCESS);
    lead_to(l, items[OF_FAILED], STATE_FAILED);
    put_row(l, &other, 1, LEDGER_ROW_INVALID, 0);
    for (size_t i = 0; i < COUNT(some_rows); i++)
        put_row(l, &run, some_rows[i].row, some_rows[i].kind, items[some_rows[i].of]);
    commit(l);
    c = ledger_cursor_open(l, run.id, &e);
    assert_non_null(c);
    for (uint64_t row = 1; row <= COUNT(some_rows); row++) {
        assert_int_equal(ledger_cursor_next(c, &r, &e), 1);
        assert_int_equal(r.row.row, row);
        assert_result(&r, items);
    }
    assert_int_equal(ledger_cursor_next(c, &r, &e), 0);
    ledger_cursor_close(c);
    ledger_cursor_close(NULL);
    ledger_close(l);
}

/* A row that is looked at again takes the place of what was said of it. */
static void test_row_replaced(void **state)
{
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, "in.csv", hash_a);
    struct ledger_cursor *c;
    struct ledger_result r;
    struct err e = ERR_INIT;

    (void)state;
    put_row(l, &run, 1, LEDGER_ROW_DUPLICATE, add(l, &run, 1));
    put_row(l, &run, 1, LEDGER_ROW_OWNER, add(l, &run, 2));
    commit(l);
    c = ledger_cursor_open(l, run.id, &e);
    assert_int_equal(ledger_cursor_next(c, &r, &e), 1);
    assert_int_equal(r.row.kind, LEDGER_ROW_OWNER);
    assert_int_equal(r.row.step, 1);
    assert_string_equal(r.row.error, "");
    assert_int_equal(r.row.of_run, 0);
    assert_int_equal(ledger_cursor_next(c, &r, &e), 0);
    ledger_cursor_close(c);
    ledger_close(l);
}

static void test_no_recipient_is_lost(void **state)
{
    enum { ROWS = 5000 };
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, "in.csv", hash_a);
    struct ledger_cursor *c;
    struct ledger_result r;
    struct err e = ERR_INIT;
    char recipient[32];

    (void)state;
    for (unsigned n = ROWS; n >= 1; n--) {
        put_row(l, &run, n, LEDGER_ROW_OWNER, add(l, &run, n));
        if (n % 256 == 0)
            commit(l);
    }
    commit(l);
    ledger_close(l);
    l = open_ledger();
    c = ledger_cursor_open(l, run.id, &e);
    for (unsigned n = 1; n <= ROWS; n++) {
        assert_int_equal(ledger_cursor_next(c, &r, &e), 1);
        assert_int_equal(r.row.row, n);
        snprintf(recipient, sizeof recipient, "bb1%u", n);
        assert_string_equal(r.item.recipient, recipient);
    }
    assert_int_equal(ledger_cursor_next(c, &r, &e), 0);
    ledger_cursor_close(c);
    ledger_close(l);
}

/* Two processes write in turns: the second waits for the first, and loses nothing. */
static void test_two_writers(void **state)
{
    enum { ROUNDS = 50 };
    struct ledger *l;
    struct ledger_run run;
    struct ledger_item item;
    pid_t child;
    int status = -1;

    (void)state;
    l = open_ledger();
    run = begin(l, "in.csv", hash_a);
    ledger_close(l);
    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    l = open_ledger();
    for (unsigned n = 1; n <= ROUNDS; n++) {
        struct err e = ERR_INIT;
        int64_t id;

        if (add_item(l, &run, run.target, key(child ? n : ROUNDS + n), "bb1x", n, n, &id, &e) !=
                0 ||
            ledger_commit(l, &e) != 0) {
            if (child == 0)
                _exit(1);
            fail_msg("%s", e.text);
        }
    }
    if (child == 0) {
        ledger_close(l);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    for (unsigned n = 1; n <= 2 * ROUNDS; n++)
        assert_int_equal(find(l, &run, n, &item), 1);
    ledger_close(l);
}

/* Whoever comes first makes the tables; the others wait, and find them. */
static void is_made_by_several_at_once(void **state)
{
    (void)state;
    for (int round = 0; round < 30; round++) {
        int failed = 0, how;

        for (int i = 0; i < 3; i++)
            if (fork() == 0) {
                struct err e = ERR_INIT;
                struct ledger *l = ledger_open(DB, &e);

                ledger_close(l);
                _exit(l ? 0 : 1);
            }
        while (wait(&how) > 0)
            failed += how != 0;
        assert_int_equal(failed, 0);
        unlink(DB);
        unlink(DB "-wal");
        unlink(DB "-shm");
        unlink(DB "-seal");
    }
}

/* ---- settle ---- */

struct listed {
    char words[256];
};

static int list_target(void *context, const struct ledger_target_found *found, struct err *e)
{
    struct listed *listed = context;
    size_t len = strlen(listed->words);

    (void)e;
    snprintf(listed->words + len, sizeof(listed->words) - len, "%s %s %d; ", found->action,
             found->name, (int)found->under_way);
    return 0;
}

/* What other processes may have in a queue that this one looks at. */
static void test_others(void **state)
{
    const struct ledger_target second = {"claim", claim.url, "second", "recipient"};
    struct ledger *l = open_ledger();
    struct ledger_run run = begin(l, "a.csv", hash_a), other;
    struct err e = ERR_INIT;

    (void)state;
    other = begin_at(l, &second, "b.csv", hash_b);
    lead_to(l, add(l, &other, 1), STATE_ACCEPTED);
    assert_int_equal(ledger_run_aim(l, &run, 1, run.target, "", &e), 0);
    assert_int_equal(ledger_others_under_way(l, &run, run.target, 0, &e), 1);
    assert_int_equal(ledger_run_aim(l, &run, 2, other.target, "", &e), 0);
    assert_int_equal(ledger_others_under_way(l, &run, run.target, 0, &e), 0);
    commit(l);
    assert_int_equal(ledger_looks_own(l, run.target, &e), 0);
    assert_int_equal(ledger_others_under_way(l, NULL, run.target, 0, &e), 1);
    assert_int_equal(ledger_looks_own(l, other.target, &e), 0);
    assert_int_equal(ledger_looks_own(l, other.target, &e), 0);
    assert_int_equal(ledger_others_under_way(l, NULL, run.target, 0, &e), 0);
    ledger_close(l);
}

static void test_targets_each(void **state)
{
    const struct ledger_target idle = {"claim", claim.url, "idle", "recipient"};
    const struct ledger_target elsewhere = {"claim", "https://elsewhere.example", "id",
                                            "recipient"};
    struct ledger *l = open_ledger();
    struct listed listed = {""};
    struct err e = ERR_INIT;
    struct ledger_run run;
    char why[64];
    int64_t item;

    (void)state;
    run = begin(l, "a.csv", hash_a);
    item = add(l, &run, 1);
    must_move(l, item, STATE_SENDING);
    must_move(l, add(l, &run, 2), STATE_SENDING);
    add(l, &run, 3); /* planned: nothing of it has left */
    begin_at(l, &idle, "b.csv", hash_b);
    begin_at(l, &elsewhere, "c.csv", hash_b);
    assert_int_equal(ledger_targets_each(l, claim.url, list_target, &listed, &e), 0);
    assert_string_equal(listed.words, "claim id 2; claim idle 0; ");
    must_move(l, item, STATE_UNKNOWN);
    assert_int_equal(ledger_error(l, item, why, sizeof(why), &e), 1);
    assert_string_equal(why, "");
    assert_int_equal(ledger_error(l, 99, why, sizeof(why), &e), 0);
    ledger_close(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(is_made_by_several_at_once),
        IN_FOLDER(test_modes),
        IN_FOLDER(test_paths_that_cannot_be),
        IN_FOLDER(test_path_too_long),
        IN_FOLDER(test_names_with_a_meaning),
        IN_FOLDER(test_newer_schema),
        IN_FOLDER(test_another_programs_database),
        IN_FOLDER(test_garbage),
        IN_FOLDER(test_empty_file),
        IN_FOLDER(test_runs),
        IN_FOLDER(test_others),
        IN_FOLDER(test_targets_each),
        IN_FOLDER(test_targets),
        IN_FOLDER(test_variants),
        IN_FOLDER(test_another_key),
        IN_FOLDER(test_changed_input_forgets_rows),
        IN_FOLDER(test_item),
        IN_FOLDER(test_transitions),
        IN_FOLDER(test_no_such_item),
        IN_FOLDER(test_key_once),
        IN_FOLDER(test_is_alone),
        IN_FOLDER(test_nothing_before_commit),
        IN_FOLDER(test_close_without_commit),
        IN_FOLDER(test_rollback),
        IN_FOLDER(test_killed),
        IN_FOLDER(test_lock),
        IN_FOLDER(test_lock_before_any_run),
        IN_FOLDER(test_lock_of_one_input),
        IN_FOLDER(test_lock_all_waits_for_every_input),
        IN_FOLDER(test_copy),
        IN_FOLDER(test_copy_while_a_run_goes_on),
        IN_FOLDER(test_copy_of_nothing),
        IN_FOLDER(test_copy_that_cannot_be),
        IN_FOLDER(test_under_way),
        IN_FOLDER(test_attempts),
        IN_FOLDER(test_get),
        IN_FOLDER(test_get_and_another_writes),
        IN_FOLDER(test_successes),
        IN_FOLDER(test_cursor),
        IN_FOLDER(test_row_replaced),
        IN_FOLDER(test_no_recipient_is_lost),
        IN_FOLDER(test_two_writers),
    };

    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
