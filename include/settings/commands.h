/*
 * commands: the table of what claimpipe can be told to do, by its first words.
 */
#ifndef CLAIMPIPE_SETTINGS_COMMANDS_H
#define CLAIMPIPE_SETTINGS_COMMANDS_H

#include "base/err.h"

#include <stddef.h>

/* Bits, so that a setting can say which commands know it. */
enum command {
    COMMAND_CLAIM = 1,
    COMMAND_CODE = 2,
    COMMAND_STORE = 4,
    COMMAND_RUN = 8,
    COMMAND_CHECK = 16, /* of claim, code, store, mail or run: see options.h */
    COMMAND_LIST = 32,  /* code --list */
    COMMAND_SUCCESSES = 64,
    COMMAND_RUNS = 128,
    COMMAND_REPORT = 256,
    COMMAND_LEDGER_CHECK = 512,
    COMMAND_EXPORT = 1024,
    COMMAND_PRUNE = 2048,
    COMMAND_PRESETS = 4096,
    COMMAND_BACKUP = 8192,
    COMMAND_RESTORE = 16384,
    COMMAND_COMPLETION = 32768,
    COMMAND_SETTLE = 65536,
    COMMAND_WATCH = 131072,
    COMMAND_WHO = 262144,
    COMMAND_DOCTOR = 524288,
    COMMAND_PLAN = 1048576, /* run --plan: what it is to do stands in the plan */
    COMMAND_UNDO = 2097152,
    COMMAND_MAIL = 4194304,
    COMMAND_BOUNCES = 33554432,
    COMMAND_UNCLAIMED = 67108864,
    COMMAND_HELP = 1 << 29,
    COMMAND_VERSION = 1 << 30
};

struct command_row {
    enum command command;
    const char *first, *second; /* second: NULL if the command is one word */
    int min, max;               /* words that follow */
    const char *missing;        /* what to say when they are fewer */
    const char *usage;          /* behind "claimpipe " */
    const char *about;          /* lines behind "FIRST: "; NULL: the row before it says it */
};

/* One after the other; NULL behind the last. */
const struct command_row *commands_at(size_t i);
const struct command_row *commands_row(enum command command);
/* What the n words begin with, or NULL with EXIT_USAGE: none, or one that is not known. */
const struct command_row *commands_find(int n, char *const *words, struct err *e) MUST_CHECK;

#endif
