// Records what the real client gives to hooks: sanitised payloads into test/fixtures/hook-input/, <Event>.json first, other kinds of it as <Event>.<kind>.json.
// Run it by hand for a new version of the client: npx tsx test/e2e/client/record-fixtures.ts PATH-OF-CLIENT VERSION
// The oldest version goes first; a later one only writes what has another shape, as <Event>[.<kind>].<version>.json.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JsonObject, stringField } from '../../../lib/core/json.ts';
import { HOOKS } from '../../../lib/hook/manifest.ts';
import {
  type RecordedPayload,
  recordedPayloads,
  recorderSettings,
} from '../../support/claude-client/recorder.ts';
import { runClient } from '../../support/claude-client/run-client.ts';
import { pathReplacements, sanitise, shapeOf } from '../../support/claude-client/sanitise.ts';
import { calls, type Script, says } from '../../support/claude-client/script.ts';

const FIXTURES = 'test/fixtures/hook-input';
const EVENTS = [...HOOKS.map((hook) => hook.event), 'PostToolBatch', 'PostCompact', 'Notification'];

/** Plays one rich session, its resumption and one that ends in an API error; returns every payload, sanitised. */
async function recordPayloads(binary: string): Promise<readonly RecordedPayload[]> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'waymark-record-')));
  const home = join(root, 'home');
  const project = join(root, 'work');
  try {
    mkdirSync(join(project, '.claude'), { recursive: true });
    writeFileSync(
      join(project, '.claude/settings.json'),
      JSON.stringify(recorderSettings(root, EVENTS)),
    );
    const common = { binary, home, project };
    const first = await runClient({
      ...common,
      script: richScript(project),
      prompt: ['Make the numbers file', '/compact keep the file names'],
    });
    const resume = ['--resume', first.sessionId];
    await runClient({
      ...common,
      script: {
        turns: [calls(['Bash', { command: 'ls', description: 'List files' }]), says('Still here.')],
      },
      prompt: 'Go on',
      args: resume,
    });
    await runClient({
      ...common,
      script: { turns: Array.from({ length: 20 }, () => REFUSED) },
      prompt: 'Once more',
      args: resume,
    });
    const away = pathReplacements([
      [`/claude-${process.getuid?.()}/`, '/claude-1000/'],
      [project, '/home/user/project'],
      [home, '/home/user'],
      [root, '/home/user'],
    ]);
    return recordedPayloads(root).map((payload) => ({
      ...payload,
      input: Object.fromEntries(
        Object.entries(payload.input).map(([key, value]) => [key, sanitise(value, away)]),
      ),
    }));
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  }
}

const REFUSED = {
  error: { status: 400, type: 'invalid_request_error', message: 'scripted refusal' },
};

function richScript(project: string): Script {
  const numbers = `${project}/numbers.txt`;
  return {
    turns: [
      calls(['Write', { file_path: numbers, content: 'one\ntwo\n' }]),
      calls(['Edit', { file_path: numbers, old_string: 'two', new_string: 'three' }]),
      calls([
        'Edit',
        { file_path: numbers, old_string: 'not in the file', new_string: 'anything' },
      ]),
      calls(['Bash', { command: 'echo looking >&2; exit 3', description: 'Fail on purpose' }]),
      calls(['Bash', { command: 'wc -l numbers.txt', description: 'Count lines' }]),
      calls(
        ...[1, 2, 3, 4, 5].map(
          (n) => ['Write', { file_path: `${project}/part-${n}.txt`, content: `${n}\n` }] as const,
        ),
      ),
      calls([
        'TaskCreate',
        {
          subject: 'Check the parts',
          description: 'Read each part once',
          activeForm: 'Checking the parts',
        },
      ]),
      calls(['TaskUpdate', { taskId: '1', status: 'completed' }]),
      calls([
        'Agent',
        {
          description: 'Look at parts',
          prompt: 'PARTS: look at the parts',
          subagent_type: 'general-purpose',
        },
      ]),
      calls([
        'Agent',
        { description: 'Ask nobody', prompt: 'NOBODY: look', subagent_type: 'no-such-agent' },
      ]),
      calls([
        'Agent',
        {
          description: 'Look in vain',
          prompt: 'VAIN: look',
          subagent_type: 'general-purpose',
          run_in_background: false,
        },
      ]),
      says('The numbers are in place.'),
      says('<summary>Made numbers.txt and five parts; an agent looked at them.</summary>'),
      says('Noted.'),
      says('Noted.'),
    ],
    lanes: [
      {
        opening: 'PARTS:',
        turns: [
          calls(['Bash', { command: 'cat part-1.txt', description: 'Show a part' }]),
          calls([
            'Write',
            { file_path: `${project}/agent-note.txt`, content: 'All parts are there.\n' },
          ]),
          says('All parts are there.'),
        ],
      },
      { opening: 'VAIN:', turns: Array.from({ length: 20 }, () => REFUSED) },
    ],
  };
}

/** What sets a payload apart from others of its event; `''` for the plain case. */
function kindOf({ event, input }: RecordedPayload): string {
  if (event === 'UserPromptSubmit')
    return stringField(input, 'prompt')?.startsWith('<task-notification>')
      ? 'task-notification'
      : '';
  if (event === 'SubagentStop') return input['agent_type'] === '' ? 'compaction' : '';
  const kind = stringField(input, 'tool_name') ?? stringField(input, 'source') ?? '';
  const inAgent =
    (event.includes('Tool') || event === 'StopFailure') && input['agent_id'] !== undefined;
  return [kind === PLAIN[event] ? '' : kind, inAgent ? 'in-agent' : '']
    .filter((part) => part !== '')
    .join('.');
}

/** The kind that a reader expects under an event's plain name. */
const PLAIN: Readonly<Record<string, string>> = {
  PreToolUse: 'Write',
  PostToolUse: 'Write',
  PostToolUseFailure: 'Bash',
  SessionStart: 'startup',
};

/** The first payload of each name. */
function named(payloads: readonly RecordedPayload[]): ReadonlyMap<string, JsonObject> {
  const found = new Map<string, JsonObject>();
  for (const payload of payloads) {
    const kind = kindOf(payload);
    const name = kind === '' ? payload.event : `${payload.event}.${kind}`;
    if (!found.has(name)) found.set(name, payload.input);
  }
  return found;
}

function save(payloads: readonly RecordedPayload[], version: string): void {
  mkdirSync(FIXTURES, { recursive: true });
  for (const [name, input] of named(payloads)) {
    const first = join(FIXTURES, `${name}.json`);
    const text = `${JSON.stringify(input, null, 2)}\n`;
    if (!existsSync(first)) writeFileSync(first, text);
    else if (shapeOf(JSON.parse(readFileSync(first, 'utf8'))) !== shapeOf(input))
      writeFileSync(join(FIXTURES, `${name}.${version}.json`), text);
  }
}

async function main(binary: string | undefined, version: string | undefined): Promise<void> {
  if (binary === undefined || version === undefined)
    throw new Error('Cannot record: give the path of the client and its version');
  const payloads = await recordPayloads(binary);
  for (const { event, input } of payloads)
    process.stdout.write(`${event} ${input['tool_name'] ?? input['source'] ?? ''}\n`);
  save(payloads, version);
}

await main(process.argv[2], process.argv[3]);
