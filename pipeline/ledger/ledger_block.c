/*
 * ledger_block: a table of the block's keys, by their hash, with a row for each that is written when all are decided.
 *
 * New items and rows are gathered, for most rows bring nothing else.  A change to an item that the ledger has is written
 * at once, and only noted here.
 */
#include "ledger/ledger_block.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/crashpoint.h"
#include "base/mem.h"
#include "ledger/ledger.h"
#include "ledger_internal.h"

#include <stdlib.h>
#include <string.h>

#define ENTRIES_MIN 64

enum kind { OF_KEY, OF_PERSON, OF_MARK };

_Static_assert(LEDGER_MARK_SIZE == KEY_SIZE, "marks are looked up as keys are");

/* known is the first, so that an entry is found from it.  Of a person known.id is the item, once it is put here. */
struct entry {
    struct ledger_known known;
    enum kind kind;
    bool is_looked_up;
    bool has_item;              /* of a person */
    bool is_new;                /* the ledger does not have it */
    size_t slot;                /* where it is */
    uint8_t item_key[KEY_SIZE]; /* of a person's item */
};

/* What a target gives next. */
struct codes {
    int64_t target, next;
};

struct ledger_block {
    struct ledger *ledger;
    const struct ledger_run *run;
    struct arena arena;            /* the entries … */
    struct ledger_known **entries; /* … in any order */
    struct entry **slots;          /* twice as many as entries may be, at least; or NULL */
    size_t n, cap, n_slots;
    struct ledger_row *rows;
    size_t n_rows, cap_rows;
    struct codes *codes;
    size_t n_codes, cap_codes, last_codes; /* last_codes: those that were asked for last */
    int64_t next_id;                       /* 0: not known */
};

/* ---- entries ---- */

struct ledger_block *ledger_block_new(struct ledger *l, const struct ledger_run *run, struct err *e)
{
    struct ledger_block *b = mem_zero(1, sizeof(*b));

    if (!b) {
        err_nomem(e);
        return NULL;
    }
    b->ledger = l;
    b->run = run;
    arena_init(&b->arena);
    return b;
}

void ledger_block_free(struct ledger_block *b)
{
    if (!b)
        return;
    arena_release(&b->arena);
    free(b->entries);
    free(b->slots);
    free(b->rows);
    free(b->codes);
    free(b);
}

static struct entry *entry_of(struct ledger_known *k)
{
    return (struct entry *)k;
}

void ledger_block_forget(struct ledger_block *b)
{
    for (size_t i = 0; i < b->n; i++) /* they are few, if the block is small */
        b->slots[entry_of(b->entries[i])->slot] = NULL;
    arena_reset(&b->arena);
    b->n = b->n_rows = 0;
    if (!crashpoint_breaks("codes"))
        b->n_codes = 0;
    b->next_id = 0;
}

/* Where the key is in the table, or would be.  Keys are digests, and so their own hashes. */
static size_t slot_of(const struct ledger_block *b, enum kind kind, int64_t target,
                      const uint8_t key[KEY_SIZE])
{
    uint64_t hash;
    size_t i;

    memcpy(&hash, key, sizeof(hash));
    hash += (uint64_t)target * 4 + kind;
    for (i = hash & (b->n_slots - 1); b->slots[i]; i = (i + 1) & (b->n_slots - 1)) {
        const struct entry *x = b->slots[i];

        if (x->kind == kind && x->known.target == target &&
            memcmp(x->known.key, key, KEY_SIZE) == 0)
            break;
    }
    return i;
}

static void put(struct ledger_block *b, struct entry *x)
{
    x->slot = slot_of(b, x->kind, x->known.target, x->known.key);
    b->slots[x->slot] = x;
}

static int grow(struct ledger_block *b, struct err *e)
{
    size_t cap = b->cap ? 2 * b->cap : ENTRIES_MIN;
    struct ledger_known **entries = mem_resize(b->entries, cap, sizeof(struct ledger_known *));
    struct entry **slots = entries ? mem_zero(2 * cap, sizeof(struct entry *)) : NULL;

    b->entries = entries ? entries : b->entries;
    if (!slots)
        return err_nomem(e);
    free(b->slots);
    b->slots = slots;
    b->n_slots = 2 * cap;
    b->cap = cap;
    for (size_t i = 0; i < b->n; i++)
        put(b, entry_of(b->entries[i]));
    return 0;
}

static struct entry *find(const struct ledger_block *b, enum kind kind, int64_t target,
                          const uint8_t key[KEY_SIZE])
{
    return b->slots ? b->slots[slot_of(b, kind, target, key)] : NULL;
}

/* The entry of that key, made if there is none; NULL: no memory. */
static struct entry *enter(struct ledger_block *b, enum kind kind, int64_t target,
                           const uint8_t key[KEY_SIZE], struct err *e)
{
    struct entry *x = find(b, kind, target, key);

    if (x)
        return x;
    if (b->n == b->cap && grow(b, e) != 0)
        return NULL;
    x = arena_alloc(&b->arena, sizeof(*x));
    if (!x) {
        err_nomem(e);
        return NULL;
    }
    memset(x, 0, sizeof(*x));
    x->kind = kind;
    x->known.target = target;
    x->known.code = -1;
    memcpy(x->known.key, key, KEY_SIZE);
    put(b, x);
    b->entries[b->n++] = &x->known;
    return x;
}

/* ---- looking up ---- */

int ledger_block_seek(struct ledger_block *b, int64_t target, const uint8_t key[KEY_SIZE],
                      struct err *e)
{
    return enter(b, OF_KEY, target, key, e) ? 0 : -1;
}

int ledger_block_seek_person(struct ledger_block *b, int64_t target, const uint8_t person[KEY_SIZE],
                             struct err *e)
{
    return enter(b, OF_PERSON, target, person, e) ? 0 : -1;
}

static int look_up_person(struct ledger_block *b, struct entry *x, struct err *e)
{
    int found = ledger_begin(b->ledger, e) == 0
                    ? ledger_person(b->ledger, x->known.target, x->known.key, x->item_key, e)
                    : -1;

    x->is_looked_up = found >= 0;
    x->has_item = found == 1;
    return found < 0 ? -1 : 0;
}

/* Moves the entries that are wanted to the front, and says how many they are. */
static size_t bring_forward(struct ledger_block *b, bool (*is_wanted)(const struct entry *x))
{
    size_t n = 0;

    for (size_t i = 0; i < b->n; i++) {
        struct ledger_known *k = b->entries[i];

        if (!is_wanted(entry_of(k)))
            continue;
        b->entries[i] = b->entries[n];
        b->entries[n++] = k;
    }
    return n;
}

static bool is_sought(const struct entry *x)
{
    return x->kind == OF_KEY && !x->is_looked_up;
}

int ledger_block_look_up(struct ledger_block *b, struct err *e)
{
    size_t n = bring_forward(b, is_sought);

    if (ledger_find_many(b->ledger, b->entries, n, e) != 0)
        return -1;
    for (size_t i = 0; i < b->n; i++) {
        struct entry *x = entry_of(b->entries[i]);

        if (x->kind == OF_KEY)
            x->is_looked_up = true;
        else if (x->kind == OF_PERSON && !x->is_looked_up && look_up_person(b, x, e) != 0)
            return -1;
    }
    return 0;
}

int ledger_block_find(struct ledger_block *b, int64_t target, const uint8_t key[KEY_SIZE],
                      struct ledger_known **out, struct err *e)
{
    struct entry *x = enter(b, OF_KEY, target, key, e);

    if (!x)
        return -1;
    *out = &x->known;
    if (!x->is_looked_up && ledger_find_many(b->ledger, out, 1, e) != 0)
        return -1;
    x->is_looked_up = true;
    return 0;
}

int ledger_block_person(struct ledger_block *b, int64_t target, const uint8_t person[KEY_SIZE],
                        uint8_t key[KEY_SIZE], struct err *e)
{
    struct entry *x = enter(b, OF_PERSON, target, person, e);

    if (!x || (!x->is_looked_up && look_up_person(b, x, e) != 0))
        return -1;
    if (!x->has_item)
        return 0;
    memcpy(key, x->item_key, KEY_SIZE);
    return 1;
}

/* ---- changing ---- */

/* It is this row's of this run from now on. */
static void own(struct ledger_block *b, struct ledger_known *k, uint64_t row, uint64_t line)
{
    k->run = b->run->id;
    k->pass = b->run->pass;
    k->row = row;
    k->line = line;
}

int ledger_block_add(struct ledger_block *b, struct ledger_known *k, const char *recipient,
                     uint64_t row, uint64_t line, bool remove, struct err *e)
{
    if (b->next_id == 0 && ledger_next_id(b->ledger, &b->next_id, e) != 0)
        return -1;
    k->id = b->next_id++;
    k->recipient = recipient;
    k->removed = remove;
    own(b, k, row, line);
    entry_of(k)->is_new = true;
    return 0;
}

int ledger_block_take(struct ledger_block *b, struct ledger_known *k, uint64_t row, uint64_t line,
                      struct err *e)
{
    own(b, k, row, line);
    return ledger_take(b->ledger, b->run, k->id, row, line, e);
}

int ledger_block_leave(struct ledger_block *b, const struct ledger_known *k, struct err *e)
{
    return ledger_left_put(b->ledger, b->run, k->id, e);
}

int ledger_block_turn(struct ledger_block *b, struct ledger_known *k, bool remove, struct err *e)
{
    k->state = STATE_PLANNED;
    k->removed = remove;
    return ledger_turn(b->ledger, k->id, remove, e);
}

int ledger_block_plan(struct ledger_block *b, struct ledger_known *k, struct err *e)
{
    struct ledger_move m = {.to = STATE_PLANNED, .tries = k->tries, .now_ms = clock_wall_ms()};

    k->state = STATE_PLANNED;
    k->doubtful = false;
    return ledger_move(b->ledger, k->id, &m, e);
}

int ledger_block_fail(struct ledger_block *b, struct ledger_known *k, const char *error,
                      struct err *e)
{
    struct ledger_move m = {.to = STATE_FAILED, .error = error, .now_ms = clock_wall_ms()};

    k->state = STATE_FAILED;
    k->error = error;
    return entry_of(k)->is_new ? 0 : ledger_move(b->ledger, k->id, &m, e);
}

int ledger_block_put_person(struct ledger_block *b, const uint8_t person[KEY_SIZE],
                            const struct ledger_known *k, struct err *e)
{
    struct entry *x = enter(b, OF_PERSON, k->target, person, e);

    if (!x)
        return -1;
    if (x->has_item && memcmp(x->item_key, k->key, KEY_SIZE) == 0)
        return 0;
    x->is_looked_up = x->has_item = x->is_new = true;
    x->known.id = k->id;
    memcpy(x->item_key, k->key, KEY_SIZE);
    return 0;
}

/* ---- codes ---- */

static struct codes *codes_of(struct ledger_block *b, int64_t target, struct err *e)
{
    size_t cap = b->cap_codes ? 2 * b->cap_codes : 4;
    struct codes *codes;

    if (b->last_codes < b->n_codes && b->codes[b->last_codes].target == target)
        return &b->codes[b->last_codes];
    for (size_t i = 0; i < b->n_codes; i++)
        if (b->codes[i].target == target)
            return &b->codes[b->last_codes = i];
    if (b->n_codes == b->cap_codes) {
        codes = mem_resize(b->codes, cap, sizeof(*codes));
        if (!codes) {
            err_nomem(e);
            return NULL;
        }
        b->codes = codes;
        b->cap_codes = cap;
    }
    codes = &b->codes[b->n_codes];
    codes->target = target;
    if (ledger_next_code(b->ledger, target, &codes->next, e) != 0)
        return NULL;
    b->n_codes++;
    return codes;
}

int ledger_block_next_code(struct ledger_block *b, int64_t target, int64_t start, int64_t *index,
                           struct err *e)
{
    const struct codes *codes = codes_of(b, target, e);

    if (!codes)
        return -1;
    *index = codes->next > start ? codes->next : start;
    return 0;
}

int ledger_block_has_mark(struct ledger_block *b, const uint8_t mark[LEDGER_MARK_SIZE],
                          struct err *e)
{
    return find(b, OF_MARK, 0, mark) ? 1 : ledger_has_mark(b->ledger, mark, e);
}

int ledger_block_give_code(struct ledger_block *b, struct ledger_known *k, int64_t index,
                           const uint8_t *mark, struct err *e)
{
    struct codes *codes = codes_of(b, k->target, e);
    struct entry *marked = codes && mark ? enter(b, OF_MARK, 0, mark, e) : NULL;

    if (!codes || (mark && !marked))
        return -1;
    codes->next = index + 1;
    k->state = STATE_SUCCESS;
    k->code = index;
    k->mark = marked ? marked->known.key : NULL;
    return entry_of(k)->is_new ? 0 : ledger_give_code(b->ledger, k->id, index, mark, e);
}

/* ---- rows, and writing ---- */

int ledger_block_put_row(struct ledger_block *b, const struct ledger_row *row, struct err *e)
{
    size_t cap = b->cap_rows ? 2 * b->cap_rows : ENTRIES_MIN;
    struct ledger_row *rows;

    if (b->n_rows == b->cap_rows) {
        rows = mem_resize(b->rows, cap, sizeof(*rows));
        if (!rows)
            return err_nomem(e);
        b->rows = rows;
        b->cap_rows = cap;
    }
    b->rows[b->n_rows++] = *row;
    return 0;
}

static bool is_new_item(const struct entry *x)
{
    return x->kind == OF_KEY && x->is_new;
}

static int by_row(const void *a, const void *b)
{
    const struct ledger_row *x = a, *y = b;
    /* What is said of a row as a whole comes last, for what is said of a step takes it away: ledger_put_rows. */
    unsigned step_x = x->step - 1, step_y = y->step - 1;

    return x->row != y->row ? (x->row > y->row) - (x->row < y->row)
                            : (step_x > step_y) - (step_x < step_y);
}

int ledger_block_write(struct ledger_block *b, struct err *e)
{
    size_t n = bring_forward(b, is_new_item);

    ledger_sort_known(b->entries, n);
    if (ledger_add_many(b->ledger, b->run, b->entries, n, e) != 0)
        return -1;
    for (size_t i = n; i < b->n; i++) {
        const struct entry *x = entry_of(b->entries[i]);

        if (x->kind == OF_PERSON && x->is_new &&
            ledger_put_person(b->ledger, x->known.target, x->known.key, x->known.id, e) != 0)
            return -1;
    }
    if (b->n_rows > 1)
        qsort(b->rows, b->n_rows, sizeof(*b->rows), by_row);
    if (ledger_put_rows(b->ledger, b->run, b->rows, b->n_rows, e) != 0)
        return -1;
    ledger_block_forget(b);
    return 0;
}

void ledger_block_rescue(struct ledger_block *b)
{
    struct err ignored = ERR_INIT;

    if (!db_in_transaction(b->ledger->db) || ledger_block_write(b, &ignored) != 0)
        ledger_block_forget(b);
}
