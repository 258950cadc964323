#!/bin/sh
# waymark's command line, written by waymark install. It starts the package that serves the hooks.
[ -n "${WAYMARK_HOME-}" ] || WAYMARK_HOME=@HOME@
export WAYMARK_HOME
fail() { printf '%s\n' "Cannot run waymark: $1" "$2" >&2; exit 1; }
package= node=
{ IFS= read -r package <"${0%/*}/package"; IFS= read -r node <"${0%/*}/node-found"; } 2>/dev/null
[ -f "$package/dist/waymark.cjs" ] || fail "its package is not in ${package:-the place that was noted} any more." 'Install the package again, and run its `waymark install`.'
[ -f "$node" ] && [ -x "$node" ] || node=$(command -v node) || fail 'no Node.js was found.' 'Install Node 20.19 or later.'
exec "$node" "$package/dist/waymark.cjs" "$@"
