/*
 * settings: the table of all that can be set, which the command line, job files, the help and the completions go by.
 *
 * A row says by which names a setting is known (an option, a member of the job file, a variable of the environment),
 * what kind of value it has, from where to where, and where that goes.  What each reader makes of a kind is its own:
 * options_take.h, jobsettings.h.  What only a job file can say (steps, routes) is in jobfile.c and jobsteps.c.
 */
#ifndef CLAIMPIPE_SETTINGS_SETTINGS_H
#define CLAIMPIPE_SETTINGS_SETTINGS_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SETTINGS_MAX 160 /* rows */

struct jobwords;

enum setting_group {
    GROUP_CLAIM,
    GROUP_CODE,
    GROUP_STORE,
    GROUP_MAIL,
    GROUP_WATCH,
    GROUP_INPUT,
    GROUP_ROWS,
    GROUP_AGAIN,
    GROUP_PACE,
    GROUP_SERVICE,
    GROUP_OUTPUT
};

enum setting_kind {
    SETTING_NOTHING, /* help, version and dry-run, which are seen before anything is taken */
    SETTING_ON,
    SETTING_RETRY,
    SETTING_SIMULATE,
    SETTING_TEXT,
    SETTING_PRESET,
    SETTING_COLUMN,
    SETTING_COLUMNS,   /* COLUMN,...; in a job file a list */
    SETTING_RECIPIENT, /* a column, too; its min is the enum identity_kind */
    SETTING_FILE,
    SETTING_LOOKUP,  /* a file, or what is fetched */
    SETTING_OUTPUT,  /* a file, or -; of results, which others say as well */
    SETTING_OUTFILE, /* a further file, or - */
    SETTING_HOOK,    /* a URL that is a key, or env:NAME or file:PATH with one; one more of a few */
    SETTING_NUMBER,  /* from min to max */
    SETTING_TIME,    /* at least min nanoseconds */
    SETTING_WORD,    /* one of words */
    SETTING_RATE,
    SETTING_FAILURES,
    SETTING_FILTER,
    SETTING_ROWS,
    SETTING_CLAIM,
    SETTING_SET,
    SETTING_CODES,
    SETTING_FILES, /* that are attached; one more of a few */
    /* env:NAME or file:PATH */
    SETTING_SECRET,
    SETTING_SEED,
    SETTING_CREDENTIAL,
    SETTING_SOURCE, /* read later */
    SETTING_KINDS
};

/* What offset is in. */
enum setting_part { SETTING_OF_JOB, SETTING_OF_STEP, SETTING_OF_TARGET, SETTING_OF_COMMAND };

/* What is said to a command and is no part of a job. */
struct settings_own {
    int64_t list;                          /* of `code --list`: how many */
    bool all;                              /* of `successes` */
    const char *before;                    /* of `ledger prune` */
    bool replace;                          /* of `ledger backup` */
    const char *api_key;                   /* env:NAME or file:PATH */
    const char *out;                       /* of `watch`: where results go, or NULL */
    bool once;                             /* of `watch` */
    int64_t stable_ns;                     /* of `watch` */
    const char *plan;                      /* of `run --plan`: its file */
    bool dry_run;                          /* of `undo` */
    bool in_order;                         /* of `unclaimed` */
    int64_t older_than_ns;                 /* of `unclaimed` */
    const char *imap_user, *imap_password; /* of `bounces`, or NULL */
    bool archive;                          /* of `bounces` */
    const char *test_to; /* of `mail`: who gets one message that nothing remembers, or NULL */
};

struct setting {
    enum setting_group group; /* rows of one stand together */
    char letter;              /* 0: none */
    const char *option;
    const char *arg; /* how its value is called in the help; NULL: see settings_arg */
    const char *help;
    unsigned
        commands; /* which know it: bits of commands.h; of a step's member also which actions */
    const char *member;   /* "limits.rate"; NULL: not in a job file */
    const char *variable; /* of the environment, which says it where nothing else does; or NULL */
    enum setting_kind kind;
    bool optional; /* its value need not be given: --option, or --option=VALUE */
    enum setting_part part;
    size_t offset, size;
    int64_t min, max;
    const struct jobwords *words;
};

/* The defaults. */
void settings_own_init(struct settings_own *own);
/* One after the other; NULL behind the last. */
const struct setting *settings_at(size_t i);
const struct setting *settings_find(const char *option); /* NULL: there is none of this name */
/* The one whose option is nearly called so; NULL: there is none. */
const struct setting *settings_nearest(struct slice name);
const char *settings_title(enum setting_group group);
/* How the option's value is called; NULL: it takes none. */
const char *settings_arg(const struct setting *s);
/* Does the option go with one of the commands?  check: behind check, where they are those that it can check. */
bool settings_goes_with(const struct setting *s, unsigned commands, bool check);
/* Do steps of this action have it? */
bool settings_is_of(const struct setting *s, const char *action);

#endif
