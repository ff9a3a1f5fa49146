# Completion of microvmctl for fish: what "microvmctl completion fish" prints.

function __microvmctl_words
    set -l words (commandline --cut-at-cursor --tokenize --current-process)
    set -l last (commandline --cut-at-cursor --current-token | string unescape)
    set -l program $words[1]
    set -e words[1]
    command -q $program; or set program microvmctl
    for line in (command $program completion words -- $words "$last" 2>/dev/null)
        set -l parts (string split --max 1 \t -- $line)
        set -l typed (string replace -- "$parts[2]" '' "$last")
        switch $parts[1]
            case :files
                printf '%s\n' $parts[2](__fish_complete_path "$typed")
            case :folders
                printf '%s\n' $parts[2](__fish_complete_directories "$typed")
            case '*'
                echo $line
        end
    end
end

complete --command microvmctl --no-files --arguments '(__microvmctl_words)'
