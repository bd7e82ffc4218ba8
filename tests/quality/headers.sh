#!/bin/sh
# Each header compiles alone, may be included twice, and is short.
. "$(dirname "$0")/tap.sh"
tap_need "$CC" "$CLANG"
LINES_MAX=140

# Functions (not members) that can fail as a run does, and do not say that they must be asked; statements of these headers, a line each.
unmarked() {
    cat "$@" | sed 's|//.*||' | tr '\n' ' ' | sed 's|/\*[^*]*\*\+\([^/*][^*]*\*\+\)*/||g; s/[;{}]/;\n/g' |
        grep -E 'struct err \*[a-z_]+\) *;' | grep -vE '^ *(typedef|static|void|bool) |\(\*'
}

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
# shellcheck disable=SC2046
tap_check "who takes a struct err is MUST_CHECK" \
    "$(unmarked $(find include pipeline -name '*.h' ! -path '*/sandbox/*' ! -name err.h))"
tap_end
