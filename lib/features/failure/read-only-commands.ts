import { isQuestion } from './answer-statuses.ts';
import type { CommandPart } from './command-shape.ts';

/** Programs that only read. */
const LOOKS =
  /^(?:ls|ll|tree|cat|bat|head|tail|less|grep|rg|ag|find|fd|pwd|which|type|command|file|stat|wc|jq|echo|printf|man|env|printenv|cd|sort|sed -n|(?:npm|pnpm|yarn|bun) run$|ps|pgrep|lsof|ss|netstat|df|du|id|whoami|uname|hostname|date|uptime|readlink|realpath|diff|git (?:status|log|branch|diff|show|remote -v|ls-files|tag -l))(?: |$)/;

/**
 * Whether calls with these commands only read, so that they do not separate a failure from its fix.
 */
export function isReadOnlyCommand(parts: readonly CommandPart[]): boolean {
  return parts.every(
    (part) =>
      LOOKS.test(part.words.join(' ')) ||
      isHelpRequest(part) ||
      isTaskListing(part) ||
      isQuestion(part.words.join(' ')),
  );
}

/** Whether a command only asks for help. `-h` followed by something names a host. */
export function isHelpRequest({ words }: CommandPart): boolean {
  return (
    words.some((word) => /^(?:--help|--version|-V|help|version)$/.test(word)) ||
    words.at(-1) === '-h'
  );
}

/** Programs that start tasks, with the option or task that lists them. */
const LISTS =
  /^(?:(?:just|task|mage|tox|nox|invoke|inv|fab|poe|ant|sbt|grunt|gulp|pre-commit|(?:bundle exec )?(?:rake|thor)|nvm|conda env|ctest|meson|dune) (?:.* )?(?:-l|-T|-N|-P|-av?|--(?:list|tasks|summary|list-all|showconfig|show-only)\S*|list|ls)|(?:\.\/)?gradlew? (?:.* )?(?:tasks|projects|properties)|xcodebuild .*-list|bazel query|make (?:-\w*[pnq]\w*|help)|cargo (?:--list|metadata)|composer (?:list|run(?:-script)? (?:-l|--list))|docker compose config|stack ide|terraform (?:providers|state list|workspace list)|mvn help:\S+|(?:npx )?(?:nx (?:show|graph)|turbo ls|lerna ls)|npm pkg get|pip index)(?: |$)/;

/**
 * Whether a call only lists commands, tasks or targets: never what a failed call was meant to do.
 */
export function isTaskListing({ words }: CommandPart): boolean {
  return LISTS.test(words.join(' '));
}
