import {
  type CommandPart,
  type CommandParts,
  type CommandShape,
  commandParts,
} from './command-shape.ts';
import { errorBody } from '../../core/error-body.ts';
import { tellingLine } from './telling-line.ts';
import { hasWord } from './usage-signs.ts';

/** How errors open that do not name the program itself. */
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

/** What a shell says of its own commands. */
const SETUP_FAILED = /(?:^|[\s:])(?:cd|pushd|popd|source|export): /m;

/** What filters say when they find nothing: nothing. Then the end of the pipe failed, not what fed it. */
const SILENT_FILTER = /^(?:e|f)?grep$|^rg$|^jq$/;

/** The part of a call that an error is about: the only significant command, or the one that the error names, else the whole call. */
export function failedShape(
  tool: string,
  target: string,
  error: string,
  project?: string,
): CommandShape {
  return failedPart(tool, target, error, project).shape;
}

export function failedPart(
  tool: string,
  target: string,
  error: string,
  project?: string,
): CommandPart {
  const found = commandParts(tool, target, project);
  return blamedCommand(found, error) ?? found.whole;
}

/** The significant command that `error` is about; `undefined` when that is unknown. */
export function blamedCommand(
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
  return heard.length > 0 ? oneOf(heard, body) : oneOf(parts, tellingLine(body) ?? '');
}

/** Several with one program: the one whose own words the error has. */
function oneOf(candidates: readonly CommandPart[], body: string): CommandPart | undefined {
  if (candidates.length <= 1) return candidates[0];
  const namedIn = (text: string): readonly CommandPart[] =>
    candidates.filter(({ words }) =>
      words
        .slice(1)
        .some((word) => word.length > 2 && !word.startsWith('-') && hasWord(text, word)),
    );
  const inHeadline = namedIn(tellingLine(body) ?? '');
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
