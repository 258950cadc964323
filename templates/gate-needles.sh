# The gate. A call that holds none of the strings something is known about ends here; any other goes on to Node, whole. docs/decisions/0013-prevention-behind-a-gate.md says why it is so.
[ "${WAYMARK_WORKER-}" != 1 ] && [ "${WAYMARK_DISABLE-}" != 1 ] || drain
needles=$WAYMARK_HOME/views/failures/needles
[ -s "$needles" ] || drain
grep=/usr/bin/grep
[ -x "$grep" ] || grep=/bin/grep
[ -x "$grep" ] || grep=grep
# The client writes one line; should a payload have several, -C gives the others, too. Never -q, which leaves the rest unread.
{ payload=$(GREP_OPTIONS='' LC_ALL=C "$grep" -aF -C 100000 -f "$needles"); } 2>/dev/null
case $? in
0) ;;
1) exit 0 ;;
126 | 127) unset payload ;; # there is no grep, and nothing was read
*) drain ;;
esac
