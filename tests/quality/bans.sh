#!/bin/sh
# Functions that must not be called: unbounded, stateful, or unable to tell an error.
. "$(dirname "$0")/tap.sh"

for banned in strcpy strcat sprintf vsprintf strtok atoi atol atoll atof localtime gmtime ctime asctime gets; do
    # shellcheck disable=SC2046
    tap_check "$banned is not called" "$(grep -nE "(^|[^A-Za-z0-9_])${banned}[[:space:]]*\\(" $(c_files))"
done
tap_check "libcsv's parser is known by its functions alone" \
    "$(grep -nE 'parser(\.|->)[a-z_]+' pipeline/adapters/csvio.c)"
tap_end
