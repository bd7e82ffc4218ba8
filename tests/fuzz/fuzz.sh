#!/bin/sh
# fuzz.sh SECONDS [TARGET]: looks for inputs that break a target (or each, for so long), from its corpus here and
# its seeds on: for `input` every CSV of the repository, for the others what seeds.py makes.
# fuzz.sh replay: only these, in a program without libFuzzer, and prints TAP.
#
# What breaks one is left in BUILD/fuzz/found/TARGET; BUILD/fuzz/work/TARGET keeps what was learnt for the next
# time.  So the corpus here gets what is new:
#   BUILD/fuzz/fuzz_input -set_cover_merge=1 -use_counters=0 tests/fuzz/corpora/input build/fuzz/work/input
cd "$(dirname "$0")/../.." || exit 2
fuzz=${BUILD:-build}/fuzz
replays=${BUILD:-build}/asan
corpora=tests/fuzz/corpora
# A filter for files that have none.
FILTER='#2 is not empty and (#1 != 1 or #2 >= 80%)'
export ASAN_OPTIONS="abort_on_error=0:${ASAN_OPTIONS:-}"

targets=$(ls "$corpora") || exit 2
rm -rf "$fuzz/seeds" "$fuzz/found"
python3 tests/fuzz/seeds.py "$fuzz/seeds" && mkdir -p "$fuzz/seeds/input" || exit 2
for csv in tests/corpora/*/*.csv tests/corpora/*/*/*.csv tests/cases/*/*/in*.csv samples/exports/*.csv; do
    { printf 'a%s\n' "$FILTER" && cat "$csv"; } >"$fuzz/seeds/input/$(printf %s "$csv" | tr / _)" || exit 2
done
for target in $targets; do
    mkdir -p "$fuzz/found/$target" "$fuzz/work/$target" || exit 2
done

if [ "$1" = replay ]; then
    number=0 failed=0
    for target in $targets; do
        for inputs in "$corpora/$target" "$fuzz/seeds/$target"; do
            number=$((number + 1))
            n=$(find "$inputs" -type f ! -name '.*' | wc -l)
            if said=$("$replays/replay_$target" "$inputs"/* 2>&1) &&
                [ "$n" -gt 10 ] && [ "$(printf '%s\n' "$said" | grep -c '^Executed ')" -eq "$n" ]; then
                echo "ok $number - each of the $n inputs of $inputs"
            else
                failed=1
                echo "not ok $number - each of the $n inputs of $inputs"
                printf '%s\n' "$said" | grep -v '^Executed' | tail -40 | sed 's/^/# /'
            fi
        done
    done
    echo "1..$number"
    exit "$failed"
fi

# The one for which the lengths and the dictionary were found.
options() {
    case $1 in
    input) echo "-max_len=1000 -entropic=0 -dict=tests/fuzz/fuzz_input.dict" ;;
    # OpenSSL and SQLite keep what libFuzzer takes for a leak, and looks for after each run; at the end all is looked at.
    *) echo "-max_len=4000 -detect_leaks=0" ;;
    esac
}

failed=0
for target in ${2:-$targets}; do
    log=$fuzz/log.$target
    # shellcheck disable=SC2046
    "$fuzz/fuzz_$target" "-max_total_time=$1" -timeout=10 -print_final_stats=1 $(options "$target") \
        "-artifact_prefix=$fuzz/found/$target/" \
        "$fuzz/work/$target" "$corpora/$target" "$fuzz/seeds/$target" 2>"$log"
    code=$?
    grep -E '^stat::(number|average|new)|^==|not so|SUMMARY|runtime error' "$log" | sed "s/^/$target: /"
    [ "$code" -eq 0 ] && continue
    failed=$code
    echo "fuzz: see $log, and $fuzz/fuzz_$target $fuzz/found/$target/* shows it again" >&2
done
exit "$failed"
