// Records a session with nested agents for the tests of `waymark trace`: hooks.jsonl and
// transcripts, sanitised, into test/fixtures/nested-agents/<version>/. Run it by hand: npx tsx
// test/e2e/client/record-trace.ts PATH-OF-CLIENT VERSION
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
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
import { recordedPayloads, recorderSettings } from '../../support/claude-client/recorder.ts';
import { runClient } from '../../support/claude-client/run-client.ts';
import {
  pathReplacements,
  type Replacements,
  sanitise,
} from '../../support/claude-client/sanitise.ts';
import { nestedAgents } from './scenario.ts';

/** What a reader of transcripts may look at. */
const KEPT = [
  'type',
  'timestamp',
  'sessionId',
  'isSidechain',
  'agentId',
  'promptId',
  'message',
  'permissionDecision',
  'toolDenialKind',
];

const TELLING = new Set(['user', 'assistant']);

async function recordTrace(binary: string, version: string, root: string): Promise<void> {
  const [home, project] = [join(root, 'home'), join(root, 'work')];
  mkdirSync(join(project, '.claude'), { recursive: true });
  const events = [...new Set(HOOKS.map(({ event }) => event))];
  writeFileSync(
    join(project, '.claude/settings.json'),
    JSON.stringify(recorderSettings(root, events)),
  );
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'parts', scripts: { total: 'echo 12' } }),
  );
  await runClient({
    binary,
    home,
    project,
    script: nestedAgents(),
    prompt: 'Add the parts up',
    env: { npm_config_update_notifier: 'false' },
  });
  const away = pathReplacements([
    [`/claude-${process.getuid?.()}/`, '/claude-1000/'],
    [project, '/home/user/project'],
    [home, '/home/user'],
    [root, '/home/user'],
  ]);
  const folder = `test/fixtures/nested-agents/${version}`;
  rmSync(folder, { recursive: true, force: true });
  const payloads = recordedPayloads(root);
  const hooks = payloads.map(({ at, input }) => ({ at: Math.round(at), ...input }));
  save(`${folder}/hooks.jsonl`, hooks, away);
  const transcript = stringField(payloads[0]?.input ?? {}, 'transcript_path') ?? '';
  const session = stringField(payloads[0]?.input ?? {}, 'session_id') ?? '';
  save(`${folder}/${session}.jsonl`, linesOf(transcript), away);
  const agents = join(dirname(transcript), session, 'subagents');
  for (const name of readdirSync(agents).filter((file) => file.endsWith('.jsonl')))
    save(`${folder}/${session}/subagents/${name}`, linesOf(join(agents, name)), away);
}

function linesOf(path: string): readonly JsonObject[] {
  const lines = readFileSync(path, 'utf8').split('\n').map(parseJsonObject);
  const telling = lines
    .filter((line) => line !== undefined)
    .filter(
      (line) =>
        TELLING.has(String(line['type'])) &&
        stringField(objectField(line, 'message'), 'role') !== undefined,
    );
  return telling.map((line) =>
    Object.fromEntries(KEPT.flatMap((key) => (line[key] === undefined ? [] : [[key, line[key]]]))),
  );
}

function save(path: string, lines: readonly JsonObject[], away: Replacements): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, lines.map((line) => `${JSON.stringify(sanitise(line, away))}\n`).join(''));
}

async function main(binary: string | undefined, version: string | undefined): Promise<void> {
  if (binary === undefined || version === undefined)
    throw new Error('Cannot record: give the path of the client and its version');
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'waymark-trace-')));
  try {
    await recordTrace(binary, version, root);
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  }
}

await main(process.argv[2], process.argv[3]);
