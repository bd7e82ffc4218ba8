/*
 * fuzz_ledger: a ledger file that is damaged is refused with a message, or read to its end.
 *
 * An input is either a whole file, or a list of changes to a sound ledger: three bytes say where (from its end
 * where the highest bit is set), one what stands there then; four 0xFF cut it in half.
 */
#include "fuzz.h"

#include "../unit/items.h"

#include "base/mem.h"
#include "ledger/ledger.h"
#include "ledger/ledger_bulk.h"
#include "ledger/ledger_care.h"
#include "ledger/ledger_counts.h"
#include "ledger/ledger_spent.h"

#define SOUND "sound.db"
#define MAGIC "SQLite format 3"
#define CHANGE 4
#define ROWS 40

static uint8_t *sound;
static size_t sound_size;

/* ---- a sound one ---- */

static void fill_run(struct ledger *l, const struct ledger_run *run, struct err *e)
{
    for (unsigned n = 1; n <= ROWS; n++) {
        const enum state to[] = {STATE_SENDING, STATE_ACCEPTED, STATE_SUCCESS};
        struct ledger_row row = {.kind = n % 7 ? LEDGER_ROW_OWNER : LEDGER_ROW_INVALID,
                                 .step = n % 7 ? 1 : 0,
                                 .row = n,
                                 .line = n + 1,
                                 .error = n % 7 ? NULL : "column \"Wallet\" is empty"};
        uint8_t key[KEY_SIZE] = {(uint8_t)n};

        if (row.kind == LEDGER_ROW_OWNER)
            MUST(add_item(l, run, run->target, key, "bb1someone", n, n + 1, &row.item, e) == 0);
        MUST(ledger_put_rows(l, run, &row, 1, e) == 0);
        for (unsigned k = 0; row.kind == LEDGER_ROW_OWNER && k < n % 4; k++) {
            const struct ledger_move m = {.to = to[k],
                                          .attempt = k ? "attempt" : NULL,
                                          .tries = 1,
                                          .intent_ms = 7,
                                          .now_ms = n};

            MUST(ledger_move(l, row.item, &m, e) == 0);
        }
    }
}

static void make_sound(const char *path)
{
    const struct ledger_target target = {"claim", "https://api.example", "c1", "recipient"};
    const uint8_t hash[LEDGER_HASH_SIZE] = {1};
    const struct ledger_input input = {.name = "in.csv", .hash = hash, .rows = ROWS, .reading = ""};
    struct err e = ERR_INIT;
    struct ledger *l = ledger_open(path, &e);
    struct ledger_run run;
    int64_t id;

    MUST(l && ledger_target_id(l, &target, &id, &e) == 0);
    MUST(ledger_run_begin(l, id, "", &input, &run, &e) == 0);
    MUST(ledger_run_aim(l, &run, 1, id, "https://example.org/{{target}}", &e) == 0);
    fill_run(l, &run, &e);
    MUST(ledger_run_end(l, &run, true, 0, NULL, &e) == 0);
    ledger_close(l);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    FILE *f;
    long size;

    (void)argc, (void)argv;
    fuzz_enter();
    make_sound(fuzz_path(SOUND));
    f = fopen(fuzz_path(SOUND), "rb");
    MUST(f && fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) > 0 && fseek(f, 0, SEEK_SET) == 0);
    sound_size = (size_t)size;
    sound = mem_zero(1, sound_size);
    MUST(sound && fread(sound, 1, sound_size, f) == sound_size && fclose(f) == 0);
    return 0;
}

/* ---- reading it ---- */

static int see_finding(void *context, const char *finding, struct err *e)
{
    (void)context, (void)e;
    MUST(finding && finding[0] != '\0');
    return 0;
}

static int see_item(void *context, const struct ledger_item *item, struct err *e)
{
    (void)context, (void)e;
    MUST(item->state < STATE_COUNT && item->recipient && item->attempt);
    return 0;
}

static int see_exported(void *context, const struct ledger_exported *x, struct err *e)
{
    MUST(x->action && x->url && x->target && x->error);
    return see_item(context, &x->item, e);
}

static int see_aim(void *context, const struct ledger_aim *aim, struct err *e)
{
    (void)context, (void)e;
    MUST(aim->action && aim->name && aim->link);
    return 0;
}

static int see_run(void *context, const struct ledger_past *run, struct err *e)
{
    struct ledger_past *last = context;

    (void)e;
    MUST(run->action && run->url && run->target && run->input && run->reading);
    last->id = run->id;
    last->rows = run->rows;
    return 0;
}

/* What fails has said why; what comes after it is tried all the same, as other commands would. */
static void passes(int rc, struct err *e)
{
    if (rc < 0)
        fuzz_must_say(e);
    *e = (struct err)ERR_INIT;
}

static void read_rows(struct ledger *l, int64_t run)
{
    struct err e = ERR_INIT;
    struct ledger_cursor *c = ledger_cursor_open(l, run, &e);
    struct ledger_result row;
    int have = -1;

    while (c && (have = ledger_cursor_next(c, &row, &e)) == 1)
        MUST(row.row.kind < LEDGER_ROW_KINDS);
    passes(have, &e);
    ledger_cursor_close(c);
}

static int see_spent(void *context, const struct ledger_spent *s, struct err *e)
{
    (void)context;
    (void)e;
    MUST(s->answered >= 0 && s->lost >= 0 && s->at_ms >= 0);
    return 0;
}

static void read_all(struct ledger *l)
{
    struct ledger_past last = {.id = 1};
    uint64_t counts[STATUS_COUNT];
    uint8_t key[KEY_SIZE] = {3};
    struct ledger_item item;
    struct err e = ERR_INIT;

    passes(ledger_check(l, see_finding, NULL, &e), &e);
    passes(ledger_run_list(l, see_run, &last, &e), &e);
    passes(ledger_run_aims(l, last.id, see_aim, NULL, &e), &e);
    passes(ledger_counts_get(l, &last, counts, &e), &e);
    passes(ledger_spent_each(l, 1, 0, see_spent, NULL, &e), &e);
    read_rows(l, last.id);
    passes(ledger_export(l, see_exported, NULL, &e), &e);
    passes(ledger_under_way(l, 1, see_item, NULL, &e), &e);
    passes(ledger_find(l, 1, key, &item, &e), &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_path("ledger.db");
    struct err e = ERR_INIT;
    struct ledger *l;

    if (size >= sizeof(MAGIC) && memcmp(data, MAGIC, sizeof(MAGIC)) == 0) {
        fuzz_write(path, data, size);
    } else {
        size_t len = sound_size;
        uint8_t *bytes = mem_zero(1, len);

        MUST(bytes);
        memcpy(bytes, sound, len);
        for (; size >= CHANGE; data += CHANGE, size -= CHANGE) {
            size_t at = ((size_t)(data[0] & 0x7f) << 16 | (size_t)data[1] << 8 | data[2]) % len;

            if (memcmp(data, "\xff\xff\xff\xff", CHANGE) == 0)
                len = len > 1 ? len / 2 : len;
            else
                bytes[data[0] & 0x80 ? len - 1 - at : at] = data[3];
        }
        fuzz_write(path, bytes, len);
        free(bytes);
    }
    l = ledger_open_known(path, &e);
    if (l)
        read_all(l);
    else
        fuzz_must_say(&e);
    ledger_close(l);
    unlink(path);
    unlink(fuzz_path("ledger.db-wal"));
    unlink(fuzz_path("ledger.db-shm"));
    return 0;
}
