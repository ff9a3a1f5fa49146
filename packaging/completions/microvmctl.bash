# Completion of microvmctl for bash 3.2 and newer: what "microvmctl completion bash" prints.

_microvmctl() {
  # Bash parts words at : and = too; what no blank parts is one word. The last one ends at the cursor.
  local rest=${COMP_LINE:0:COMP_POINT} words=() i n=-1
  for ((i = 0; i <= COMP_CWORD; i++)); do
    if [[ $i == 0 || $rest == [[:blank:]]* ]]; then
      n=$((n + 1))
      words[n]=''
    fi
    rest=${rest#"${rest%%[![:blank:]]*}"}
    if ((i == COMP_CWORD)); then
      words[n]+=$rest
    else
      words[n]+=${COMP_WORDS[i]}
      rest=${rest#"${COMP_WORDS[i]}"}
    fi
  done

  # A quote that was opened stays where it is.
  local last=${words[n]}
  case $last in
    [\"\']*) last=${last:1} ;;
  esac
  words[n]=$last

  # Bash replaces what stands behind the last character that parts words, and not the whole word.
  local front=$last
  while [ -n "$front" ]; do
    case $COMP_WORDBREAKS in
      *"${front: -1}"*) break ;;
    esac
    front=${front%?}
  done

  local program word kept path
  program=$(type -P -- "$1") || program=microvmctl
  COMPREPLY=()
  while IFS=$'\t' read -r word kept; do
    case $word in
      :files | :folders)
        local action=-f
        [ "$word" = :files ] || action=-d
        path=${last#"$kept"}
        while IFS= read -r path; do
          path=$kept$path
          COMPREPLY+=("${path#"$front"}")
        done < <(compgen "$action" -- "$path")
        compopt -o filenames 2>/dev/null
        ;;
      *) COMPREPLY+=("${word#"$front"}") ;;
    esac
  done < <("$program" completion words -- "${words[@]:1}" 2>/dev/null)

  case ${COMPREPLY[0]-} in
    *=) [ ${#COMPREPLY[@]} -eq 1 ] && compopt -o nospace 2>/dev/null ;;
  esac
  return 0
}

complete -F _microvmctl microvmctl
