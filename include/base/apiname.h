/*
 * apiname: one name for one API, however its URL is spelled.
 *
 * What the ledger knows is kept by this name, so that another spelling is no other API, at which everything
 * would be issued once more.  As RFC 3986, 6.2 says: case, percent-encoding, segments of dots, default and empty
 * ports; and: no user, no dot or slash at the end, addresses in one form (RFC 5952), and 127.0.0.1 for
 * `localhost` and the other names of this machine's loopback.  Names that need DNS are not resolved, and
 * internationalised ones stay as they are written.  Pure.
 */
#ifndef CLAIMPIPE_BASE_APINAME_H
#define CLAIMPIPE_BASE_APINAME_H

#include "base/text.h"

/* Appends the name; of what is no URL, that itself. */
void apiname_append(struct text *out, struct slice url);

#endif
