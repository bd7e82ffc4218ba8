/*
 * intake_link: an input that is a link to a page (policy/sharelink.h) is fetched from where its file is.
 *
 * It keeps the name of the link, in messages and in the ledger: that is what the user knows, and gives again.
 */
#include "intake_internal.h"

#include "adapters/fetch.h"
#include "adapters/spool.h"
#include "base/visible.h"
#include "policy/sharelink.h"

static void say(struct text *notices, const char *url, const struct sharelink *l)
{
    struct text names;

    text_init(&names);
    fetch_name(url, &names);
    text_puts(&names, ": is a link to a page; fetched from ");
    fetch_name(l->address.ptr, &names);
    visible_puts(notices, names.ptr);
    text_printf(notices, " (%s)\n", l->gives);
    notices->failed = notices->failed || names.failed;
    text_release(&names);
}

struct spool *intake_link_open(const char *path, const struct intake_wishes *w,
                               struct text *notices, struct err *e)
{
    const struct fetch_options *fetch = w->fetch;
    struct fetch_options options;
    struct sharelink link;
    struct spool *s = NULL;

    if (!fetch || !fetch_is_url(path))
        return spool_open(path, fetch, e);
    sharelink_init(&link);
    sharelink_read(&link, path, w->sheet || w->as_sheet > 0);
    options = *fetch;
    options.advice = link.advice;
    if (link.address.len > 0) {
        options.instead = link.address.ptr;
        say(notices, path, &link);
    }
    if (text_ok(&link.address) && text_ok(notices))
        s = spool_open(path, &options, e);
    else
        err_nomem(e);
    sharelink_release(&link);
    return s;
}
