/*
 * jobsettings: the settings (settings.h) that stand in an object of a job file, into the job, its step or target.
 */
#ifndef CLAIMPIPE_SETTINGS_JOBSETTINGS_H
#define CLAIMPIPE_SETTINGS_JOBSETTINGS_H

#include <stddef.h>

struct jobfield;
struct jobfields;
struct json;

/* object is how the settings call it: "limits", "steps", or "" for the whole.  own: its other members, which are
 * read after the settings.  The rest is as jobfields_read has it. */
int jobsettings_read(struct jobfields *r, const char *object, const struct jobfield *own,
                     size_t n_own, unsigned parts, const struct json *v);

#endif
