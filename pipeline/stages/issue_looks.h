/*
 * issue_looks: looking up what became of what was sent (policy/reconcile.h).  Parts of issue, as issue_internal.h.
 */
#ifndef CLAIMPIPE_STAGES_ISSUE_LOOKS_H
#define CLAIMPIPE_STAGES_ISSUE_LOOKS_H

#include "issue_internal.h"

/* ---- issue_lookup.c ---- */

/* Its answer is lost; or it was accepted, and the server has forgotten it; or it was refused in an earlier
 * run: see policy/reconcile.h.  due_ns: of the first look. */
int issue_look_up(struct issue *is, struct flight *f, enum reconcile_case what, int64_t now,
                  int64_t due_ns, struct err *e) MUST_CHECK;
int issue_lose(struct issue *is, struct flight *f, int64_t now, struct err *e) MUST_CHECK;
/* Before a question of a look leaves. */
int issue_begin_question(struct issue *is, struct flight *f, struct err *e) MUST_CHECK;
/* How things are as a look of f begins.  others: is something of another run on its way to the target? */
void issue_judge(const struct issue *is, struct flight *f, bool others, int64_t now);
/* 1: yes; < 0: failed. */
int issue_has_others(const struct issue *is, const struct aim *aim, struct err *e) MUST_CHECK;
/* The listing is over.  If it has found something, or can be believed and proves nothing yet, no further question is
 * needed. */
int issue_look_on(struct issue *is, struct flight *f, int64_t now, struct err *e) MUST_CHECK;
/* All questions of a lookup are answered, as far as they can be. */
int issue_lookup_done(struct issue *is, struct flight *f, int64_t now, struct err *e) MUST_CHECK;
int issue_rest_unknown(struct issue *is, struct flight *f, struct err *e) MUST_CHECK;
/* The questions of a look get no usable answer. */
int issue_look_fails(struct issue *is, struct flight *f, struct err *e) MUST_CHECK;

/* ---- issue_listing.c ---- */

/* Does the look that f begins need a reading of its target's list? */
bool issue_seeks(const struct flight *f);
/* It waits for the next one, which begins when none is under way. */
int issue_seek(struct issue *is, struct flight *f, struct err *e) MUST_CHECK;
/* The list of the aim is read now, if that is due. */
int issue_list_if_due(struct issue *is, struct aim *aim, int64_t now, struct err *e) MUST_CHECK;
/* The next page of the list. */
int issue_ask_list(struct issue *is, struct flight *f, struct err *e) MUST_CHECK;
/* A page was read; or failed: why none could be had. */
int issue_handle_list(struct issue *is, struct flight *f, const char *failed, int64_t now,
                      struct err *e) MUST_CHECK;
void issue_free_waves(struct aim *aim);
struct listing *issue_listing_of(const struct flight *f);

#endif
