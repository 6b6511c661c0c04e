/**
 * Scripts that shells load. They ask the program itself, `sluice complete-words`, so that what is offered is always what this
 * version takes, and names are those of the gateway. A line of the answer is a word, a tab and what it is; the single line
 * `:files` has the shell offer files.
 */

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The hidden command that the scripts run. */
export const COMPLETE_COMMAND = 'complete-words';

/** The line that stands for files. */
export const FILES_LINE = ':files';

const BASH = `# bash completion of sluice; load it with: source <(sluice completion bash)
_sluice() {
  local line word words current breaks='' done=''
  local before=\${COMP_LINE:0:COMP_POINT}
  # bash takes 10.0.0.5:8080 for three words; here a word is what stands between blanks.
  read -ra words <<<"$before"
  [[ $before == *[[:space:]] ]] && words+=('')
  current=\${words[-1]}
  # What bash sees as words of their own must not be offered again.
  [[ $COMP_WORDBREAKS == *:* ]] && breaks+=':'
  [[ $COMP_WORDBREAKS == *=* ]] && breaks+='='
  [[ -n $breaks ]] && done=\${current%"\${current##*[$breaks]}"}
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == '${FILES_LINE}' ]]; then
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
      return
    fi
    word=\${line%%$'\\t'*}
    word=\${word#"$done"}
    COMPREPLY+=("$(printf '%q' "$word")")
  done < <("\${words[0]}" ${COMPLETE_COMMAND} -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _sluice sluice
`;

const ZSH = `#compdef sluice
# zsh completion of sluice; load it with: source <(sluice completion zsh)
_sluice() {
  local -a entries
  local line word
  while IFS= read -r line; do
    if [[ $line == '${FILES_LINE}' ]]; then
      _files
      return
    fi
    word=\${line%%$'\\t'*}
    # A colon would end the word and begin its description.
    entries+=("\${word//:/\\\\:}:\${line#*$'\\t'}")
  done < <("\${words[1]}" ${COMPLETE_COMMAND} -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe -t values sluice entries
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _sluice "$@"
else
  compdef _sluice sluice
fi
`;

const FISH = `# fish completion of sluice; load it with: sluice completion fish | source
function __sluice_words
  set -l words (commandline -opc) (commandline -ct)
  set -l lines ($words[1] ${COMPLETE_COMMAND} -- $words[2..-1] 2>/dev/null)
  if test "$lines" = '${FILES_LINE}'
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $lines
  end
end
complete -c sluice -f -a '(__sluice_words)'
`;

export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
