/* jsonfile: a file is read whole before any of it is parsed. */
#include "adapters/jsonfile.h"

#include "adapters/json.h"
#include "adapters/plainfile.h"
#include "base/text.h"

#include <string.h>

static struct json *parse(const char *path, const struct text *bytes, struct err *e)
{
    static const char mark[] = "\xef\xbb\xbf"; /* which some editors write before everything */
    struct slice s = {bytes->ptr, bytes->len};
    struct json_fault f;
    struct json *doc;

    if (s.len >= 3 && memcmp(s.ptr, mark, 3) == 0)
        s = (struct slice){s.ptr + 3, s.len - 3};
    doc = json_parse_strict(s, &f);
    if (!doc && f.line == 0)
        err_nomem(e);
    else if (!doc)
        err_set(e, EXIT_USAGE, "%s:%d:%d: %s", path, f.line, f.column, f.text);
    return doc;
}

struct json *jsonfile_read(const char *path, const char *what, size_t max, struct err *e)
{
    struct json *doc = NULL;
    struct text bytes;

    text_init(&bytes);
    if (plainfile_read(path, what, max, &bytes, e) == 0)
        doc = parse(path, &bytes, e);
    text_release(&bytes);
    return doc;
}
