# bash completion for claimpipe: the program itself says what a word could be.
_claimpipe() {
    local line=${COMP_LINE:0:COMP_POINT} blank kind lead= last candidate i
    local -a words=() found=()

    # bash breaks words at = and :, which stand inside of ours; what no blank divides is put together again.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        blank=${line%%[![:blank:]]*}
        line=${line#"$blank"}
        last=${COMP_WORDS[i]}
        ((i < COMP_CWORD)) || last=$line
        if ((i == 0)) || [[ $blank ]]; then
            words+=("$last")
        else
            words[${#words[@]} - 1]+=$last
        fi
        line=${line#"$last"}
    done
    last=${words[${#words[@]} - 1]}
    for i in "${!words[@]}"; do
        words[i]=${words[i]//[\'\"\\]/}
        words[i]=${words[i]/#\~\//"$HOME/"}
    done

    COMPREPLY=()
    mapfile -t found < <("${words[0]}" completion -- "${words[@]:1}" 2>/dev/null)
    kind=${found[0]}
    # What bash takes for the word begins behind the last = or :, if it breaks words there.
    [[ $last == [\'\"]* ]] || lead=${last%"${last##*[=:]}"}
    [[ $lead && $COMP_WORDBREAKS == *"${lead: -1}"* ]] || lead=
    last=${last:${#lead}}
    lead=${lead//[\'\"\\]/}
    if [[ $kind == files* ]]; then
        compopt -o filenames
        last=${last#[\'\"]}
        mapfile -t COMPREPLY < <(compgen -f -- "${last//\\/}")
        return
    fi
    for candidate in "${found[@]:1}"; do
        candidate=${candidate%%$'\t'*}
        [[ $candidate != *: ]] || compopt -o nospace
        candidate=${candidate:${#lead}}
        # Inside of quotes bash itself closes them.
        [[ $last == [\'\"]* ]] || printf -v candidate %q "$candidate"
        COMPREPLY+=("$candidate")
    done
}
complete -F _claimpipe claimpipe
