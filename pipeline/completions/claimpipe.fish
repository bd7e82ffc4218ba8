# fish completion for claimpipe: the program itself says what a word could be.
function __claimpipe_found
    set -l before (string replace -r '^~/' "$HOME/" -- (commandline -opc))
    set -l typed (string unescape -- (commandline -ct))
    set -l found ($before[1] completion -- $before[2..-1] "$typed" 2>/dev/null)

    if string match -q 'files*' -- $found[1]
        set -l lead (string replace -r '^files\t' '' -- $found[1])
        set -l path (string sub -s (math (string length -- "$lead") + 1) -- "$typed")
        for one in (__fish_complete_path "$path")
            echo -- $lead$one
        end
    else
        printf '%s\n' $found[2..-1]
    end
end
complete -c claimpipe -f -a '(__claimpipe_found)'
