#!/bin/sh
# No function is over 100 lines, nor over a complexity of 15 (20 in tests; McCabe, a switch counted once).
. "$(dirname "$0")/tap.sh"
tap_need pmccabe
COMPLEXITY_MAX=15 # of what is shipped
COMPLEXITY_TESTS_MAX=20 # servers and tables of tests
FUNCTION_LINES_MAX=100

for file in $(c_files | grep '\.c$'); do
    case $file in tests/*) most=$COMPLEXITY_TESTS_MAX ;; *) most=$COMPLEXITY_MAX ;; esac
    # pmccabe: modified, traditional, statements, first line, lines, file(line): name
    tap_check "$file has no swollen function" "$(pmccabe "$file" 2>&1 | awk \
        -v complexity=$most -v lines=$FUNCTION_LINES_MAX '
        $1 !~ /^[0-9]+$/ { print; next }
        $1 > complexity { print $6, $7 ": complexity " $1 " (at most " complexity ")" }
        $5 > lines { print $6, $7 ": " $5 " lines (at most " lines ")" }')"
done
tap_end
