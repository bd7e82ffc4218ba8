/*
 * ledger: the SQLite file that remembers what was done.
 *
 *   targets  what is aimed at: an action, an API and a name (a claim id, a store id, a seed's
 *            fingerprint); also a job file, which aims at several
 *   runs     one execution over one input, or several of them when it was resumed, and what each of
 *            its steps aims at (ledger_runs.h)
 *   items    one key of one target, and its state (base/state.h): what was sent and what came of it,
 *            or which code it was given
 *   rows     what each row of each run is to each of its steps: an item's owner, or a duplicate, or
 *            invalid, or skipped (both: ledger_items.h; looking after the whole: ledger_care.h)
 *   told     attempts that were told of (ledger_told.h)
 *   problems rows that need a person, and were told of (ledger_problems.h)
 *
 * Writes gather in one transaction that begins by itself with the first of them; nothing of it is
 * durable before ledger_commit has returned 0 (WAL, synchronous=FULL).  No secret is ever stored: no
 * password, code, seed or API key.
 *
 * Beside the file lies its seal (ledger_seal.h), and the file itself is held (ledger_guard.h).  So a ledger
 * is refused that is not the one that was left (base/trust.h), and one that is deleted, replaced or cut
 * while it is worked with is noticed by the next ledger_commit, before anything is sent.  It is closed, or
 * looked through by the next who opens it.
 *
 * Functions return 0 (or what they say), or -1 with EXIT_OUTPUT: full disk, read-only, locked, corrupt.
 * After a failed write the transaction is gone, and so is what it would have recorded.
 * A struct ledger belongs to one thread; several processes may use one file.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_H
#define CLAIMPIPE_LEDGER_LEDGER_H

#include "base/err.h"
#include "base/trust.h"
#include "ledger/ledger_items.h"
#include "ledger/ledger_runs.h"

#include <stdbool.h>

struct ledger;

/* Made if it is not there, with its folders (file 0600, folders 0700), and brought up to date if an
 * older claimpipe made it.  path is kept as a copy. */
struct ledger *ledger_open(const char *path, struct err *e) MUST_CHECK;
/* The same, but one that is not there is an error. */
struct ledger *ledger_open_known(const char *path, struct err *e) MUST_CHECK;
/* Either of them, for a user who takes the ledger as it is, though it does not know all that was issued. */
struct ledger *ledger_open_accepted(const char *path, bool make, struct err *e) MUST_CHECK;
/* One that is there, only to be read: also one with which nobody should work. */
struct ledger *ledger_open_look(const char *path, struct err *e) MUST_CHECK;
/* A copy of the one at path (empty, if that is not there), which is gone when it is closed: to try what
 * must not be remembered.  The file at path is not changed. */
struct ledger *ledger_open_copy(const char *path, bool accept, struct err *e) MUST_CHECK;
/* If it was worked with, and nobody else has it open, the file alone is the whole ledger from then on. */
void ledger_close(struct ledger *l);
/* As it was called, and what it is by its last commit. */
const char *ledger_name(const struct ledger *l);
const struct trust_state *ledger_trust(const struct ledger *l);
/* What it is now: other processes commit as well. */
int ledger_trust_now(struct ledger *l, struct trust_state *out, struct err *e) MUST_CHECK;
/* Does no other process work with it, so that nobody waits for a transaction to end? */
bool ledger_is_alone(const struct ledger *l);
/* Was it made just now? */
bool ledger_is_fresh(const struct ledger *l);
/* 1 if there is no ledger at path, and nothing says that there was one; else 0. */
int ledger_is_none(const char *path, struct err *e) MUST_CHECK;
/* Is path the ledger at `ledger`, or one of the files beside it?  An output must never be. */
bool ledger_is_file(const char *ledger, const char *path);
/* The transaction for writing begins now, if none is under way: what is looked up is not changed by others
 * until it is committed. */
int ledger_begin(struct ledger *l, struct err *e) MUST_CHECK;
int ledger_commit(struct ledger *l, struct err *e) MUST_CHECK;
/* Is a transaction under way? */
bool ledger_is_writing(const struct ledger *l);

struct ledger_target {
    const char *action, *url, *name; /* url in any spelling: it is known by base/apiname.h */
    const char *key; /* what makes a trigger the same again, in words ("recipient"); NULL: "" */
};

/* Held until the ledger is closed or the process dies.  -1 names the process that has it.  input: only
 * this target's runs over that input are locked (for what several may do at once), or NULL. */
int ledger_lock(struct ledger *l, const struct ledger_target *t, const char *input,
                struct err *e) MUST_CHECK;
/* All targets at once; for a process that works on more than LEDGER_LOCKS_MAX of them also the only way: for each
 * lock the kernel walks over all others of the file. */
#define LEDGER_LOCKS_MAX 4000
int ledger_lock_all(struct ledger *l, struct err *e) MUST_CHECK;

#endif
