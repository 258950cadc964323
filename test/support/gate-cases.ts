import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DUE,
  fileAt,
  GATE_SESSION,
  type GatePlace,
  makeSession,
  THROTTLED,
  type ThrottleTimes,
} from './gate-place.ts';

/** What becomes of one call, whether the gate or Node decides. */
export interface GateOutcome {
  /** Size of the session's `ops`; `undefined` when it is not a plain file. */
  readonly ops: number | undefined;
  readonly queued: number;
  /** Whether a fault is reported to the person. */
  readonly says?: boolean;
  /** Whether the gate needs Node for it. */
  readonly node: boolean;
}

/** One situation in which PostToolUse can find the state folder. */
export interface GateCase {
  readonly name: string;
  readonly prepare?: (place: GatePlace) => void;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly outcome: GateOutcome;
}

const DAY = 86_400;

const COUNTED: GateOutcome = { ops: 8, queued: 0, node: false };
const COUNTED_BY_NODE: GateOutcome = { ...COUNTED, node: true };
const CHECKPOINT: GateOutcome = { ops: 8, queued: 1, node: true };
const NOTHING: GateOutcome = { ops: undefined, queued: 0, node: false };
const FAULT: GateOutcome = { ops: undefined, queued: 0, says: true, node: true };

const withTimes =
  (times: ThrottleTimes) =>
  ({ session }: GatePlace): void =>
    makeSession(session, times);

/** As {@link withTimes}, and then something else. */
const withTimesAnd =
  (times: ThrottleTimes, rest: (place: GatePlace) => void) =>
  (place: GatePlace): void => {
    makeSession(place.session, times);
    rest(place);
  };

const wonMark = ({ session }: GatePlace, seconds: number): void =>
  fileAt(`${session}/won-${Math.floor(statSync(`${session}/due`).mtimeMs)}`, seconds);

const THROTTLE_CASES: readonly GateCase[] = [
  { name: 'the first call of a session', outcome: { ops: 1, queued: 1, node: true } },
  { name: 'a call in the interval', prepare: withTimes(THROTTLED), outcome: COUNTED },
  { name: 'a call after the interval', prepare: withTimes(DUE), outcome: CHECKPOINT },
  {
    name: 'a call at the end of a long interval',
    prepare: withTimes({ due: -1, since: -DAY }),
    outcome: CHECKPOINT,
  },
  {
    name: 'a call when nobody knows the end of the interval',
    prepare: withTimes({ since: -30 }),
    outcome: CHECKPOINT,
  },
  {
    name: 'a call when nobody knows the beginning of the interval',
    prepare: withTimes({ due: 30 }),
    outcome: CHECKPOINT,
  },
  { name: 'a call when neither is known', prepare: withTimes({}), outcome: CHECKPOINT },
  {
    name: 'a call when the count is missing',
    prepare: ({ session }) => {
      for (const [name, seconds] of Object.entries(THROTTLED)) fileAt(join(session, name), seconds);
    },
    outcome: { ops: 1, queued: 0, node: true },
  },
  {
    name: 'a clock that stepped back by a day',
    prepare: withTimes({ due: DAY + 30, since: DAY - 30 }),
    outcome: CHECKPOINT,
  },
  {
    name: 'a clock that stepped back by two seconds',
    prepare: withTimes({ due: 62, since: 2 }),
    outcome: CHECKPOINT,
  },
  {
    name: 'a clock that stepped forward by a day',
    prepare: withTimes({ due: 30 - DAY, since: -30 - DAY }),
    outcome: CHECKPOINT,
  },
  {
    name: 'a clock that stepped back within the interval',
    prepare: withTimes({ due: 55, since: -5 }),
    outcome: COUNTED,
  },
  {
    name: 'a winner at work',
    prepare: withTimesAnd(DUE, (place) => wonMark(place, -1)),
    outcome: COUNTED_BY_NODE,
  },
  {
    name: 'a dead winner',
    prepare: withTimesAnd(DUE, (place) => wonMark(place, -6)),
    outcome: CHECKPOINT,
  },
];

const SETTING_CASES: readonly GateCase[] = [
  {
    name: 'interval 0 in the environment',
    environment: { WAYMARK_CHECKPOINT_INTERVAL: '0' },
    prepare: withTimes(THROTTLED),
    outcome: CHECKPOINT,
  },
  {
    name: 'a shorter interval in the environment',
    environment: { WAYMARK_CHECKPOINT_INTERVAL: '5' },
    prepare: withTimes(THROTTLED),
    outcome: CHECKPOINT,
  },
  {
    name: 'a longer interval in the environment',
    environment: { WAYMARK_CHECKPOINT_INTERVAL: '600' },
    prepare: withTimes(THROTTLED),
    outcome: COUNTED_BY_NODE,
  },
  {
    name: 'an empty interval in the environment',
    environment: { WAYMARK_CHECKPOINT_INTERVAL: '' },
    prepare: withTimes(THROTTLED),
    outcome: COUNTED,
  },
  {
    name: 'interval 0 since the last checkpoint',
    prepare: withConfig('{"checkpointInterval":0}', -10),
    outcome: CHECKPOINT,
  },
  {
    name: 'a shorter interval since the last checkpoint',
    prepare: withConfig('{"checkpointInterval":5}', -10),
    outcome: CHECKPOINT,
  },
  {
    name: 'a longer interval since the last checkpoint',
    prepare: withConfig('{"checkpointInterval":600}', -10),
    outcome: COUNTED_BY_NODE,
  },
  {
    name: 'settings from before the last checkpoint',
    prepare: withConfig('{"checkpointInterval":60}', -40),
    outcome: COUNTED,
  },
  {
    name: 'a project that sets interval 10 since the last checkpoint',
    prepare: withProjectConfig('{"checkpointInterval":10}', -10),
    outcome: CHECKPOINT,
  },
  {
    name: 'a project whose settings are older',
    prepare: withProjectConfig('{"checkpointInterval":60}', -40),
    outcome: COUNTED,
  },
  {
    name: 'no project in the environment',
    environment: { CLAUDE_PROJECT_DIR: undefined },
    prepare: withTimes(THROTTLED),
    outcome: COUNTED,
  },
  {
    name: 'told to stay out',
    environment: { WAYMARK_DISABLE: '1' },
    prepare: withTimes(DUE),
    outcome: { ops: 7, queued: 0, node: false },
  },
  {
    name: 'below a worker',
    environment: { WAYMARK_WORKER: '1' },
    prepare: withTimes(DUE),
    outcome: { ops: 7, queued: 0, node: false },
  },
  {
    name: 'told to stay out of a new session',
    environment: { WAYMARK_DISABLE: '1' },
    outcome: NOTHING,
  },
  {
    name: 'not told to stay out',
    environment: { WAYMARK_DISABLE: '0', WAYMARK_WORKER: '' },
    prepare: withTimes(THROTTLED),
    outcome: COUNTED,
  },
  {
    name: 'an ignored project',
    environment: { CLAUDE_PROJECT_DIR: '/home/user/observer-sessions' },
    outcome: { ...NOTHING, node: true },
  },
];

function withConfig(text: string, seconds: number): (place: GatePlace) => void {
  return withTimesAnd(THROTTLED, ({ home }) => fileAt(`${home}/config.json`, seconds, text));
}

function withProjectConfig(text: string, seconds: number): (place: GatePlace) => void {
  return withTimesAnd(THROTTLED, ({ root }) =>
    fileAt(`${root}/project/.claude/waymark.json`, seconds, text),
  );
}

/**
 * Session ids that the gate must not make a path of; the session itself is in the midst of an
 * interval.
 */
const ODD_IDS: Readonly<Record<string, string | undefined>> = {
  none: undefined,
  'an empty one': '',
  'one that climbs': '../elsewhere',
  'one that is the folder above': '..',
  'one that is the folder': '.',
  'one with blanks': 'a b',
  'one of 200 letters': 'a'.repeat(200),
  'one beyond ASCII': 'sé漢',
  'one with a line end': `${GATE_SESSION}\n`,
  'one with a slash': `${GATE_SESSION}/`,
  'one with a star': '*',
  'one with quotes and dollars': `"$(touch oops)"'\``,
};

const ID_CASES: readonly GateCase[] = [
  ...Object.entries(ODD_IDS).map(([name, id]): GateCase => {
    const prepare = withTimesAnd(THROTTLED, ({ home }) => {
      makeSession(`${home}/elsewhere`, THROTTLED);
      if (id !== undefined && id !== '' && !id.includes('\n'))
        makeSession(`${home}/throttle/${id}`, THROTTLED);
    });
    return {
      name: `a session id in the environment: ${name}`,
      environment: { CLAUDE_CODE_SESSION_ID: id },
      prepare,
      outcome: COUNTED_BY_NODE,
    };
  }),
  {
    name: 'an id that only Node takes',
    environment: { CLAUDE_CODE_SESSION_ID: 'v1.2' },
    fields: { session_id: 'v1.2' },
    prepare: ({ home }) => makeSession(`${home}/throttle/v1.2`, THROTTLED),
    outcome: { ...NOTHING, node: true },
  },
  {
    name: 'a payload of another session than the environment says',
    environment: { CLAUDE_CODE_SESSION_ID: 'other' },
    prepare: withTimesAnd(THROTTLED, ({ home }) => makeSession(`${home}/throttle/other`, DUE)),
    outcome: COUNTED_BY_NODE,
  },
];

const mkfifo = (path: string): unknown => execFileSync('mkfifo', [path]);

const PAYLOAD_CASES: readonly GateCase[] = [
  {
    name: '1 MB in the interval',
    fields: { tool_response: 'x'.repeat(1_000_000) },
    prepare: withTimes(THROTTLED),
    outcome: COUNTED,
  },
  {
    name: '1 MB after the interval',
    fields: { tool_response: 'x'.repeat(1_000_000) },
    prepare: withTimes(DUE),
    outcome: CHECKPOINT,
  },
  {
    name: 'quotes, backslashes and % after the interval',
    fields: {
      tool_name: 'Write',
      tool_input: { file_path: `/a "b" 'c' \\d\\n %s %% \${x} \u2028 \n end.txt` },
    },
    prepare: withTimes(DUE),
    outcome: CHECKPOINT,
  },
  {
    name: 'quotes, backslashes and % in the interval',
    fields: { tool_input: { command: `"'\\\n%s$(id)` } },
    prepare: withTimes(THROTTLED),
    outcome: COUNTED,
  },
];

const BROKEN_CASES: readonly GateCase[] = [
  {
    name: 'a wake-up pipe that nobody reads',
    prepare: withTimesAnd(DUE, ({ home }) => {
      mkdirSync(`${home}/wake`);
      mkfifo(`${home}/wake/gone`);
    }),
    outcome: CHECKPOINT,
  },
  { name: 'no pipe and no worker', prepare: withTimes(DUE), outcome: CHECKPOINT },
  {
    name: 'a plain file in place of throttle/',
    prepare: ({ home }) => fileAt(`${home}/throttle`, 0),
    outcome: FAULT,
  },
  {
    name: "a plain file in place of the session's folder",
    prepare: ({ session }) => fileAt(session, 0),
    outcome: FAULT,
  },
  {
    name: 'a folder in place of ops',
    prepare: (place) => mkdirSync(`${place.session}/ops`, { recursive: true }),
    outcome: FAULT,
  },
  {
    name: 'a pipe in place of ops',
    prepare: ({ session }) => {
      mkdirSync(session, { recursive: true });
      mkfifo(`${session}/ops`);
    },
    outcome: FAULT,
  },
  {
    name: 'a link in place of ops',
    prepare: withTimesAnd(THROTTLED, ({ session, root }) => {
      renameSync(`${session}/ops`, `${root}/ops`);
      symlinkSync(`${root}/ops`, `${session}/ops`);
    }),
    outcome: { ...FAULT, ops: 7 },
  },
  {
    name: 'a folder in place of due',
    prepare: withTimesAnd({ since: -30 }, ({ session }) => mkdirSync(`${session}/due`)),
    outcome: CHECKPOINT,
  },
  {
    name: 'a pipe in place of due',
    prepare: withTimesAnd({ since: -30 }, ({ session }) => mkfifo(`${session}/due`)),
    outcome: CHECKPOINT,
  },
  {
    name: 'a link to nowhere in place of due',
    prepare: withTimesAnd({ since: -30 }, ({ session }) =>
      symlinkSync('/nowhere', `${session}/due`),
    ),
    outcome: CHECKPOINT,
  },
  {
    name: 'a pipe in place of since',
    prepare: withTimesAnd({ due: -30 }, ({ session }) => mkfifo(`${session}/since`)),
    outcome: CHECKPOINT,
  },
  {
    name: 'a folder in place of the settings',
    prepare: withTimesAnd(DUE, ({ home }) => mkdirSync(`${home}/config.json`)),
    outcome: { ...CHECKPOINT, says: true },
  },
  {
    name: 'a state folder that is not there',
    prepare: ({ home }) => writeFileSync(home, ''),
    outcome: FAULT,
  },
];

/** Every situation, each by a name of its own. */
export const GATE_CASES: readonly GateCase[] = [
  ...THROTTLE_CASES,
  ...SETTING_CASES,
  ...ID_CASES,
  ...PAYLOAD_CASES,
  ...BROKEN_CASES,
];
