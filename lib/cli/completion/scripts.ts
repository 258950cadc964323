import type { Shell } from './request.ts';

const BASH = `# Completion of waymark for bash. In ~/.bashrc: eval "$(waymark completion bash)"
_waymark() {
  local line own=''
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :*) own=$line ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <(command waymark completion --for bash -- "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
  case $own in
    :files) compopt -o default 2>/dev/null ;;
    :folders) compopt -o dirnames 2>/dev/null ;;
  esac
}
complete -F _waymark waymark
`;

const ZSH = `#compdef waymark
# Completion of waymark for zsh. In ~/.zshrc, behind compinit: eval "$(waymark completion zsh)"
_waymark() {
  local line own tab=$'\\t'
  local -a lines described
  lines=("\${(@f)$(command waymark completion --for zsh -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  for line in $lines; do
    case $line in
      :*) own=$line ;;
      *$tab*) described+=("\${\${line%%$tab*}//:/\\\\:}:\${line#*$tab}") ;;
      ?*) described+=("\${line//:/\\\\:}") ;;
    esac
  done
  (( $#described )) && _describe waymark described
  case $own in
    :files) _files ;;
    :folders) _files -/ ;;
  esac
}
if [[ $funcstack[1] == _waymark ]]; then _waymark "$@"; else compdef _waymark waymark; fi
`;

const FISH = `# Completion of waymark for fish. waymark completion fish > ~/.config/fish/completions/waymark.fish
function __waymark_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -e words[1]
    for line in (command waymark completion --for fish -- $words "$current" 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path "$current"
            case :folders
                __fish_complete_directories "$current"
            case '*'
                echo $line
        end
    end
end
complete -c waymark -e
complete -c waymark -f -a '(__waymark_complete)'
`;

/** What a shell reads once, to complete `waymark` from then on. */
export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
