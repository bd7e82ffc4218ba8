/*
 * drift: compares how an input is read with how it was read the last time.
 *
 * Each difference that can change a key is refused with the option that settles it, for a changed key is a person who is
 * issued again.
 */
#include "policy/drift.h"

#include "base/reading.h"

#include <string.h>

static int compare_presets(const struct drift_now *now, const struct drift_past *past, bool older,
                           struct err *e)
{
    long long run = past->run;

    if (now->preset_said || older || strcmp(now->preset, past->preset) == 0)
        return 0;
    if (!*now->preset)
        return err_set(e, EXIT_USAGE,
                       "%s: was read with preset %s by run %lld, and does not fit it any more: "
                       "nothing was done; say --preset %s to learn what it lacks, or --preset none "
                       "with a --where in place of its filter",
                       now->input, past->preset, run, past->preset);
    if (!*past->preset)
        return err_set(e, EXIT_USAGE,
                       "%s: was read without a preset by run %lld, and now fits %s: nothing was "
                       "done; say --preset %s if its filter is to count, --preset none to do "
                       "without as before",
                       now->input, run, now->preset, now->preset);
    return err_set(
        e, EXIT_USAGE,
        "%s: was read with preset %s by run %lld, and now fits %s: nothing was done; say "
        "--preset %s if that is right, --preset %s to learn what it lacks, or --preset none "
        "with a --where in place of their filters",
        now->input, past->preset, run, now->preset, now->preset, past->preset);
}

/* As --quote and --escape take it. */
static const char *quote_word(char quote, char buf[2])
{
    buf[0] = quote;
    buf[1] = '\0';
    return quote ? buf : "none";
}

static int compare_quotes(const struct drift_now *now, const struct drift_past *past, char quote,
                          struct err *e)
{
    char was[2], is[2];

    if (now->quote_said || now->reading->quote == quote)
        return 0;
    return err_set(e, EXIT_USAGE,
                   "%s: was read with --quote %s by run %lld, and would now be with %s: rows that "
                   "are done could be taken for new ones, so nothing was done; say --quote, "
                   "whichever is right",
                   now->input, quote_word(quote, was), (long long)past->run,
                   quote_word(now->reading->quote, is));
}

static int compare_escapes(const struct drift_now *now, const struct drift_past *past, char escape,
                           struct err *e)
{
    char was[2], is[2];

    if (now->escape_said || now->reading->escape == escape)
        return 0;
    return err_set(e, EXIT_USAGE,
                   "%s: was read with --escape %s by run %lld, and would now be with %s: rows that "
                   "are done could be taken for new ones, so nothing was done; say --escape, "
                   "whichever is right",
                   now->input, quote_word(escape, was), (long long)past->run,
                   quote_word(now->reading->escape, is));
}

static int compare_sheets(const struct drift_now *now, const struct drift_past *past,
                          const struct reading *was, struct err *e)
{
    if (now->sheet_said || now->reading->sheet == 0 || was->sheet == 0 ||
        was->sheet_mark == now->reading->sheet_mark)
        return 0;
    return err_set(e, EXIT_USAGE,
                   "%s: sheet \"%s\" would be read, and run %lld read another one: nothing was "
                   "done; say --sheet \"%s\" if that is the right one",
                   now->input, now->sheet, (long long)past->run, now->sheet);
}

static int compare_encodings(const struct drift_now *now, const struct drift_past *past,
                             const struct reading *was, struct err *e)
{
    if (was->plain)
        return 0;
    if (strcmp(was->encoding, now->reading->encoding) == 0 ||
        !(was->guessed || now->reading->guessed))
        return 1;
    return err_set(e, EXIT_USAGE,
                   "%s: was read as %s by run %lld, and would now be as %s, which is a guess%s: "
                   "rows that are done could be taken for new ones, so nothing was done; say "
                   "--encoding, whichever is right",
                   now->input, was->encoding, (long long)past->run, now->reading->encoding,
                   now->reading->guessed ? "" : " no more");
}

int drift_compare(const struct drift_now *now, const struct drift_past *past, struct err *e)
{
    struct reading was;
    bool older = reading_parse(past->reading, &was) != 0;

    if (older)
        reading_init(&was);
    if (past->newest &&
        (compare_sheets(now, past, &was, e) != 0 || compare_presets(now, past, older, e) != 0 ||
         compare_quotes(now, past, was.quote, e) != 0 ||
         compare_escapes(now, past, was.escape, e) != 0))
        return -1;
    if (older || now->encoding_said || now->reading->plain)
        return 1;
    return compare_encodings(now, past, &was, e);
}
