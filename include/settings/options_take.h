/*
 * options_take: what the options do with their values, by kind.
 *
 * Each of them is the `take` of rows in flags.c: 0, or -1 with EXIT_USAGE.  No message shows what may be a
 * secret.
 */
#ifndef CLAIMPIPE_SETTINGS_OPTIONS_TAKE_H
#define CLAIMPIPE_SETTINGS_OPTIONS_TAKE_H

#include "base/err.h"

struct flag;
struct options;

/* ---- into the row's place ---- */

int take_on(struct options *o, const struct flag *f, const char *value, struct err *e);
int take_text(struct options *o, const struct flag *f, const char *value, struct err *e);
int take_number(struct options *o, const struct flag *f, const char *value, struct err *e);
/* A length of time; take_limit: of one millisecond at least. */
int take_time(struct options *o, const struct flag *f, const char *value, struct err *e);
int take_limit(struct options *o, const struct flag *f, const char *value, struct err *e);
/* The secret that a SOURCE names. */
int take_secret(struct options *o, const struct flag *f, const char *value, struct err *e);
/* "text" or "json": is it json? */
int take_format(struct options *o, const struct flag *f, const char *value, struct err *e);

/* ---- for one option, or a few ---- */

/* The recipient's column; the row's min is its enum identity_kind. */
int take_recipient(struct options *o, const struct flag *f, const char *value, struct err *e);
int take_set(struct options *o, const struct flag *f, const char *value, struct err *e);
int take_seed(struct options *o, const struct flag *f, const char *value, struct err *e);
int take_codes(struct options *o, const struct flag *f, const char *value, struct err *e);
int take_rows(struct options *o, const struct flag *f, const char *value, struct err *e);
int take_rate(struct options *o, const struct flag *f, const char *value, struct err *e);
int take_max_failures(struct options *o, const struct flag *f, const char *value, struct err *e);
/* Words of jobwords.h. */
int take_delimiter(struct options *o, const struct flag *f, const char *value, struct err *e);
int take_quote(struct options *o, const struct flag *f, const char *value, struct err *e);
int take_escape(struct options *o, const struct flag *f, const char *value, struct err *e);
int take_date_order(struct options *o, const struct flag *f, const char *value, struct err *e);
int take_decimal(struct options *o, const struct flag *f, const char *value, struct err *e);
int take_dialect(struct options *o, const struct flag *f, const char *value, struct err *e);
int take_where(struct options *o, const struct flag *f, const char *value, struct err *e);
int take_simulate(struct options *o, const struct flag *f, const char *value, struct err *e);
/* help and version are seen before anything is taken. */
int take_nothing(struct options *o, const struct flag *f, const char *value, struct err *e);

#endif
