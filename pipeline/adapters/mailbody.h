/*
 * mailbody: a message's bytes as they leave, its files in base64 (RFC 2045, 6.8) at their places.
 *
 *   opened (the files too, so that one which is not there is known before anything is said) -> read to its end -> closed
 *
 * A file's lines have 76 characters, and each ends with CR LF, the last too.  Borrows the request.  Of one thread.
 */
#ifndef CLAIMPIPE_ADAPTERS_MAILBODY_H
#define CLAIMPIPE_ADAPTERS_MAILBODY_H

#include "base/answer.h"
#include "base/request.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The least room that mailbody_read is given: a line of a file. */
#define MAILBODY_ROOM_MIN 78

struct mailbody_file {
    int fd;
    int64_t size, left;
    struct timespec changed;
};

struct mailbody {
    const struct request *request; /* NULL: none is open */
    int64_t size;                  /* of all, as it leaves */
    bool wide, wide_head;          /* has bytes over 127, anywhere or in its head */
    size_t at;                     /* of the request's body */
    size_t file;                   /* the next one */
    struct mailbody_file *files;
};

/* 0; or -1, with what is wrong in a: TROUBLE_MESSAGE, or TROUBLE_OTHER if it may go another time.  Then nothing is open. */
int mailbody_open(struct mailbody *b, const struct request *r, struct answer *a);
/* So many bytes, 0 at the end, or -1 with what is wrong in a: a file is not what it was. */
ssize_t mailbody_read(struct mailbody *b, char *to, size_t room, struct answer *a);
void mailbody_close(struct mailbody *b);

#endif
