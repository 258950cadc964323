#!/bin/sh
# waymark's @NAME@ hook, written by install-hooks. It prints nothing of its own, reads its input to the end and exits 0 whatever is missing.
[ -n "${WAYMARK_HOME-}" ] || WAYMARK_HOME=@HOME@
export WAYMARK_HOME
unset payload
drain() { [ ! -x /bin/cat ] || LC_ALL=C exec /bin/cat >/dev/null 2>&1; cat >/dev/null 2>&1; exit 0; }
@GATE@
# Node 20 reads this file for 100 ms at each start; the worker gets the value back.
[ -z "${NODE_EXTRA_CA_CERTS-}" ] || { WAYMARK_SAVED_CA_CERTS=$NODE_EXTRA_CA_CERTS; export WAYMARK_SAVED_CA_CERTS; unset NODE_EXTRA_CA_CERTS; }
hook=@BUNDLE@
[ -f "$hook" ] || hook=@COPY@
node=@NODE@
[ -x "$node" ] || node=$(command -v node) || for candidate in /usr/bin/node /snap/bin/node /usr/local/bin/node /home/linuxbrew/.linuxbrew/bin/node \
  /opt/homebrew/bin/node "${HOME-}"/.asdf/shims/node "${HOME-}"/.asdf/installs/nodejs/[2-9][0-9].*/bin/node "${HOME-}"/.local/share/mise/shims/node \
  "${HOME-}"/.local/share/mise/installs/node/[2-9][0-9].*/bin/node "${HOME-}"/.volta/bin/node "${HOME-}"/.volta/tools/image/node/[2-9][0-9].*/bin/node \
  "${HOME-}/Library/Application Support/fnm"/node-versions/v[2-9][0-9].*/installation/bin/node "${HOME-}"/.fnm/node-versions/v[2-9][0-9].*/installation/bin/node \
  "${FNM_DIR:-${HOME-}/.local/share/fnm}"/node-versions/v[2-9][0-9].*/installation/bin/node "${NVM_DIR:-${HOME-}/.nvm}"/versions/node/v[2-9][0-9].*/bin/node; do
  [ ! -x "$candidate" ] || node=$candidate # the last one found is the newest of the most likely place
done
[ -f "$node" ] && [ -x "$node" ] && [ -f "$hook" ] || drain
[ -n "${payload-}" ] || exec "$node" "$hook" "$@"
printf '%s\n' "$payload" 2>/dev/null | "$node" "$hook" "$@"
[ $? -le 128 ] || [ "${1-}" != --left ] || printf '%s\n' "$payload" 2>/dev/null | "$node" "$hook" "$@" # once more: Node was ended, this shell was not
exit 0
