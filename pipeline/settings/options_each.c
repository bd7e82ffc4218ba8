/* options_each: getopt_long's view of the settings. */
#include "settings/options_each.h"

#include "base/text.h"
#include "settings/settings.h"

#include <getopt.h>
#include <stdbool.h>
#include <string.h>

#define VALUE_FIRST 256 /* getopt's values of the options: past every letter */
#define NEAR_NAME_MAX 64

static void make_getopt(struct option *longs, char *shorts)
{
    const struct setting *s;
    size_t n = 0;

    *shorts++ = ':';
    for (; (s = settings_at(n)); n++) {
        int argument = s->optional       ? optional_argument
                       : settings_arg(s) ? required_argument
                                         : no_argument;

        longs[n] = (struct option){s->option, argument, NULL, VALUE_FIRST + (int)n};
        if (s->letter) {
            *shorts++ = s->letter;
            if (settings_arg(s))
                *shorts++ = ':';
        }
    }
    longs[n] = (struct option){0};
    *shorts = '\0';
}

static const struct setting *setting_of(int value)
{
    const struct setting *s;
    size_t i = 0;

    if (value >= VALUE_FIRST)
        return settings_at((size_t)(value - VALUE_FIRST));
    while ((s = settings_at(i)) && s->letter != value)
        i++;
    return s;
}

static bool begins_several(struct slice name)
{
    const struct setting *s;
    size_t begun = 0;

    for (size_t i = 0; (s = settings_at(i)); i++)
        begun += name.len && strncmp(s->option, name.ptr, name.len) == 0;
    return begun > 1;
}

/* An unknown option, without what stands behind its '=', which may be a secret. */
static int complain_of_name(const char *word, struct err *e)
{
    size_t dashes = strspn(word, "-"), len = strcspn(word, "=");
    struct slice name = {word + dashes, len > dashes ? len - dashes : 0};
    const struct setting *near = settings_nearest(name);
    int shown = len > NEAR_NAME_MAX ? NEAR_NAME_MAX : (int)len;

    if (slice_is(name, "password") || slice_is(name, "pass"))
        return err_set(e, EXIT_USAGE,
                       "%.*s: no such option: a claim's password is given as --set "
                       "password-1.password=env:NAME or file:PATH (claimpipe help secrets)",
                       shown, word);
    if (begins_several(name))
        return err_set(
            e, EXIT_USAGE,
            "%.*s: several options begin so: write it out (claimpipe help all lists them)", shown,
            word);
    if (near)
        return err_set(e, EXIT_USAGE,
                       "%.*s: no such option: did you mean --%s?  (claimpipe help all lists them)",
                       shown, word, near->option);
    return err_set(e, EXIT_USAGE, "%.*s: no such option: claimpipe help all lists them", shown,
                   word);
}

static int complain(const char *word, int value, struct err *e)
{
    const struct setting *s = optopt ? setting_of(optopt) : NULL;

    if (s)
        return err_set(e, EXIT_USAGE, "--%s %s: see claimpipe help all", s->option,
                       value == ':' ? "needs a value" : "takes no value");
    if (optopt)
        return err_set(e, EXIT_USAGE, "-%c: no such option: claimpipe help all lists them", optopt);
    return complain_of_name(word, e);
}

int options_each(int argc, char **argv, int *words,
                 int (*each)(struct options *o, const struct setting *s, const char *value,
                             struct err *e),
                 struct options *o, struct err *e)
{
    struct option longs[SETTINGS_MAX + 1];
    char shorts[2 * SETTINGS_MAX + 2];
    int value;

    make_getopt(longs, shorts);
    opterr = 0;
    optind = 0; /* glibc's word for "from the beginning": argv is read more than once */
    while ((value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        if (value == '?' || value == ':')
            return complain(argv[optind - 1], value, e);
        if (each(o, setting_of(value), optarg, e) != 0)
            return -1;
    }
    *words = optind;
    return 0;
}
