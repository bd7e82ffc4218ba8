/*
 * db: an SQLite file: the ledger's, or one to work with for a while; the sole user of SQLite.
 *
 *   a file:  opened -> (in a transaction <-> between transactions) -> closed
 *   a query: prepared -> bound -> stepped until it ends or is reset -> prepared again …
 *
 * A query is known by the address of its text, which is therefore a constant: it is compiled once and
 * kept.  What is bound is borrowed until the query has ended; a bind that fails is told by the next step.
 * An open query holds its snapshot, over which no write of the same file can begin.
 *
 * Statements may call row_hash(VALUE…), the hash of base/rowhash.h; and row_reseal(OLD, VALUE…), which is
 * the same and sums up by how much the hashes of a transaction's rows have changed (db_resealed).
 *
 * Functions return 0 (or what they say), or -1 (NULL) with EXIT_OUTPUT, the file's name, and what to do.
 * A failure ends the transaction: nothing of it will have been.  One thread.
 */
#ifndef CLAIMPIPE_ADAPTERS_DB_H
#define CLAIMPIPE_ADAPTERS_DB_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DB_QUERIES_MAX 96

struct db;
struct db_query;

/* Which SQLite it is: "3.40.1". */
const char *db_library(void);
/* The file must be there.  busy_ms: how long to wait for another process's transaction. */
struct db *db_open(const char *path, int busy_ms, struct err *e) MUST_CHECK;
/* A copy of the file at path (NULL: empty), in a temporary file that is gone when it is closed. */
struct db *db_open_copy(const char *path, int busy_ms, struct err *e) MUST_CHECK;
/* An empty temporary file that is gone when it is closed, in SQLITE_TMPDIR, TMPDIR or /var/tmp.  For what is
 * not worth a rollback: once something has failed, no more than closing it makes sense. */
struct db *db_open_scratch(struct err *e) MUST_CHECK;
/* The whole of it as of one moment, into the empty file at path; others may go on writing. */
int db_backup(struct db *from, const char *path, struct err *e) MUST_CHECK;
/* What was written ahead goes into the file itself, on the disk: as far as nobody else is reading; whole:
 * all of it, and the write-ahead log is cut to nothing.  1: not all, for others have the file open. */
int db_checkpoint(struct db *db, bool whole, struct err *e) MUST_CHECK;
/* Write-ahead logging from now on, as a mark in the file. */
int db_log_ahead(struct db *db, struct err *e) MUST_CHECK;
void db_close(struct db *db);
const char *db_path(const struct db *db);

/* One or more statements that take nothing and give nothing. */
int db_exec(struct db *db, const char *sql, struct err *e) MUST_CHECK;
/* The number in the first column of the first row. */
int db_number(struct db *db, const char *sql, int64_t *out, struct err *e) MUST_CHECK;

/* Each does nothing if there is nothing to do. */
int db_begin(struct db *db, struct err *e) MUST_CHECK; /* the lock for writing is taken at once */
int db_commit(struct db *db, struct err *e) MUST_CHECK;
void db_rollback(struct db *db);
/* What row_reseal has summed up since the transaction began, which then begins at 0 again; and more of it. */
int64_t db_resealed(struct db *db);
void db_reseal(struct db *db, int64_t change);
bool db_in_transaction(const struct db *db);

struct db_query *db_prepare(struct db *db, const char *sql, struct err *e) MUST_CHECK;
/* Places count from 1.  A NULL text is SQL's NULL. */
void db_bind_int(struct db_query *q, int place, int64_t value);
void db_bind_text(struct db_query *q, int place, const char *text);
void db_bind_blob(struct db_query *q, int place, const void *bytes, size_t len);
/* 1 if there is a row, 0 at the end, -1. */
int db_step(struct db_query *q, struct err *e) MUST_CHECK;
void db_reset(struct db_query *q);

/* Columns count from 0; texts and blobs are valid until the next step.  A NULL is 0 or "".  So is what there is no
 * memory for, which the next step of any query, as that of a commit, tells. */
int64_t db_int(struct db_query *q, int column);
const char *db_text(struct db_query *q, int column);
bool db_is_null(struct db_query *q, int column);
bool db_is_int(struct db_query *q, int column); /* before db_text makes it one */
const void *db_blob(struct db_query *q, int column, size_t *len);

/* Of the last insert, and rows of the last write. */
int64_t db_last_id(const struct db *db);
int64_t db_changes(const struct db *db);

#endif
