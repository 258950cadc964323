// Records the sessions that `waymark demo` plays: in templates/demo/, the payloads and the
// transcript of each. Run it by hand: npx tsx test/e2e/client/record-demo.ts PATH-OF-CLIENT
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
import { type JsonObject, parseJsonObject, stringField } from '../../../lib/core/json.ts';
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
import { DEMO_PROJECT, DEMO_SESSIONS } from './demo-script.ts';

const MAX_GAP_MS = 450;

/**
 * Transcript lines that say what was asked, done and answered; the rest is the client's own
 * book-keeping.
 */
const TELLING = new Set(['user', 'assistant', 'system']);

/** A model with a window of 200,000 tokens, so that the recording can fill it. */
const MODEL = 'claude-haiku-4-5';

async function recordDemo(binary: string, root: string): Promise<void> {
  const project = join(root, 'work');
  const home = join(root, 'home');
  makeProject(project, root);
  for (const { name, prompts, script } of DEMO_SESSIONS) {
    const outcome = await runClient({
      ...{ binary, home, project, script: script(project), prompt: prompts },
      args: ['--model', MODEL],
      env: { npm_config_update_notifier: 'false', DISABLE_AUTO_COMPACT: '1' },
    });
    const payloads = recordedPayloads(root).filter(isWired);
    const first = payloads[0];
    if (first === undefined || outcome.exitCode !== 0)
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
        [home, '~'],
        [root, '~'],
      ]),
    ];
    save(`demo/${name}-payloads.jsonl`, withGaps(payloads), away);
    save(`demo/${name}-transcript.jsonl`, telling(transcript), away);
    rmSync(join(root, 'payloads'), { recursive: true });
    mkdirSync(join(root, 'payloads'));
  }
}

/** Whether a hook of ours would have been started with it. */
function isWired({ event, input }: RecordedPayload): boolean {
  const tool = stringField(input, 'tool_name');
  return HOOKS.some(
    (hook) =>
      hook.event === event &&
      (hook.matcher === undefined || hook.matcher.split('|').some((name) => name === tool)),
  );
}

/** The demo project under git with a recorder for every event that a hook of ours is for. */
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
  mkdirSync(join(root, 'home/.claude'), { recursive: true });
  writeFileSync(join(root, 'home/.claude/settings.json'), JSON.stringify(settings));
}

function withGaps(payloads: readonly RecordedPayload[]): readonly JsonObject[] {
  return payloads.map(({ event, at, input }, index) => {
    const gap = at - (payloads[index - 1]?.at ?? at);
    return { event, delayMs: Math.min(Math.round(gap), MAX_GAP_MS), input };
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
