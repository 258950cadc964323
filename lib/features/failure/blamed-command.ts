import {
  type CommandPart,
  type CommandParts,
  type CommandShape,
  parseCommandParts,
} from './command-shape.ts';
import { errorBody } from '../../core/error-body.ts';
import { saysMissing } from './blamed-shape.ts';
import { findErrorLine } from './error-line.ts';
import { OPEN } from './open-shape.ts';
import { hasWord } from './usage-signs.ts';

/** How errors begin that do not name the program itself. */
const VOICES: ReadonlyArray<readonly [RegExp, RegExp]> = [
  [
    /^(?:fatal|hint): |^error: (?:pathspec|failed to push|src refspec|could not apply)|^CONFLICT /m,
    /^git$/,
  ],
  [
    /^Traceback \(most recent|^\w*(?:ModuleNotFound|Import|Syntax|Type|Value|Key)Error\b/m,
    /^(?:python[\d.]*|uv|poetry|pytest|\.\/.*\.py)$/,
  ],
  [/^npm (?:error|ERR!|warn)/m, /^np[mx]$/],
  [/error TS\d+/, /^(?:tsc|npx|npm|pnpm|yarn|bun)$/],
  [/^error(?:\[E\d+\])?: .*(?:crate|could not compile|Cargo\.toml)/m, /^cargo$/],
];

/** Errors of a shell about its own commands. */
const SETUP_FAILED = /(?:^|[\s:])(?:cd|pushd|popd|source|export): /m;

/**
 * Filters that print nothing when they find nothing. Then the end of the pipe failed, not its
 * input.
 */
const SILENT_FILTER = /^(?:e|f)?grep$|^rg$|^jq$/;

/**
 * Returns the part of a call that an error is about: the only significant command, or the one that
 * the error names, else the whole call.
 */
export function findFailedShape(
  tool: string,
  target: string,
  error: string,
  project?: string,
): CommandShape {
  return findFailedPart(tool, target, error, project).shape;
}

export function findFailedPart(
  tool: string,
  target: string,
  error: string,
  project?: string,
): CommandPart {
  const found = parseCommandParts(tool, target, project);
  const part = findBlamedCommand(found, error) ?? found.whole;
  return findMissingLimit([part, ...found.parts], errorBody(error)) ?? part;
}

/** Returns the call of a limit that a shell did not find: `timeout` of `timeout 60 npm test`. */
function findMissingLimit(parts: readonly CommandPart[], body: string): CommandPart | undefined {
  const lines = body.split('\n');
  for (const part of parts)
    for (const limit of part.limits) {
      if (!lines.some((line) => saysMissing(line, limit))) continue;
      const shape = part.open.find(({ text }) => text === limit + OPEN);
      const words = [limit, ...part.words];
      if (shape !== undefined) return { ...part, shape, program: limit, subcommand: '', words };
    }
  return undefined;
}

/** Returns the significant command that `error` is about; `undefined` if unknown. */
export function findBlamedCommand(
  { parts, programs }: CommandParts,
  error: string,
): CommandPart | undefined {
  const [only] = parts;
  const body = errorBody(error);
  if (only === undefined || (programs.length > 1 && SETUP_FAILED.test(body))) return undefined;
  if (programs.length > 1 && SILENT_FILTER.test(programs.at(-1) ?? '') && !namesProgram(body, only))
    return undefined;
  if (parts.length === 1) return only;
  const named = parts.filter((part) => namesProgram(body, part));
  if (named.length > 0) return oneOf(named, body);
  const heard = parts.filter(({ program }) =>
    VOICES.some(([voice, programs_]) => voice.test(body) && programs_.test(program)),
  );
  if (heard.length > 0) return oneOf(heard, body);
  const isOneProgram = parts.every(({ program }) => program === only.program);
  return oneOf(parts, isOneProgram ? body : (findErrorLine(body) ?? ''));
}

/**
 * Of several commands with the same program, returns the one whose own words the error contains.
 */
function oneOf(candidates: readonly CommandPart[], body: string): CommandPart | undefined {
  if (candidates.length <= 1) return candidates[0];
  const namedIn = (text: string): readonly CommandPart[] =>
    candidates.filter(({ words }) =>
      words.slice(1).some(
        (word) =>
          word.length > 2 &&
          !word.startsWith('-') &&
          hasWord(text.toLowerCase(), word.toLowerCase()), // a sentence may begin with it
      ),
    );
  const inHeadline = namedIn(findErrorLine(body) ?? '');
  const found = inHeadline.length > 0 ? inHeadline : namedIn(body);
  return found.length === 1 ? found[0] : undefined;
}

function namesProgram(body: string, { program }: CommandPart): boolean {
  const name = program.replace(/^\.\//, '');
  return (
    name !== '' &&
    (body.includes(`${name}: `) ||
      body.includes(`: ${name}\n`) ||
      body.endsWith(`: ${name}`) ||
      body.startsWith(`${name} `))
  );
}
