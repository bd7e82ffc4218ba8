/*
 * options_mail: what `mail`, and jobs with a step of it, are told of letters and the mail server.
 */
#ifndef CLAIMPIPE_SETTINGS_OPTIONS_MAIL_H
#define CLAIMPIPE_SETTINGS_OPTIONS_MAIL_H

#include "base/err.h"

struct options;

/* After all values are taken: what `mail` says by the usual options of pace goes to the mail server's, and what does not
 * fit is refused with EXIT_USAGE. */
int options_mail_read(struct options *o, struct err *e) MUST_CHECK;

#endif
