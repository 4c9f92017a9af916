# Completion of lcpc for bash:  source envs/completion.bash   (zsh: autoload -U bashcompinit && bashcompinit, then the same)
# It reads the folders of a clone and starts Python once, for the verbs.
_lcpc_names() { # names of the files of a folder that are no helpers
    local path
    for path in "$1"/*; do
        path=${path##*/}
        [[ $path == _* ]] || echo "${path%.*}"
    done
}

_lcpc_captioned() { # names of the tables or figures in a folder
    grep -l '^CAPTION' "$1"/*.py 2>/dev/null | sed -e 's#.*/##' -e 's#\.py$##' -e '/^_/d'
}

_lcpc() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words
    case $before in
        lcpc) words=${_lcpc_verbs:=$(lcpc --help | sed -n 's/^    \([a-z][a-z]*\) .*/\1/p')} ;;
        --run | --compare | plan) words=$(_lcpc_names config | grep -v -e README -e schema) ;;
        table) words="$(_lcpc_captioned lcpc/tables) audit" ;;
        figure) words=$(_lcpc_captioned lcpc/figures) ;;
        bench) words=$(_lcpc_names lcpc/bench) ;;
        *) words="--run --root --verbose --help" ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    [[ $before != trace ]] || mapfile -t COMPREPLY < <(compgen -f -- "$word")
}
complete -o default -F _lcpc lcpc
