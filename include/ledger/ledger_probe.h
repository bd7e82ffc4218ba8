/*
 * ledger_probe: how a ledger is, for who does not want to work with it: it is not made, not changed, and not brought up to
 * date.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_PROBE_H
#define CLAIMPIPE_LEDGER_LEDGER_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#define LEDGER_PROBE_TEXT_MAX 1024

struct ledger_probe {
    bool there;
    int64_t size;                    /* bytes */
    int64_t version, ours;           /* of its tables, and of those of this program; 0: not known */
    char why[LEDGER_PROBE_TEXT_MAX]; /* why nobody can work with it, and what to do; "" */
    long holder;                     /* the process that works with it now; 0: none */
};

/* Its pages and indexes are looked through (SQLite's quick_check), not each of its items. */
void ledger_probe(const char *path, struct ledger_probe *out);

#endif
