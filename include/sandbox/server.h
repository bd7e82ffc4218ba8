/*
 * server: the world on a socket, by libmicrohttpd.  Listens on 127.0.0.1 only.
 */
#ifndef CLAIMPIPE_SANDBOX_SERVER_H
#define CLAIMPIPE_SANDBOX_SERVER_H

#include "base/err.h"

#include <stdint.h>

struct world;
struct server;

/* port 0: any free one.  Borrows the world, whose queue must not be running yet: the server listens
 * to what it does.  NULL with EXIT_OUTPUT if the port can't be had. */
struct server *server_start(struct world *w, uint16_t port, struct err *e);
uint16_t server_port(const struct server *s);
/* Ends every connection.  The queue goes on. */
void server_stop(struct server *s);

#endif
