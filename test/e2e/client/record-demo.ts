// Records the session that `waymark demo` plays: templates/demo-session.jsonl and the transcripts that belong to it.
// Run it by hand: npx tsx test/e2e/client/record-demo.ts PATH-OF-CLIENT
import { execFileSync } from 'node:child_process';
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
import { dirname, join } from 'node:path';
import {
  type JsonObject,
  objectField,
  parseJsonObject,
  stringField,
} from '../../../lib/core/json.ts';
import { HOOKS } from '../../../lib/hook/manifest.ts';
import {
  type RecordedPayload,
  recordedPayloads,
  recorderSettings,
} from '../../support/claude-client/recorder.ts';
import { runClient } from '../../support/claude-client/run-client.ts';
import {
  pathReplacements,
  type Replacements,
  sanitise,
} from '../../support/claude-client/sanitise.ts';
import { DEMO_PROJECT, DEMO_PROMPTS, demoScript } from './demo-script.ts';

const LONGEST_GAP_MS = 1500;

/** Transcript lines that say what was asked, done and answered; the rest is the client's own book-keeping. */
const TELLING = new Set(['user', 'assistant', 'system']);

async function recordDemo(binary: string, root: string): Promise<void> {
  const project = join(root, 'work');
  const home = join(root, 'home');
  makeProject(project, root);
  const outcome = await runClient({
    binary,
    home,
    project,
    script: demoScript(project),
    prompt: DEMO_PROMPTS,
    env: { npm_config_update_notifier: 'false' },
  });
  const payloads = recordedPayloads(root);
  const first = payloads[0];
  const agent = payloads.find((payload) => payload.event === 'SubagentStop');
  if (first === undefined || agent === undefined || outcome.exitCode !== 0)
    throw new Error(
      `Cannot record the demo: the client ended with ${outcome.exitCode}. ${outcome.stderr}`,
    );
  const transcript = stringField(first.input, 'transcript_path') ?? '';
  const away: Replacements = [
    [` PreCompact [${root}/record.sh] completed successfully`, ''],
    [transcript, placeholder('TRANSCRIPT')],
    [dirname(transcript), placeholder('TRANSCRIPTS')],
    [outcome.sessionId, placeholder('SESSION')],
    [project, placeholder('PROJECT')],
    ...pathReplacements([
      [home, '/home/user'],
      [root, '/home/user'],
    ]),
  ];
  save('demo-session.jsonl', withGaps(payloads), away);
  save('demo-transcript.jsonl', telling(transcript), away);
  save(
    'demo-transcript-agent.jsonl',
    telling(stringField(agent.input, 'agent_transcript_path') ?? ''),
    away,
  );
}

/** The demo project under git, with a recorder in place of every hook of ours, matched as the installer would match it. */
function makeProject(project: string, root: string): void {
  for (const [name, text] of Object.entries(DEMO_PROJECT)) {
    mkdirSync(dirname(join(project, name)), { recursive: true });
    writeFileSync(join(project, name), text);
  }
  const git = (...args: string[]): unknown =>
    execFileSync('git', ['-c', 'user.name=demo', '-c', 'user.email=demo@localhost', ...args], {
      cwd: project,
      stdio: 'ignore',
    });
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'Invoices');
  const settings = recorderSettings(
    root,
    HOOKS.map((hook) => hook.event),
  );
  const groups = Object.entries(objectField(settings, 'hooks')).map(([event, list]) => {
    const matcher = HOOKS.find((hook) => hook.event === event)?.matcher;
    return [
      event,
      Array.isArray(list) && matcher !== undefined
        ? list.map((group) => ({ matcher, ...group }))
        : list,
    ];
  });
  mkdirSync(join(root, 'home/.claude'), { recursive: true });
  writeFileSync(
    join(root, 'home/.claude/settings.json'),
    JSON.stringify({ hooks: Object.fromEntries(groups) }),
  );
}

function withGaps(payloads: readonly RecordedPayload[]): readonly JsonObject[] {
  return payloads.map(({ event, at, input }, index) => {
    const gap = at - (payloads[index - 1]?.at ?? at);
    return { event, delayMs: Math.min(Math.round(gap), LONGEST_GAP_MS), input };
  });
}

function telling(path: string): readonly JsonObject[] {
  if (!existsSync(path)) throw new Error(`Cannot record the demo: ${path} is missing`);
  const lines = readFileSync(path, 'utf8').split('\n').map(parseJsonObject);
  return lines
    .filter((line) => line !== undefined)
    .filter((line) => TELLING.has(String(line['type'])) && line['subtype'] !== 'stop_hook_summary');
}

function save(name: string, lines: readonly JsonObject[], away: Replacements): void {
  writeFileSync(
    join('templates', name),
    lines.map((line) => `${JSON.stringify(sanitise(line, away))}\n`).join(''),
  );
}

function placeholder(name: string): string {
  return ['$', '{', name, '}'].join('');
}

async function main(binary: string | undefined): Promise<void> {
  if (binary === undefined) throw new Error('Cannot record: give the path of the client');
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'waymark-demo-')));
  try {
    await recordDemo(binary, root);
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  }
}

await main(process.argv[2]);
