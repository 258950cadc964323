import { lazy } from '../../core/lazy.ts';
import { REDACTED } from '../../secrets/redact.ts';
import { TARGET_LIMIT } from '../../claude/tool-target.ts';
import { failedPart } from './blamed-command.ts';
import {
  type CommandPart,
  type CommandParts,
  type CommandShape,
  commandParts,
  EDIT_TOOLS,
} from './command-shape.ts';
import { errorBody } from '../../core/error-body.ts';
import { type ErrorPattern, errorPattern, patternId } from './error-pattern.ts';
import type { LearnedFix, Mend } from './known-pattern.ts';
import { isLinked, onlyLooks } from './linked-fix.ts';
import { shapeToBlame } from './shape-to-blame.ts';
import { isSetRight } from './similar-command.ts';
import { hasWord } from './usage-signs.ts';

/** A call of a session that came to an end. */
export interface LearningOperation {
  /** Of the call. */
  readonly id: string;
  readonly tool: string;
  readonly target: string;
  readonly outcome: string;
  readonly error: string | null;
  readonly at: number;
  readonly project?: string;
}

/** How many calls after a failure may still be its fix. */
export const WINDOW = 30;

/** Files that say what a project's commands are and need; an edit of one may mend any call. */
const SETTINGS =
  /^(?:package\.json|.*[Mm]akefile|.*\.mk|[Jj]ustfile|Taskfile\.ya?ml|Rakefile|Gemfile|Cargo\.toml|go\.mod|pyproject\.toml|setup\.(?:py|cfg)|requirements.*\.txt|tox\.ini|pom\.xml|.*\.gradle(?:\.kts)?|.*Dockerfile.*|(?:docker-)?compose.*\.ya?ml|composer\.json|mix\.exs|deno\.jsonc?|tsconfig.*\.json|.*\.config\.\w+|\.env.*|\..*rc(?:\.\w+)?|\.npmrc|\.tool-versions|\.nvmrc)$/;

/** What is done about a missing tool, module, login or service. */
const REMEDY =
  /^(?:(?:npm|pnpm|yarn|bun) (?:install|i|ci|add|link|login|rebuild)\b|yarn$|(?:pip3?|pipx|uv pip|uv|poetry|conda|gem|bundle|brew|apt|apt-get|apk|dnf|yum|cargo|rustup|go|composer|corepack|nvm|fnm|mise|asdf|playwright|npx playwright) (?:pip install|install|add|sync|get|mod|update|use|enable|target)\b|python[\d.]* -m (?:pip|venv|ensurepip)\b|git (?:init|config|remote|fetch|clone)\b|(?:docker|podman|systemctl|service|brew services) (?:start|stop|restart|rm|compose (?:up|down))\b|(?:dockerd|pkill|killall|fuser|kill|createdb|createuser)\b|aws (?:sso|configure(?! list| get| export))\b|\S+ (?:auth )?login\b)/;

/** What is done about a file or folder: it helps the call that names it, or whose error does. */
const FILE_REMEDY = /^(?:chmod|chown|mkdir|touch|ln|cp|mv)(?: |$)/;

/** What the calls of a session teach. */
export interface Learned {
  readonly fixes: readonly LearnedFix[];
  readonly mends: readonly Mend[];
}

/** What there is to learn from calls of a session, which come in time order. */
export function learnFrom(operations: readonly LearningOperation[]): Learned {
  const found = failuresOf(operations).map((failure) => ({ failure, fix: fixOf(failure) }));
  return {
    fixes: found.flatMap(({ fix }) => fix?.learned ?? []),
    mends: found.flatMap(({ failure, fix }) => mendsOf(failure, fix)),
  };
}

/**
 * The fix of each failure of a session, whose calls come in time order: the next success of a similar command. When the very same command succeeds later,
 * what was done between is the fix: an edit of a file that the error names, or what installs or allows what was missing; nothing done: it just works now.
 * A failure that is repeated before it is set right counts once. Answers in an exit status have no fix; what the network did wrong has one only
 * if the same call with more words goes well next, as with another port.
 */
export function learnFixes(operations: readonly LearningOperation[]): readonly LearnedFix[] {
  return learnFrom(operations).fixes;
}

/** What was done about failures of a session, helpful or not: after it, the failures before count no more. */
export function learnMends(operations: readonly LearningOperation[]): readonly Mend[] {
  return learnFrom(operations).mends;
}

function mendsOf(failure: Failure, fix: FoundFix | undefined): readonly Mend[] {
  const { key, exact } = failure.shape;
  if (fix !== undefined && !fix.isMend) return [];
  return failure.later
    .filter((next) => next.outcome === 'ok' && isMend(next, failure))
    .map(({ at }) => ({ key, exact, at }));
}

/** A call that is taken apart at most once, though it may follow many failures. */
interface KnownOperation extends LearningOperation {
  readonly parts: () => CommandParts;
}

interface Failure {
  readonly operation: KnownOperation;
  readonly part: CommandPart;
  /** The one under which it is known. */
  readonly shape: CommandShape;
  readonly pattern: ErrorPattern;
  readonly body: string;
  readonly later: readonly KnownOperation[];
}

function failuresOf(listed: readonly LearningOperation[]): readonly Failure[] {
  const operations = listed.map((operation) => ({
    ...operation,
    parts: lazy(() => commandParts(operation.tool, operation.target, operation.project)),
  }));
  return operations.flatMap((operation, index) => {
    if (operation.outcome !== 'failed') return [];
    const { tool, target, project, error } = operation;
    const part = failedPart(tool, target, error ?? '', project);
    const pattern = errorPattern(part.shape, target, error ?? '');
    if (pattern.kind === 'information') return [];
    return [
      {
        operation,
        part,
        shape: shapeToBlame(part, pattern, errorBody(error ?? '')),
        pattern,
        body: errorBody(error ?? ''),
        later: operations.slice(index + 1, index + 1 + WINDOW),
      },
    ];
  });
}

/** What helped: a call in place of the failed one, or (`isMend`) what was done before the same call went well. */
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

/** Whether a call is no sign that something else was begun. What is wrong with a call is not changed by edits of other files. */
function leavesItOpen({ pattern: { kind } }: Failure, next: KnownOperation): boolean {
  if (next.tool === 'Bash') return onlyLooks(next.parts().parts);
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
    pattern: patternId(shape.key, pattern.text),
    text,
    isEdit: EDIT_TOOLS.includes(tool),
    isWhole: whole,
    at,
  };
}

/** The command in `next` that looks like the failed one set right. A whole line is set right by a whole line. */
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
  return [...parts.filter(({ isProven }) => isProven), ...(isLine ? [whole] : [])].find((one) =>
    isSetRight(part, one, isAboutPath(body)),
  );
}

/** A command of a line that failed on its way there (`cd x && make`), in another folder. */
function movedPart(failed: CommandParts, parts: readonly CommandPart[]): CommandPart | undefined {
  return parts.find(
    ({ isProven, words, shape }) =>
      isProven &&
      failed.parts.some(
        (part) => part.words.join(' ') === words.join(' ') && part.shape.exact !== shape.exact,
      ),
  );
}

/** The command in `next` that did what the failed one was meant to do, though it looks otherwise. */
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
    .find((one) =>
      isLinked({ ...{ failed: part, later: one, kind, body }, isNext: isNext && !isTriedAgain() }),
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
      (FILE_REMEDY.test(shape.text) && words.slice(1).some((word) => isNamed(word))),
  );
}

function isAboutPath(body: string): boolean {
  return /no such file|ENOENT|does not exist|cannot (?:access|open)|can't open|nicht gefunden|Aucun fichier|没有那个文件|not a directory/i.test(
    body,
  );
}

/** Nothing of it was taken out or cut off. */
function isWhole({ target }: LearningOperation, { source }: CommandPart): boolean {
  return (
    !source.includes(REDACTED) &&
    !(target.endsWith('…') && target.length >= TARGET_LIMIT - 1) &&
    !source.includes('<<')
  );
}
