/*
 * outbox: a folder in which messages are written instead of being sent: FOLDER/TOKEN.eml, where TOKEN is what stands
 * before the @ of the Message-ID.
 *
 * A file is there whole (its attachments in place) and on the disk, or not at all; mode 0600.  The same message again
 * takes the place of the one before.  A link of that name is replaced, not followed.  Any number of threads.
 */
#ifndef CLAIMPIPE_ADAPTERS_OUTBOX_H
#define CLAIMPIPE_ADAPTERS_OUTBOX_H

#include "base/err.h"

struct answer;
struct request;

/* Makes the folder, if it is not there. */
int outbox_open(const char *folder, struct err *e) MUST_CHECK;

/* The answer as a mail server's: ANSWERED with 250 and where it lies; or NOT_SENT, with TROUBLE_MESSAGE (this message can't
 * be written), TROUBLE_OUTBOX (none can) or TROUBLE_OTHER (no memory). */
void outbox_write(const char *folder, const struct request *r, struct answer *a);

#endif
