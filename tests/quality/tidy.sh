#!/bin/sh
# clang-tidy, by the checks that .clang-tidy names, and with clang's own warnings, over what is shipped (tests may
# call system, seed random with a constant, and the like).  TIDY_FILES: these files instead.  TIDY_NODES: the analyzer
# follows so many states of each function, not 225,000: every check still runs over every file, but less deep.
. "$(dirname "$0")/tap.sh"
tap_need clang-tidy

out=$(mktemp -d) || exit 2
trap 'rm -rf "$out"' EXIT
: "${TIDY_FILES:=$(c_files | grep '^pipeline/.*\.c$')}"
: "${TIDY_NODES:=225000}"
DEPTH="--extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang --extra-arg=max-nodes=$TIDY_NODES"
# shellcheck disable=SC2086,SC2016
printf '%s\n' $TIDY_FILES | CPPFLAGS="$CPPFLAGS" WARNINGS="$WARNINGS" DEPTH="$DEPTH" OUT="$out" xargs -P "$(nproc)" -I FILE sh -c '
    to="$OUT/$(echo "FILE" | tr / _)"
    clang-tidy --quiet "FILE" $DEPTH -- $CPPFLAGS -std=c11 -fopenmp $WARNINGS >"$to" 2>&1 && : >"$to"'
for file in $TIDY_FILES; do
    tap_check "$file is tidy" "$(grep -E '(error|warning|note):|^Error' "$out/$(echo "$file" | tr / _)" 2>&1)"
done
tap_end
