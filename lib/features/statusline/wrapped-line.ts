import { errnoOf } from '../../core/errors.ts';
import { isJsonObject, type JsonObject, objectField, stringField } from '../../core/json.ts';
import { readView } from '../../core/read-view.ts';
import type { StateFolder } from '../../core/state-folder.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A status line from before ours, as the installer saved it in statusline.json. */
export interface WrappedLine {
  readonly scope: 'user' | 'project' | 'local';
  /** The settings file that it belongs to. */
  readonly file: string;
  readonly command: string;
}

const TIME_MS = 2_000;
const MAX_BYTES = 1 << 16;

/** Settings files in order of precedence, as in the client. */
const STRENGTH = ['local', 'project', 'user'];

/**
 * Runs the user's own status line and returns its output without final line ends, including its
 * colours. `''` if there is none, if it takes longer than two seconds, or prints more than 64 KiB.
 */
export function runWrappedLine(
  folder: StateFolder,
  input: JsonObject,
  text: string,
  environment: Environment,
): string {
  if (environment['WAYMARK_STATUSLINE'] === '1') return ''; // it runs us, and we run it
  const command = commandFor(readWrappedLines(folder), objectField(input, 'workspace'));
  return command === undefined ? '' : run(command, text, environment);
}

/** Reads what the installer has written; nothing if the file is missing. */
export function readWrappedLines(folder: StateFolder): readonly WrappedLine[] {
  const kept = readView(`${folder.root}/statusline.json`)?.['wrapped'];
  return Array.isArray(kept) ? kept.filter(isJsonObject).flatMap(lineOf) : [];
}

function lineOf(entry: JsonObject): readonly WrappedLine[] {
  const scope = stringField(entry, 'scope');
  const file = stringField(entry, 'file');
  const command = stringField(entry, 'command');
  if (
    (scope !== 'user' && scope !== 'project' && scope !== 'local') ||
    file === undefined ||
    command === undefined
  )
    return [];
  return [{ scope, file, command }];
}

/** Returns the command of this project, else that of the user. */
function commandFor(lines: readonly WrappedLine[], workspace: JsonObject): string | undefined {
  const project =
    stringField(workspace, 'project_dir') ?? stringField(workspace, 'current_dir') ?? '';
  const apt = lines.filter(
    ({ scope, file }) =>
      scope === 'user' || (project !== '' && file.startsWith(`${project}/.claude/`)),
  );
  return [...apt].sort((a, b) => STRENGTH.indexOf(a.scope) - STRENGTH.indexOf(b.scope))[0]?.command;
}

function run(command: string, input: string, environment: Environment): string {
  const {
    WAYMARK_SAVED_CA_CERTS: NODE_EXTRA_CA_CERTS,
    WAYMARK_SAVED_NODE_OPTIONS: NODE_OPTIONS,
    ...rest
  } = environment;
  // Node leaves out what is undefined.
  const env = { NODE_EXTRA_CA_CERTS, NODE_OPTIONS, ...rest, WAYMARK_STATUSLINE: '1' };
  const { stdout, error } = process.getBuiltinModule('node:child_process').spawnSync(command, [], {
    shell: true,
    input,
    env,
    timeout: TIME_MS,
    maxBuffer: MAX_BYTES,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
  });
  // EPIPE: the program does not read its input
  const isCutOff = /ETIMEDOUT|ENOBUFS/.test(errnoOf(error) ?? '');
  if (isCutOff || !stdout) return ''; // null where no shell could be started
  return stdout.replace(/[\r\n]+$/, '');
}
