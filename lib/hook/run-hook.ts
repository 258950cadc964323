import { type HookInput, isSafeId, readHookInput } from '../claude/hook-input.ts';
import { systemClock } from '../core/clock.ts';
import { resolveHookConfig } from '../config/resolve-hook-config.ts';
import { stampSource } from '../events/event-id.ts';
import { endAtOnce } from '../core/end-at-once.ts';
import { reasonOf, WaymarkError } from '../core/errors.ts';
import { type FolderFault, findFolderFault } from '../core/folder-fault.ts';
import { commandAnywhere } from '../core/own-command.ts';
import {
  homeUnusable,
  locateStateFolder,
  realPathOr,
  type StateFolder,
} from '../core/state-folder.ts';
import { ensureRecoveryFolder } from '../queue/recovery-folder.ts';
import { ringAll } from '../queue/wakeup/ring.ts';
import { autostart } from './autostart.ts';
import { saveEvent } from './save-event.ts';
import { readGitHead } from './git-head.ts';
import { type Answer, type Capture, type HookCall, hookCall } from './hook-call.ts';
import { mergeOutputs, printOutput, type HookOutput } from './output.ts';
import { HOOK_TIMEOUT_S, readInput } from './read-input.ts';
import { type HookFault, reportFault } from './report-fault.ts';
import { countOperation, sessionFolder } from './throttle.ts';

/**
 * Bytes to keep of one payload. A written file of many megabytes fits; a runaway writer does not
 * fill the memory.
 */
const INPUT_CAP = 64 * 1024 * 1024;

/** Gives up an endless input before Claude Code ends the hook, so that the hook can log it. */
const INPUT_TIME_MS = (HOOK_TIMEOUT_S - 5) * 1_000;

/** How long to drain an input above the cap. */
const DRAIN_TIME_MS = 4_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** What one hook does with its event: what it records, and what it answers. */
export interface HookParts {
  readonly captures?: readonly Capture[];
  readonly answers?: readonly Answer[];
  /** Count the call before reading the input. Only for hooks whose matcher selects operations. */
  readonly countsFirst?: boolean;
  /**
   * Whether a worker of another version leads and must be replaced. Checked once per session, by
   * SessionStart.
   */
  readonly isWorkerOutdated?: (folder: StateFolder) => boolean;
}

/** What is known before the input is read. */
interface Early {
  readonly settings?: Settings;
  /** Whether the operation was counted, by the gate or here. */
  readonly isCounted: boolean;
}

type Settings = ReturnType<typeof resolveHookConfig>;

/**
 * Runs a hook from start to end: read standard input, capture, enqueue, ring, answer, exit 0.
 * Whatever fails, Claude continues: the exit status is 0, standard output has at most one JSON
 * object, and the fault is in log/hook-errors.log.
 */
export function runHook(hook: string, parts: HookParts): void {
  const place: { hook: string; folder: StateFolder | undefined; sessionId: string | undefined } = {
    hook,
    folder: undefined,
    sessionId: undefined,
  };
  let output: HookOutput | undefined;
  endAtOnce();
  try {
    // An umask that removes the owner's rights would lock the hook out of its own files.
    process.umask(0o077);
    const early = countBeforeInput(parts);
    const now = systemClock();
    const { text, parsed, isUtf8 } = readInput({
      sizeCap: INPUT_CAP,
      deadline: now + INPUT_TIME_MS,
      drainDeadline: now + DRAIN_TIME_MS,
    });
    if (isSwitchedOff(process.env)) return;
    const input = readHookInput(text, parsed);
    if (!('problem' in input)) place.sessionId = input.sessionId;
    place.folder = locateStateFolder(process.env);
    if ('problem' in input)
      throw new WaymarkError(
        'HOOK_INPUT_INVALID',
        `Cannot read the input of ${hook}: ${input.problem}`,
      );
    const faults: HookFault[] = isUtf8
      ? []
      : [
          {
            code: 'HOOK_INPUT_INVALID',
            message: `Cannot read all of the input of ${hook}: it is not UTF-8`,
          },
        ];
    output = handle(hook, { input, folder: place.folder, parts, early, faults });
  } catch (error) {
    output = reportFault(faultOf(hook, error), { ...place, command: commandFinder(place.folder) });
  }
  if (output !== undefined) printOutput(hook, output);
}

/**
 * Counts the operation for the session that the environment names. On a loaded machine the input
 * may arrive late or never, and the call still counts. Never throws: the count after the input
 * reports what is wrong.
 */
function countBeforeInput({ countsFirst = false }: HookParts): Early {
  if (process.argv.includes('--counted')) return { isCounted: true };
  const { CLAUDE_CODE_SESSION_ID: id, CLAUDE_PROJECT_DIR: project } = process.env;
  const isKnown = id !== undefined && isSafeId(id) && project !== undefined;
  if (!countsFirst || !isKnown || isSwitchedOff(process.env)) return { isCounted: false };
  try {
    const folder = locateStateFolder(process.env);
    const settings = readSettings(folder, project);
    const isOut = isIgnored(settings, project) || findFolderFault(folder.root)?.isUnsafe === true;
    if (isOut) return { settings, isCounted: false };
    countOperation(sessionFolder(folder.throttle, id));
    return { settings, isCounted: true };
  } catch {
    return { isCounted: false };
  }
}

function readSettings(folder: StateFolder, project: string): Settings {
  return resolveHookConfig({
    environment: process.env,
    userFile: folder.configFile,
    projectFile: `${project}/.claude/waymark.json`,
  });
}

/** Whether the project is ignored. Resolves links in the project path and in the setting. */
function isIgnored({ values: { ignoredProjects } }: Settings, project: string): boolean {
  if (ignoredProjects.length === 0) return false;
  const real = realPathOr(project);
  return ignoredProjects.some((part) => {
    if (project.includes(part) || real.includes(part)) return true;
    const end = part.endsWith('/') ? '/' : '';
    return part.startsWith('/') && real.includes(realPathOr(part).replace(/\/*$/, end));
  });
}

interface HandleParts {
  readonly input: HookInput;
  readonly folder: StateFolder;
  readonly parts: HookParts;
  readonly early: Early;
  readonly faults: HookFault[];
}

function handle(hook: string, given: HandleParts): HookOutput | undefined {
  const { input, folder: home, parts, early, faults } = given;
  const projectFolder = process.env['CLAUDE_PROJECT_DIR'];
  const project = projectFolder ?? input.cwd;
  const settings = early.settings ?? readSettings(home, project);
  const { values: config, problems } = settings;
  if (isIgnored(settings, project)) return undefined;
  const fault = findFolderFault(home.root);
  const folder = fault?.isUnsafe === true ? fallbackLayout(home) : home;
  const session = sessionFolder(folder.throttle, input.sessionId);
  const call = hookCall({
    input,
    config,
    folder,
    session,
    isCounted: early.isCounted && isNamedSession(input.sessionId),
    projectFolder,
    configFolder: process.env['CLAUDE_CONFIG_DIR'] || undefined,
    readGit: readGitHead,
    command: commandFinder(home),
    entrypoint: process.env['CLAUDE_CODE_ENTRYPOINT'],
  });
  faults.push(...problems.map((message): HookFault => ({ code: 'CONFIG_INVALID', message })));
  captureAll(hook, { call, parts, faults, fault });
  const answers = (parts.answers ?? []).flatMap(
    (answer) => attempt(hook, () => answer(call), faults) ?? [],
  );
  const reports = faults.flatMap(
    (fault) =>
      reportFault(fault, {
        folder,
        hook,
        sessionId: input.sessionId,
        command: call.command,
      }) ?? [],
  );
  return answers.length + reports.length === 0 ? undefined : mergeOutputs([...answers, ...reports]);
}

/**
 * Returns a function that finds what a person or Claude types to start waymark here. It costs a few
 * system calls, so it runs only for texts that need it. Never names a file in a state folder that
 * others can write to: the file may be theirs.
 */
function commandFinder(folder: StateFolder | undefined): () => string {
  return () => {
    const isSafe = folder !== undefined && findFolderFault(folder.root)?.isUnsafe !== true;
    return commandAnywhere({
      packageFolder: (process.argv[1] ?? '').replace(/\/dist\/hooks\/[^/]*$/, ''),
      environment: process.env,
      bin: isSafe ? folder.bin : undefined,
    });
  };
}

/**
 * Returns the paths for the time in which the state folder must not be used: counts, marks and
 * errors go to the recovery folder. There are no views.
 */
function fallbackLayout(home: StateFolder): StateFolder {
  const root = ensureRecoveryFolder(home.recovery);
  if (root === undefined) return home;
  return { ...home, throttle: `${root}/throttle`, views: `${root}/views`, log: `${root}/log` };
}

interface CaptureParts {
  readonly call: HookCall;
  readonly parts: HookParts;
  readonly faults: HookFault[];
  /** Fault of the state folder. */
  readonly fault: FolderFault | undefined;
}

function captureAll(hook: string, { call, parts, faults, fault }: CaptureParts): void {
  const { folder, session, config } = call;
  const broken = fault && homeUnusable(folder.root, fault);
  const refusal = fault?.isUnsafe === true ? broken : undefined;
  const source = `hook/${hook}`;
  const delivery = {
    folder,
    session,
    config,
    nextStamp: stampSource(systemClock),
    source,
    refusal,
  };
  let made = 0;
  for (const capture of parts.captures ?? []) {
    for (const draft of attempt(hook, () => capture(call), faults) ?? []) {
      const failure = attempt(hook, () => saveEvent(draft, delivery), faults);
      if (failure !== undefined) faults.push(failure);
      made += 1;
    }
  }
  if (broken === undefined) {
    // A queue that refuses needs a worker most. That the ring fails, too, is no news then.
    if (made > 0) attempt(hook, () => wake(hook, call, parts), faults.length === 0 ? faults : []);
  } else if (!faults.some(({ code }) => code === broken.code)) faults.push(faultOf(hook, broken));
}

/** Runs one part, so that its failure does not stop the others. */
function attempt<T>(hook: string, action: () => T, faults: HookFault[]): T | undefined {
  try {
    return action();
  } catch (error) {
    faults.push(faultOf(hook, error));
    return undefined;
  }
}

function wake(hook: string, { folder, config }: HookCall, { isWorkerOutdated }: HookParts): void {
  const isServed = ringAll(folder.wake) > 0 && isWorkerOutdated?.(folder) !== true;
  if (isServed || !config.autostart) return;
  autostart({
    folder,
    environment: process.env,
    script: process.argv[1] ?? '',
    node: process.execPath,
    now: systemClock(),
    by: `hook/${hook}`,
  });
}

/**
 * Whether the environment named this session. If the payload names another one, that one was not
 * counted.
 */
function isNamedSession(sessionId: string): boolean {
  return (process.env['CLAUDE_CODE_SESSION_ID'] ?? sessionId) === sessionId;
}

/** Whether the worker started this process, or WAYMARK_DISABLE is set. */
function isSwitchedOff(environment: Environment): boolean {
  return environment['WAYMARK_WORKER'] === '1' || environment['WAYMARK_DISABLE'] === '1';
}

function faultOf(hook: string, error: unknown): HookFault {
  if (error instanceof WaymarkError)
    return { code: error.code, message: error.message, remedy: error.remedy };
  return { code: 'HOOK_FAILED', message: `Cannot finish ${hook}: ${reasonOf(error)}` };
}
