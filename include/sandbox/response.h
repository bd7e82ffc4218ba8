/*
 * response: a reply put on a connection of libmicrohttpd, in the manner that it asks for.
 */
#ifndef CLAIMPIPE_SANDBOX_RESPONSE_H
#define CLAIMPIPE_SANDBOX_RESPONSE_H

struct MHD_Connection;
struct reply;

/* 0: the answer is on its way.  -1: the connection is to be closed without an answer, either because
 * the reply wants that or because memory ran out.  Keeps nothing of the reply. */
int response_send(struct MHD_Connection *connection, const struct reply *r);

#endif
