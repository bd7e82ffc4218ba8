/*
 * message: a message and its bytes (RFC 5322, MIME: RFC 2045 to 2047, 2231, 2387).
 *
 *   multipart/mixed               if there are files
 *     multipart/related           if there are pictures
 *       multipart/alternative     if there is HTML
 *         text/plain, text/html
 *       image/… (Content-ID)
 *     a file …
 *
 * The same message has the same bytes.  Lines end with CR LF and have 998 bytes at the most (76, but for the user's own
 * long words).  Texts are UTF-8; fields hold no CR, LF or NUL (mailwords_fault).  Pure.
 */
#ifndef CLAIMPIPE_POLICY_MESSAGE_H
#define CLAIMPIPE_POLICY_MESSAGE_H

#include "base/request.h"
#include "base/slice.h"
#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

#define MESSAGE_FIELDS_MAX 16
#define MESSAGE_FILES_MAX 8
#define MESSAGE_PICTURES_MAX 9

struct message_field {
    struct slice name, value;
};
/* Shown where the HTML says cid:ID. */
struct message_picture {
    struct slice id, name, type, bytes; /* the name that it is saved by */
};
struct message_file {
    struct slice path;
};

struct message {
    struct slice id; /* without angle brackets */
    int64_t date_ms;
    struct slice from, from_name; /* address, and name or empty */
    struct slice to, to_name;
    struct slice subject;
    struct message_field fields[MESSAGE_FIELDS_MAX]; /* others */
    size_t n_fields;
    struct slice text, html; /* html may be empty */
    struct message_picture pictures[MESSAGE_PICTURES_MAX];
    size_t n_pictures;
    struct message_file files[MESSAGE_FILES_MAX];
    size_t n_files;
};

/* The message into out, and for each file its place in it, into places; their paths are the message's.  Check
 * text_ok(out). */
void message_write(const struct message *m, struct text *out, struct request_file *places);

/* Of a file, by the ending of its name. */
const char *message_type_of(struct slice path);

#endif
