# The client may end this hook and its process group as soon as it has started it. So the input is taken at once and handed to a process apart, which it does not know. docs/decisions/0021-a-hook-that-leaves.md says why it is so.
trap '' HUP INT TERM
{ payload=$(LC_ALL=C cat); } 2>/dev/null
if [ -n "$payload" ] && [ "${1-}" != --left ]; then
  apart=$(command -v setsid 2>/dev/null) || apart=
  printf '%s\n' "$payload" 2>/dev/null | $apart "$0" --left >/dev/null 2>&1 &
  exit 0
fi
