#!/bin/sh
# The main job over a sample export, against a practice server of its own: `make demo`.
# BUILD names the folder of the programs; what the demo leaves is in BUILD/demo, and each time made anew.
set -eu
samples=$(cd "$(dirname "$0")" && pwd)
build=${BUILD:-build}
kept=$build/demo
dir=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || :
    rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT TERM

# As it is typed here, and so that it can be pasted.
input=$samples/completions.csv
[ "$input" != "$PWD/samples/completions.csv" ] || input=samples/completions.csv

rm -rf "$kept"
mkdir -p "$kept"
mkfifo "$dir/ready"
"$build/claimpipe-sandbox" --quiet --config "$samples/sandbox.json" >"$dir/ready" &
server=$!
read -r _ _ url <"$dir/ready"

export BITBADGES_API_URL="$url" BITBADGES_API_KEY=sandbox-key CLAIM_PASSWORD="open sesame"
echo "practice server on $url; claiming for samples/completions.csv:"
code=0
# The failed rows can't be tried again by pasting: the server goes.
mkfifo "$dir/said"
sed -u '/^to try the failed rows again/d' <"$dir/said" >&2 &
heard=$!
"$build/claimpipe" claim "$input" -c demo-completions --set password-1.password=env:CLAIM_PASSWORD \
    --queue-delay 2s --ledger "$kept/ledger.db" -o "$kept/results.csv" 2>"$dir/said" || code=$?
wait "$heard" || :
echo
echo "the first rows of the results CSV:"
head -n 6 "$kept/results.csv"
echo
echo "Exit code $code means that some rows are not done: the results say which and why."
[ "$code" -eq 1 ]
cat <<END

Kept: $kept/results.csv, with what became of every row, and $kept/ledger.db, which knows
who is done. The practice server is gone; these work without it:

  $build/claimpipe runs --ledger $kept/ledger.db
  $build/claimpipe report last --ledger $kept/ledger.db -o $kept/again.csv
  $build/claimpipe check claim $input -c demo-completions --api-url $url --ledger $kept/ledger.db

To go on practising: $build/claimpipe-sandbox --config samples/sandbox.json says what to type.
To install: sudo make install, then man claimpipe.
With your own key and claim: claimpipe doctor -c CLAIM_ID says whether all is as it must be.
END
