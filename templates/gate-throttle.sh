# The gate. A throttled call is counted and ends here; whatever is unusual goes on to Node, which decides alike. docs/decisions/0011-the-gate.md says why it is so.
[ "${WAYMARK_WORKER-}" != 1 ] && [ "${WAYMARK_DISABLE-}" != 1 ] || drain
id=${CLAUDE_CODE_SESSION_ID-}
case $id in *[!0-9A-Za-z_-]*) id= ;; esac
case $WAYMARK_HOME in /*) ;; *) id= ;; esac
at=$WAYMARK_HOME/throttle/$id
if [ -n "$id" ] && [ ${#id} -le 128 ] && [ -z "${WAYMARK_CHECKPOINT_INTERVAL-}" ] && [ -f "$at/ops" ] && [ ! -L "$at/ops" ] && { printf . >>"$at/ops"; } 2>/dev/null; then
  set -- --counted
  [ "$at/due" -nt "$at/ops" ] && [ -e "$at/since" ] && [ "$at/ops" -nt "$at/since" ] &&
    [ ! "$WAYMARK_HOME/config.json" -nt "$at/since" ] && [ ! "${CLAUDE_PROJECT_DIR-}/.claude/waymark.json" -nt "$at/since" ] && drain
fi
