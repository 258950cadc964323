#!/bin/sh
# waymark's @NAME@ hook, written by waymark install. It prints nothing of its own, reads its input to the end and exits 0 whatever is missing.
trap 'exit 0' EXIT # a shell that cannot fork ends with 2, and 2 would block the call
[ -n "${WAYMARK_HOME-}" ] || WAYMARK_HOME=@HOME@
export WAYMARK_HOME
unset payload
drain() { [ ! -x /bin/cat ] || LC_ALL=C exec /bin/cat >/dev/null 2>&1; cat >/dev/null 2>&1; exit 0; }
@GATE@
# Node 20 reads this file for 100 ms at each start; the worker gets the value back.
[ -z "${NODE_EXTRA_CA_CERTS-}" ] || { WAYMARK_SAVED_CA_CERTS=$NODE_EXTRA_CA_CERTS; export WAYMARK_SAVED_CA_CERTS; unset NODE_EXTRA_CA_CERTS; }
# The options of the user's other programs: this Node may not know them, and a debugger's would hold the call.
[ -z "${NODE_OPTIONS-}" ] || { WAYMARK_SAVED_NODE_OPTIONS=$NODE_OPTIONS; export WAYMARK_SAVED_NODE_OPTIONS; unset NODE_OPTIONS; }
hook=@BUNDLE@
[ -f "$hook" ] || hook=@COPY@
is_new() { case $("$1" -v </dev/null 2>/dev/null) in v20.19.* | v20.[2-9][0-9].* | v2[1-9].* | v[3-9][0-9].*) ;; *) return 1 ;; esac; }
# Looks for a Node of 20.19 or later and notes it: its version is asked for once. An empty note: there is none, and only the start of a session looks again.
find_node() {
  [ -s "$note" ] || [ ! -f "$note" ] || [ "${0##*/}" = session-start ] || return 0
  node=
  for candidate in @NODE@ "$(command -v node)"; do
    [ -n "$node" ] || [ ! -f "$candidate" ] || [ ! -x "$candidate" ] || ! is_new "$candidate" || node=$candidate
  done
  [ -n "$node" ] || for candidate in /usr/bin/node /snap/bin/node /usr/local/bin/node /home/linuxbrew/.linuxbrew/bin/node \
    /opt/homebrew/bin/node "${HOME-}"/.asdf/shims/node "${HOME-}"/.asdf/installs/nodejs/[2-9][0-9].*/bin/node "${HOME-}"/.local/share/mise/shims/node \
    "${HOME-}"/.local/share/mise/installs/node/[2-9][0-9].*/bin/node "${HOME-}"/.volta/bin/node "${HOME-}"/.volta/tools/image/node/[2-9][0-9].*/bin/node \
    "${HOME-}/Library/Application Support/fnm"/node-versions/v[2-9][0-9].*/installation/bin/node "${HOME-}"/.fnm/node-versions/v[2-9][0-9].*/installation/bin/node \
    "${FNM_DIR:-${HOME-}/.local/share/fnm}"/node-versions/v[2-9][0-9].*/installation/bin/node "${NVM_DIR:-${HOME-}/.nvm}"/versions/node/v[2-9][0-9].*/bin/node; do
    [ ! -f "$candidate" ] || [ ! -x "$candidate" ] || ! is_new "$candidate" || node=$candidate # the last one is the newest of the most likely place
  done
  umask 077
  { [ -e "$note" ] && [ ! -f "$note" ]; } || { printf '%s\n' "$node" >"$note"; } 2>/dev/null # a pipe would wait for its reader
  [ -n "$node" ] || [ "${0##*/}" != session-start ] ||
    printf '%s\n' '{"systemMessage":"waymark: Cannot run hooks: no Node.js 20.19 or later was found. Install one; the next session finds it"}'
  return 0
}
note=${0%/*}/node-found node=
{ [ -f "$note" ] && read -r node <"$note"; } 2>/dev/null
[ -x "$node" ] && [ ! "$node" -nt "$note" ] || { [ -z "${ZSH_VERSION-}" ] || emulate sh; find_node; } # zsh has other patterns, and another $0 in a function
[ -f "$node" ] && [ -x "$node" ] && [ -f "$hook" ] || drain
# Runs the hook as it was compiled at an earlier start.
start=${0%/*}/start-hook.cjs left=${1-}
[ ! -f "$start" ] || { set -- "$hook" "$@"; hook=$start; }
[ -z "${BASH_VERSION-}" ] || shopt -s execfail # else bash ends with 126 where a program cannot be started
# Where Node is no program that runs, zsh and busybox (whose shell sets FUNCNAME) end with 127 and ask no trap.
[ -n "${payload-}${ZSH_VERSION-}${FUNCNAME+busybox}" ] || { exec "$node" "$hook" "$@"; exit 0; }
[ -n "${payload-}" ] || { "$node" "$hook" "$@"; exit 0; }
printf '%s\n' "$payload" 2>/dev/null | "$node" "$hook" "$@"
[ $? -le 128 ] || [ "$left" != --left ] || printf '%s\n' "$payload" 2>/dev/null | "$node" "$hook" "$@" # once more: Node was ended, this shell was not
exit 0
