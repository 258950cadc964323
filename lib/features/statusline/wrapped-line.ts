import { readFileSync, statSync } from 'node:fs';
import { errnoOf } from '../../core/errors.ts';
import {
  isJsonObject,
  type JsonObject,
  objectField,
  parseJsonObject,
  stringField,
} from '../../core/json.ts';
import type { StateFolder } from '../../core/state-folder.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A status line that was there before ours, as the installer keeps it in statusline.json. */
export interface WrappedLine {
  readonly scope: 'user' | 'project' | 'local';
  /** The settings file that names it, or would. */
  readonly file: string;
  readonly command: string;
}

const TIME_MS = 2_000;
const MOST_BYTES = 1 << 16;

/** The strongest settings file comes first, as for the client. */
const STRENGTH = ['local', 'project', 'user'];

/**
 * What the user's own status line prints for this input, as it is but for line ends at its end: its colours are the user's. `''` when there is none, when it takes longer
 * than two seconds, or when it prints more than 64 KiB.
 */
export function wrappedLine(
  folder: StateFolder,
  input: JsonObject,
  text: string,
  environment: Environment,
): string {
  if (environment['WAYMARK_STATUSLINE'] === '1') return ''; // it runs us, and we run it
  const command = commandFor(readWrapped(folder), objectField(input, 'workspace'));
  return command === undefined ? '' : run(command, text, environment);
}

/** What the installer has written; nothing when there is no such file. */
export function readWrapped(folder: StateFolder): readonly WrappedLine[] {
  const file = `${folder.root}/statusline.json`;
  let kept: unknown;
  try {
    if (statSync(file, { throwIfNoEntry: false }) === undefined) return []; // for most users; an error would cost more than the look
    kept = parseJsonObject(readFileSync(file, 'utf8'))?.['wrapped'];
  } catch {
    return [];
  }
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

/** That of this project, else that of the user. */
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
  const { WAYMARK_SAVED_CA_CERTS: saved, ...rest } = environment;
  const env = {
    ...rest,
    ...(saved === undefined ? {} : { NODE_EXTRA_CA_CERTS: saved }),
    WAYMARK_STATUSLINE: '1',
  };
  const { stdout, error } = process.getBuiltinModule('node:child_process').spawnSync(command, [], {
    shell: true,
    input,
    env,
    timeout: TIME_MS,
    maxBuffer: MOST_BYTES,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
  });
  const isCutOff = ['ETIMEDOUT', 'ENOBUFS'].includes(errnoOf(error) ?? ''); // EPIPE: it does not read its input
  if (isCutOff || typeof stdout !== 'string') return '';
  return stdout.replace(/[\r\n]+$/, '');
}
