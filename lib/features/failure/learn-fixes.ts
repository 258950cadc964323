import { lazy } from '../../core/lazy.ts';
import { REDACTED } from '../../secrets/redact.ts';
import { TARGET_LIMIT } from '../../claude/tool-target.ts';
import { findFailedPart } from './blamed-command.ts';
import {
  type CommandPart,
  type CommandParts,
  type CommandShape,
  parseCommandParts,
  EDIT_TOOLS,
} from './command-shape.ts';
import { errorBody } from '../../core/error-body.ts';
import { type ErrorPattern, deriveErrorPattern, computePatternId } from './error-pattern.ts';
import type { LearnedFix, FixAttempt } from './known-pattern.ts';
import { isAnotherOfItsKind, isLinked, isNoFix } from './linked-fix.ts';
import { isTaskListing, isReadOnlyCommand } from './read-only-commands.ts';
import { findBlamedShape } from './blamed-shape.ts';
import { isCorrection } from './similar-command.ts';
import { hasWord } from './usage-signs.ts';

/** A finished call of a session. */
export interface LearningOperation {
  /** Id of the call. */
  readonly id: string;
  readonly tool: string;
  readonly target: string;
  readonly outcome: string;
  readonly error: string | null;
  readonly at: number;
  readonly project?: string;
}

/** Number of calls after a failure that can be its fix. */
export const WINDOW = 30;

/** Files that define a project's commands and dependencies. An edit of one can fix any call. */
const SETTINGS =
  /^(?:package\.json|.*[Mm]akefile|.*\.mk|[Jj]ustfile|Taskfile\.ya?ml|Rakefile|Gemfile|Cargo\.toml|go\.mod|pyproject\.toml|setup\.(?:py|cfg)|requirements.*\.txt|tox\.ini|pom\.xml|.*\.gradle(?:\.kts)?|.*Dockerfile.*|(?:docker-)?compose.*\.ya?ml|composer\.json|mix\.exs|deno\.jsonc?|tsconfig.*\.json|.*\.config\.\w+|\.env.*|\..*rc(?:\.\w+)?|\.npmrc|\.tool-versions|\.nvmrc)$/;

/** Commands that fix a missing tool, module, login or service. */
const REMEDY =
  /^(?:(?:npm|pnpm|yarn|bun) (?:install|i|ci|add|link|login|rebuild)\b|yarn$|(?:pip3?|pipx|uv pip|uv|poetry|conda|gem|bundle|brew|apt|apt-get|apk|dnf|yum|cargo|rustup|go|composer|corepack|nvm|fnm|mise|asdf|playwright|npx playwright) (?:pip install|install|add|sync|get|mod|update|use|enable|target)\b|python[\d.]* -m (?:pip|venv|ensurepip)\b|git (?:init|config|remote|fetch|clone)\b|(?:docker|podman|systemctl|service|brew services) (?:start|stop|restart|rm|compose (?:up|down))\b|(?:dockerd|pkill|killall|fuser|kill|createdb|createuser)\b|aws (?:sso|configure(?! list| get| export))\b|\S+ (?:auth )?login\b)/;

/** Commands that fix a file or folder: for a call that names it, or whose error does. */
const FILE_REMEDY = /^(?:chmod|chown|mkdir|touch|ln|cp|mv)(?: |$)/;

/** What was learned from the calls of a session. */
export interface Learned {
  readonly fixes: readonly LearnedFix[];
  readonly mends: readonly FixAttempt[];
}

/** Derives everything that can be learned from the calls of a session, given in order of time. */
export function deriveLessons(operations: readonly LearningOperation[]): Learned {
  const found = failuresOf(operations).map((failure) => ({ failure, fix: fixOf(failure) }));
  return {
    fixes: found.flatMap(({ fix }) => fix?.learned ?? []),
    mends: found.flatMap(({ failure, fix }) => mendsOf(failure, fix)),
  };
}

/**
 * Derives the fix of each failure of a session, whose calls come in order of time: the next success
 * of a similar command. If the same command succeeds later, the fix is what was done in between: an
 * edit of a file that the error names, or something that installs or allows what was missing. If
 * nothing was done, it simply works now. A failure that is repeated before it is fixed counts once.
 * Answers in an exit status have no fix. A network failure has one only if the same call with more
 * words succeeds next, for example with another port.
 */
export function deriveLearnedFixes(
  operations: readonly LearningOperation[],
): readonly LearnedFix[] {
  return deriveLessons(operations).fixes;
}

/**
 * Derives what was done about failures of a session, whether it helped or not. Failures before it
 * no longer count.
 */
export function deriveFixAttempts(operations: readonly LearningOperation[]): readonly FixAttempt[] {
  return deriveLessons(operations).mends;
}

function mendsOf(failure: Failure, fix: FoundFix | undefined): readonly FixAttempt[] {
  const { key, exact } = failure.shape;
  if (fix !== undefined && !fix.isMend) return [];
  return failure.later
    .filter((next) => next.outcome === 'ok' && isMend(next, failure))
    .map(({ at }) => ({ key, exact, at }));
}

/** A call that is parsed at most once, although it may follow many failures. */
interface KnownOperation extends LearningOperation {
  readonly parts: () => CommandParts;
}

interface Failure {
  readonly operation: KnownOperation;
  readonly part: CommandPart;
  /** The shape under which the failure is stored. */
  readonly shape: CommandShape;
  readonly pattern: ErrorPattern;
  readonly body: string;
  readonly later: readonly KnownOperation[];
}

function failuresOf(listed: readonly LearningOperation[]): readonly Failure[] {
  const operations = listed.map((operation) => ({
    ...operation,
    parts: lazy(() => parseCommandParts(operation.tool, operation.target, operation.project)),
  }));
  return operations.flatMap((operation, index) => {
    if (operation.outcome !== 'failed') return [];
    const { tool, target, project, error } = operation;
    const part = findFailedPart(tool, target, error ?? '', project);
    const pattern = deriveErrorPattern(part.shape, target, error ?? '');
    if (pattern.kind === 'information') return [];
    return [
      {
        operation,
        part,
        shape: findBlamedShape(part, pattern, errorBody(error ?? '')),
        pattern,
        body: errorBody(error ?? ''),
        later: operations.slice(index + 1, index + 1 + WINDOW),
      },
    ];
  });
}

/**
 * What helped: a call that replaced the failed one, or (`isMend`) what was done before the same
 * call succeeded.
 */
interface FoundFix {
  readonly learned: LearnedFix;
  readonly isMend: boolean;
}

function fixOf(failure: Failure): FoundFix | undefined {
  const { part, later } = failure;
  let done: KnownOperation | undefined;
  let isNext = true;
  for (const next of later) {
    const found = next.parts();
    const parts = [found.whole, ...found.parts.filter(({ isProven }) => isProven)];
    const isSame = parts.some(({ shape }) => shape.exact === part.shape.exact);
    if (isSame && next.outcome === 'failed') return undefined;
    if (next.outcome !== 'ok') continue;
    if (isSame)
      return done === undefined
        ? undefined
        : { learned: learnedFrom(failure, done, done.target, false), isMend: true };
    const fix = correction(failure, next, isNext) ?? linkedPart(failure, next, isNext);
    if (fix !== undefined)
      return {
        learned: learnedFrom(failure, next, fix.source, isWhole(next, fix)),
        isMend: false,
      };
    if (isMend(next, failure)) done = next;
    isNext &&= leavesItOpen(failure, next);
  }
  return undefined;
}

/**
 * Whether a failure can still be fixed after this call, because it does not start something else.
 * Edits of other files do not change what is wrong with a call.
 */
function leavesItOpen({ pattern: { kind } }: Failure, next: KnownOperation): boolean {
  if (next.tool === 'Bash') return isReadOnlyCommand(next.parts().parts);
  return !EDIT_TOOLS.includes(next.tool) || kind === 'invocation';
}

function learnedFrom(
  { operation, shape, pattern }: Failure,
  { tool, at }: LearningOperation,
  text: string,
  whole: boolean,
): LearnedFix {
  return {
    evidence: operation.id,
    pattern: computePatternId(shape.key, pattern.text),
    text,
    isEdit: EDIT_TOOLS.includes(tool),
    isWhole: whole,
    at,
  };
}

/**
 * Returns the command in `next` that looks like a corrected version of the failed one. A whole line
 * is corrected by a whole line.
 */
function correction(
  { operation, part, pattern: { kind }, body }: Failure,
  next: KnownOperation,
  isNext: boolean,
): CommandPart | undefined {
  if (next.tool !== 'Bash' || operation.tool !== 'Bash') return undefined;
  if (kind === 'transient' || (kind === 'other' && !isNext)) return undefined;
  const { whole, parts } = next.parts();
  const isLine = operation.parts().whole.shape.key === part.shape.key;
  const moved = isLine && kind === 'invocation' ? movedPart(operation.parts(), parts) : undefined;
  if (moved !== undefined) return moved;
  return [...parts.filter(({ isProven }) => isProven), ...(isLine ? [whole] : [])].find(
    (one) =>
      isCorrection(part, one, isAboutPath(body)) &&
      !isNoFix(part, one, body) &&
      !isTaskListing(one) &&
      !isAnotherOfItsKind(part, one),
  );
}

/** Returns the command of a line that failed before it ran (`cd x && make`), in another folder. */
function movedPart(failed: CommandParts, parts: readonly CommandPart[]): CommandPart | undefined {
  return parts.find(
    ({ isProven, words, shape }) =>
      isProven &&
      failed.parts.some(
        (part) => part.words.join(' ') === words.join(' ') && part.shape.exact !== shape.exact,
      ),
  );
}

/**
 * Returns the command in `next` that did what the failed one was meant to do, although it looks
 * different.
 */
function linkedPart(
  { operation, part, pattern: { kind }, body, later }: Failure,
  next: KnownOperation,
  isNext: boolean,
): CommandPart | undefined {
  if (next.tool !== 'Bash' || operation.tool !== 'Bash') return undefined;
  const isTriedAgain = (): boolean =>
    later.some(({ parts }) => parts().parts.some(({ shape }) => shape.exact === part.shape.exact));
  return next
    .parts()
    .parts.filter(({ isProven }) => isProven)
    .find(
      (one) =>
        !isNoFix(part, one, body) &&
        isLinked({
          ...{ failed: part, later: one, kind, body },
          isNext: isNext && !isTriedAgain(),
        }),
    );
}

function isMend({ tool, target, parts }: KnownOperation, { part, body }: Failure): boolean {
  if (EDIT_TOOLS.includes(tool)) {
    const name = target.replace(/^.*[\\/]/s, '');
    return name.length > 2 && (body.includes(name) || SETTINGS.test(name));
  }
  if (tool !== 'Bash') return false;
  const isNamed = (word: string): boolean => {
    const name = word.replace(/\/+$/, '').replace(/^.*\//s, '');
    return name !== '' && (hasWord(body, name) || hasWord(part.source, name));
  };
  return parts().parts.some(
    ({ shape, words }) =>
      REMEDY.test(shape.text) ||
      (words.length > 1 && hasWord(body, words.join(' '))) ||
      (FILE_REMEDY.test(shape.text) && words.slice(1).some((word) => isNamed(word))),
  );
}

function isAboutPath(body: string): boolean {
  return /no such file|ENOENT|does not exist|cannot (?:access|open)|can't open|nicht gefunden|Aucun fichier|没有那个文件|not a directory/i.test(
    body,
  );
}

/** Whether nothing was removed or cut off. */
function isWhole({ target }: LearningOperation, { source }: CommandPart): boolean {
  return (
    !source.includes(REDACTED) &&
    !(target.endsWith('…') && target.length >= TARGET_LIMIT - 1) &&
    !source.includes('<<')
  );
}
