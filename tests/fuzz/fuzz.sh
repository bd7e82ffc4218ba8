#!/bin/sh
# fuzz.sh SECONDS: looks for inputs that break fuzz_input, from the corpus here and every CSV of the
# repository on.  fuzz.sh replay: only these, and prints TAP.
#
# What breaks it is left in BUILD/fuzz/found; BUILD/fuzz/work keeps what was learnt for the next time.  So
# the corpus here gets what is new:
#   BUILD/fuzz/fuzz_input -set_cover_merge=1 -use_counters=0 tests/fuzz/corpus build/fuzz/work
cd "$(dirname "$0")/../.." || exit 2
fuzz=${BUILD:-build}/fuzz
corpus=tests/fuzz/corpus
# A filter for files that have none.
FILTER='#2 is not empty and (#1 != 1 or #2 >= 80%)'
export ASAN_OPTIONS="abort_on_error=0:${ASAN_OPTIONS:-}"

rm -rf "$fuzz/csv" "$fuzz/found"
mkdir -p "$fuzz/csv" "$fuzz/found" "$fuzz/work" || exit 2
for csv in tests/corpora/*/*.csv tests/corpora/*/*/*.csv tests/cases/*/in*.csv samples/exports/*.csv; do
    { printf 'a%s\n' "$FILTER" && cat "$csv"; } >"$fuzz/csv/$(printf %s "$csv" | tr / _)" || exit 2
done

if [ "$1" = replay ]; then
    number=0 failed=0
    for inputs in "$corpus" "$fuzz/csv"; do
        number=$((number + 1))
        n=$(find "$inputs" -type f ! -name '.*' | wc -l)
        if said=$("$fuzz/fuzz_input" -runs=1 -timeout=20 "-artifact_prefix=$fuzz/found/" "$inputs"/* 2>&1) &&
            [ "$n" -gt 100 ] && [ "$(printf '%s\n' "$said" | grep -c '^Executed ')" -eq "$n" ]; then
            echo "ok $number - each of the $n inputs of $inputs"
        else
            failed=1
            echo "not ok $number - each of the $n inputs of $inputs"
            printf '%s\n' "$said" | grep -v '^INFO' | tail -40 | sed 's/^/# /'
        fi
    done
    echo "1..$number"
    exit "$failed"
fi

"$fuzz/fuzz_input" "-max_total_time=$1" -timeout=10 -max_len=1000 -entropic=0 -print_final_stats=1 \
    -dict=tests/fuzz/fuzz_input.dict "-artifact_prefix=$fuzz/found/" \
    "$fuzz/work" "$corpus" "$fuzz/csv" 2>"$fuzz/log"
code=$?
grep -E '^stat::(number|average|new)|^==|not so|SUMMARY|runtime error' "$fuzz/log"
[ "$code" -eq 0 ] || echo "fuzz: see $fuzz/log, and $fuzz/fuzz_input $fuzz/found/* shows it again" >&2
exit "$code"
