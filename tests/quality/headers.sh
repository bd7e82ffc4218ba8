#!/bin/sh
# Each header compiles alone, may be included twice, and is short.
. "$(dirname "$0")/tap.sh"
tap_need "$CC" "$CLANG"
LINES_MAX=140

# shellcheck disable=SC2086,SC2090
alone() {
    printf '#include "%s"\n#include "%s"\n' "$2" "$2" |
        $1 $CPPFLAGS -I. -std=c11 $WARNINGS -fsyntax-only -x c - 2>&1
}

for header in $(find include pipeline -name '*.h' | sort); do
    for cc in "$CC" "$CLANG"; do
        tap_check "$header compiles alone with $cc" "$(alone "$cc" "${header#include/}")"
    done
    lines=$(wc -l <"$header")
    tap_check "$header is under $LINES_MAX lines" "$([ "$lines" -lt "$LINES_MAX" ] || echo "it has $lines")"
done
tap_end
