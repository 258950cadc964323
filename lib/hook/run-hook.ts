import { type HookInput, isSafeId, readHookInput } from '../claude/hook-input.ts';
import { systemClock } from '../core/clock.ts';
import { resolveHookConfig } from '../config/resolve-hook-config.ts';
import { stampSource } from '../events/event-id.ts';
import { reasonOf, WaymarkError } from '../core/errors.ts';
import { type FolderFault, folderFault } from '../core/folder-fault.ts';
import {
  homeUnusable,
  locateStateFolder,
  realPathOr,
  type StateFolder,
} from '../core/state-folder.ts';
import { recoveryFolder } from '../queue/recovery-folder.ts';
import { ringAll } from '../queue/wakeup/ring.ts';
import { autostart } from './autostart.ts';
import { deliver } from './deliver.ts';
import { readGitHead } from './git-head.ts';
import { type Answer, type Capture, type HookCall, hookCall } from './hook-call.ts';
import { joinSpeech, printOutput, type Speech } from './output.ts';
import { HOOK_TIMEOUT_S, readInput } from './read-input.ts';
import { type HookFault, reportFault } from './report-fault.ts';
import { countOperation, sessionFolder } from './throttle.ts';

/** Kept of one payload: a written file of many megabytes still fits, a runaway writer does not fill the memory. */
const INPUT_CAP = 64 * 1024 * 1024;

/** An input that never ends is given up before Claude Code ends the hook, so that the hook can log it. */
const INPUT_TIME_MS = (HOOK_TIMEOUT_S - 5) * 1_000;

/** How long an input above the cap is drained. */
const DRAIN_TIME_MS = 4_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** What one hook does with its event: what it records, and what it answers. */
export interface HookParts {
  readonly captures?: readonly Capture[];
  readonly answers?: readonly Answer[];
  /** Count the call before the input is read. For a hook that its matcher starts for operations alone. */
  readonly countsFirst?: boolean;
  /** Whether a worker of another version leads, which has to be replaced. Asked once a session: by SessionStart. */
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
 * The whole life of a hook process: read standard input, capture, enqueue, ring, answer, exit 0. Whatever breaks, Claude goes on:
 * the exit status is 0, standard output holds at most one JSON object, and the fault is said in log/hook-errors.log.
 */
export function runHook(hook: string, parts: HookParts): void {
  const place: { hook: string; folder: StateFolder | undefined; sessionId: string | undefined } = {
    hook,
    folder: undefined,
    sessionId: undefined,
  };
  let speech: Speech | undefined;
  try {
    process.umask(0o077); // one that takes the owner's rights would close what is made to the hook itself
    const early = beforeInput(parts);
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
    speech = handle(hook, { input, folder: place.folder, parts, early, faults });
  } catch (error) {
    speech = reportFault(faultOf(hook, error), place);
  }
  if (speech !== undefined) printOutput(hook, speech);
}

/**
 * Counts the operation for the session that the environment names. On a loaded machine the input may come late or never, and
 * the call counts all the same. Never throws: the count that follows the input reports what is wrong.
 */
function beforeInput({ countsFirst = false }: HookParts): Early {
  if (process.argv.includes('--counted')) return { isCounted: true };
  const { CLAUDE_CODE_SESSION_ID: id, CLAUDE_PROJECT_DIR: project } = process.env;
  const isKnown = id !== undefined && isSafeId(id) && project !== undefined;
  if (!countsFirst || !isKnown || isSwitchedOff(process.env)) return { isCounted: false };
  try {
    const folder = locateStateFolder(process.env);
    const settings = readSettings(folder, project);
    const isOut = isIgnored(settings, project) || folderFault(folder.root)?.isUnsafe === true;
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

/** Whichever link leads to the project, or is named in the setting. */
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

function handle(hook: string, given: HandleParts): Speech | undefined {
  const { input, folder: home, parts, early, faults } = given;
  const projectFolder = process.env['CLAUDE_PROJECT_DIR'];
  const project = projectFolder ?? input.cwd;
  const settings = early.settings ?? readSettings(home, project);
  const { values: config, problems } = settings;
  if (isIgnored(settings, project)) return undefined;
  const fault = folderFault(home.root);
  const folder = fault?.isUnsafe === true ? besideOf(home) : home;
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
  });
  faults.push(...problems.map((message): HookFault => ({ code: 'CONFIG_INVALID', message })));
  captureAll(hook, { call, parts, faults, fault });
  const said = (parts.answers ?? []).flatMap(
    (answer) => attempt(hook, () => answer(call), faults) ?? [],
  );
  const told = faults.flatMap(
    (fault) => reportFault(fault, { folder, hook, sessionId: input.sessionId }) ?? [],
  );
  return said.length + told.length === 0 ? undefined : joinSpeech([...said, ...told]);
}

/** For the time in which the state folder may not be used: counts, marks and errors lie beside the events that are kept outside. There are no views. */
function besideOf(home: StateFolder): StateFolder {
  const root = recoveryFolder(home.recovery);
  if (root === undefined) return home;
  return { ...home, throttle: `${root}/throttle`, views: `${root}/views`, log: `${root}/log` };
}

interface CaptureParts {
  readonly call: HookCall;
  readonly parts: HookParts;
  readonly faults: HookFault[];
  /** Of the state folder. */
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
      const failure = attempt(hook, () => deliver(draft, delivery), faults);
      if (failure !== undefined) faults.push(failure);
      made += 1;
    }
  }
  if (broken === undefined) {
    // a queue that refuses needs a worker most; that the ring fails too says nothing new then
    if (made > 0) attempt(hook, () => wake(hook, call, parts), faults.length === 0 ? faults : []);
  } else if (!faults.some(({ code }) => code === broken.code)) faults.push(faultOf(hook, broken));
}

/** One failing part must not keep the others from their work. */
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

/** What counts before the input knows the session from the environment alone. Should the payload name another, that one has not been counted. */
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
