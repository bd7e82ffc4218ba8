/*
 * read: bytes of a file or of standard input become records.
 *
 * The input is passed over three times: once to count, hash and refuse what can't be read at all
 * (before anything is sent), once to act, once to report.  Standard input is therefore spooled to an
 * unlinked temporary file first, and a named file is kept open, so that all three see the same file
 * even if its name is given to another meanwhile.  That its content was the same each time is checked
 * by the hash of the bytes.
 *
 * Memory: one batch.  One thread.
 */
#ifndef CLAIMPIPE_STAGES_READ_H
#define CLAIMPIPE_STAGES_READ_H

#include "base/err.h"
#include "base/records.h"

struct input; /* an open input; each pass begins with read_rewind */

/* Open path ("-": standard input), take the first pass.  NULL with EXIT_INPUT: not there, not
 * readable, a folder, empty, no header, binary, or a quote that swallows the file. */
struct input *read_open(const char *path, struct err *e);
void read_close(struct input *in);
const struct input_facts *read_facts(const struct input *in);

/* Begin another pass. */
int read_rewind(struct input *in, struct err *e);
/* The next batch (b's arena is reset first): b->n == 0 at the end.  A record whose number of fields
 * differs from the header's has a fault, with all its fields.  At the end of a pass, a content that
 * differs from the first pass is EXIT_INPUT: "NAME changed while it was read: …". */
int read_batch(struct input *in, struct batch *b, struct err *e);

/* The same as a source, for stages that need not know where records come from. */
struct source read_source(struct input *in);

#endif
