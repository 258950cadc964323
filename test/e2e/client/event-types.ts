// Plays sessions of the real client with waymark installed, and prints which types of events that
// made: `npm run --silent events:observed > docs/event-types-observed.md`. The build must be there.
// WAYMARK_CLIENT_VERSIONS names the clients, as for the tests with the real client; each is played
// by itself.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EventEnvelope } from '../../../lib/events/envelope.ts';
import { parseEnvelope } from '../../../lib/events/envelope-schema.ts';
import { isJsonObject, objectField, parseJsonObject, stringField } from '../../../lib/core/json.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { openStoreForReading } from '../../../lib/store/open-store.ts';
import { runClient } from '../../support/claude-client/run-client.ts';
import { observedTypes } from '../../support/observed-types.ts';
import { installedClients } from './installed-clients.ts';
import {
  MORE_PROMPTS,
  moreScript,
  OBSERVED_PROMPTS,
  observedScript,
  refusedScript,
} from './observed-script.ts';
import {
  decideAboutDead,
  pathWithAudit,
  stoppedWorker,
  testedWebhook,
} from './observed-surroundings.ts';
import { endProcessesOf } from './processes-of.ts';

const DIST = join(import.meta.dirname, '../../../dist');

/** A user below a throw-away root, and waymark's programs run as this user. */
function place(root: string) {
  const project = join(root, 'my project');
  const home = join(root, 'home');
  const own = { WAYMARK_HOME: join(root, 'state'), XDG_RUNTIME_DIR: join(root, 'run') };
  for (const folder of [join(project, '.claude'), join(home, '.claude'), own.XDG_RUNTIME_DIR])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(
    join(project, 'package.json'),
    '{ "private": true, "scripts": { "build": "true" } }\n',
  );
  const environment = {
    ...process.env,
    ...own,
    HOME: home,
    CLAUDE_CONFIG_DIR: join(home, '.claude'),
    NODE_EXTRA_CA_CERTS: '',
  };
  const run = (program: string, args: readonly string[], input = ''): string =>
    execFileSync(process.execPath, [join(DIST, `${program}.cjs`), ...args], {
      cwd: project,
      env: environment,
      encoding: 'utf8',
      timeout: 60_000,
      input,
    });
  return { project, home, own, environment, run, store: join(own.WAYMARK_HOME, 'waymark.db') };
}

async function observe(binary: string, root: string): Promise<readonly EventEnvelope[]> {
  const { project, home, own, environment, run, store } = place(root);
  run('install-hooks', ['--yes', '--scope', 'project', '--json']);
  const PATH = pathWithAudit(root, process.env['PATH'] ?? '');
  const client = { binary, home, project, env: { ...own, PATH, WAYMARK_CHECKPOINT_INTERVAL: '0' } };
  const waymark = (...args: readonly string[]): string => run('waymark', args);
  const first = await runClient({
    ...client,
    script: observedScript(project),
    prompt: OBSERVED_PROMPTS,
  }); // its first hook starts the worker
  const letGoOn = await stoppedWorker(
    join(DIST, 'waymark.cjs'),
    environment,
    join(own.WAYMARK_HOME, 'heartbeat'),
  );
  await runClient({
    ...client,
    script: moreScript(project),
    prompt: MORE_PROMPTS,
    args: ['--allowedTools', 'WebFetch'],
  });
  await settled(run);
  chooseFix(run);
  appendFileSync(
    join(own.WAYMARK_HOME, 'log/policy-hits.log'),
    '{"message":"push to a protected branch","rule":"no-force-push","command":"git push --force"}\n',
  );
  await runClient({
    ...client,
    script: refusedScript(),
    prompt: 'Once more',
    args: ['--resume', first.sessionId],
  });
  showStatusLine(own.WAYMARK_HOME, environment, first.sessionId);
  run('waymark', ['checkpoint', '--session', first.sessionId, '--note', 'manual']);
  await settled(run);
  for (const args of [
    ['schedule', 'run', 'learning'],
    ['schedule', 'run', 'cleanup'],
    ['schedule', 'run', 'observability'],
    ['schedule', 'run', 'weekly-report'],
    ['emit', 'build.failed', '--payload', '{"job":"lint"}'],
    ['doctor', '--audit'],
  ])
    waymark(...args);
  await decideAboutDead(own.WAYMARK_HOME, waymark);
  const tested = await testedWebhook(root, waymark);
  await untilStale(store);
  letGoOn();
  await settled(run);
  waymark('worker', 'stop');
  return [...eventsIn(store), tested];
}

/** Two looks, a minute apart, at a heartbeat that is a minute overdue. */
async function untilStale(store: string): Promise<void> {
  const isTold = (): boolean =>
    eventsIn(store).some(({ event_type }) => event_type === 'process.stale');
  for (const deadline = Date.now() + 300_000; !isTold() && Date.now() < deadline; )
    await delay(1_000);
}

/** The command that failed in both sessions is replaced from now on by the one that worked. */
function chooseFix(run: ReturnType<typeof place>['run']): void {
  const found: unknown = JSON.parse(run('waymark', ['failures', 'list', '--json']));
  const pattern = Array.isArray(found)
    ? found.filter(isJsonObject).find((one) => JSON.stringify(one).includes('biuld'))
    : undefined;
  const id = stringField(pattern ?? {}, 'id');
  if (id === undefined) throw new Error('Cannot continue: no failure is known');
  run('waymark', ['failures', 'confirm', id]);
  run('waymark', ['failures', 'set', id, 'auto-fix']);
}

/**
 * A client that is asked one question draws no status line: it gets what one with a terminal would
 * give it.
 */
function showStatusLine(state: string, environment: NodeJS.ProcessEnv, session: string): void {
  const input = {
    session_id: session,
    model: { id: 'claude-sonnet-4-5', display_name: 'Sonnet' },
    context_window: { context_window_size: 200_000, used_percentage: 12 },
  };
  spawnSync(process.execPath, [join(DIST, 'hooks/statusline.cjs')], {
    env: { ...environment, WAYMARK_HOME: state },
    input: JSON.stringify(input),
    timeout: 20_000,
  });
}

/** Until nothing has waited for three seconds: what follows from an event is an event, too. */
async function settled(run: ReturnType<typeof place>['run']): Promise<void> {
  const deadline = Date.now() + 90_000;
  for (let quiet = 0; quiet < 3 && Date.now() < deadline; await delay(1_000)) {
    const queue = objectField(parseJsonObject(run('waymark', ['status', '--json'])) ?? {}, 'queue');
    quiet = ['pending', 'delayed', 'processing'].every((name) => queue[name] === 0) ? quiet + 1 : 0;
  }
}

function eventsIn(store: string): readonly EventEnvelope[] {
  const database = openStoreForReading(store, sqliteDriver());
  if (database === undefined) throw new Error('Cannot read the store: it is not there');
  try {
    return database
      .prepare('SELECT envelope FROM events ORDER BY seq')
      .all()
      .flatMap((row) => {
        const parsed = parseEnvelope(JSON.parse(String(row['envelope'])));
        return parsed.ok ? [parsed.event] : [];
      });
  } finally {
    database.close();
  }
}

async function main(): Promise<void> {
  const seen: [version: string, events: readonly EventEnvelope[]][] = [];
  for (const [version, binary] of installedClients()) {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'waymark-types-')));
    try {
      seen.push([version, await observe(binary, root)]);
    } finally {
      endProcessesOf(root);
      rmSync(root, { recursive: true, force: true, maxRetries: 3 });
    }
  }
  process.stdout.write(observedTypes(seen));
}

await main();
