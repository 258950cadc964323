import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { attemptDelivery } from '../../lib/delivery/webhooks/attempt-delivery.ts';
import { httpPoster } from '../../lib/delivery/webhooks/poster.ts';
import { makeSecret } from '../../lib/delivery/webhooks/webhook-secret.ts';
import type { EventEnvelope } from '../../lib/events/envelope.ts';
import { eventually } from '../support/eventually.ts';
import { bundleModuleRunner } from '../support/module-runner.ts';
import { filesIn } from '../support/run-hook.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { testEvent } from '../support/test-event.ts';
import {
  attempt,
  handlerHome,
  type HandlerHome,
  putFile,
  subscriptionOf,
} from '../unit/delivery/handlers/handler-folder.ts';

const FOLDER = 'docs/examples';
const textOf = (file: string): string => readFileSync(`${FOLDER}/${file}`, 'utf8');

const runner = bundleModuleRunner();
afterAll(() => runner.remove());

async function open(home: HandlerHome, file: string, name: string) {
  putFile(`${home.folder}/${file}`, textOf(file));
  const handlers = home.open({ runner: runner.runner, api: runner.api });
  await handlers.whenReady();
  return subscriptionOf(handlers, name);
}

describe('docs/examples', () => {
  it('lists each of its files', () => {
    const files = readdirSync(FOLDER).filter((file) => file !== 'README.md');
    expect(files.filter((file) => !textOf('README.md').includes(`[${file}](${file})`))).toEqual([]);
    expect(files).toHaveLength(5);
  });

  it('failed-calls.sh notes each failed command once', async () => {
    const home = handlerHome();
    const subscription = await open(home, 'failed-calls.sh', 'user/failed-calls');
    const failure = testEvent({
      event_type: 'task.failed',
      payload: { call: { tool: 'Bash', target: 'npm run biuld', outcome: 'failed' } },
    });
    expect(subscription.types).toEqual(['task.failed']);
    expect([await attempt(subscription, failure), await attempt(subscription, failure)]).toEqual([
      { state: 'done', output: 'noted: npm run biuld' },
      { state: 'done', output: 'noted before' },
    ]);
    expect(readFileSync(`${home.root}/log/failed-commands.txt`, 'utf8')).toBe(
      `${failure.event_id} npm run biuld\n`,
    );
  });

  it('slow-agents.ts emits an event when an agent took long, and none otherwise', async () => {
    const home = handlerHome();
    const subscription = await open(home, 'slow-agents.ts', 'user/slowAgents');
    const completed = (duration_ms: number): EventEnvelope =>
      testEvent({ event_type: 'task.completed', payload: { assigned_to: 'Explore', duration_ms } });
    expect(await attempt(subscription, completed(599_000))).toMatchObject({ state: 'done' });
    expect(home.emitted).toEqual([]);
    expect(await attempt(subscription, completed(720_000))).toEqual({
      state: 'done',
      output: 'Explore took 12 minutes',
    });
    expect(home.emitted).toEqual([
      { type: 'agent.was_slow', payload: { agent: 'Explore', minutes: 12 }, priority: 'low' },
    ]);
  });

  it('webhook-receiver.mjs takes what is signed with its secret, and prints each event once', async () => {
    const secret = makeSecret();
    const receiver = await startReceiver(secret);
    const post = (key: string) => {
      const url = `http://127.0.0.1:${receiver.port}/hook`;
      const webhook = {
        id: 'wh_1',
        name: 'ci',
        url,
        secret: key,
        types: ['*'],
        addedAt: '2026-11-22T04:48:32.123Z',
      };
      const signal = AbortSignal.timeout(15_000);
      return attemptDelivery(webhook, testEvent(), {
        poster: httpPoster(),
        now: Date.now(),
        signal,
      });
    };
    expect(await post(makeSecret())).toMatchObject({ status: 401 });
    expect(await post(secret)).toMatchObject({ status: 204 });
    expect(await post(secret)).toMatchObject({ status: 204 });
    await eventually('the event is printed', () => receiver.output().includes('do it'));
    expect(receiver.output().match(/waymark\.session\.prompt_submitted session-1/g)).toHaveLength(
      1,
    );
  });

  it.each([
    ['true', 0, 'backup.done', 'low', {}],
    ['false', 1, 'backup.failed', 'high', { status: 1, command: 'false' }],
  ])(
    'backup-with-event.sh sends an event about the end of %s, and ends as it does',
    (command, status, type, priority, own) => {
      const home = tempFolder();
      const run = spawnSync('sh', [`${FOLDER}/backup-with-event.sh`, command], {
        env: {
          PATH: process.env['PATH'] ?? '',
          HOME: home,
          WAYMARK_HOME: home,
          WAYMARK_SHELL_LIBRARY: 'templates/waymark.sh',
        },
        encoding: 'utf8',
      });
      expect([run.status, run.stdout, run.stderr]).toEqual([status, '', '']);
      const pending = `${home}/queue/pending`;
      expect(
        filesIn(pending).map((file) => JSON.parse(readFileSync(`${pending}/${file}`, 'utf8'))),
      ).toMatchObject([
        {
          event_type: type,
          source: 'cron/backup',
          metadata: { priority },
          payload: { seconds: expect.any(Number), ...own },
        },
      ]);
    },
  );
});

describe.each(['docs/states.md', 'CONTRIBUTING.md'])('%s', (page) => {
  it('names files and folders that exist', () => {
    const named = readFileSync(page, 'utf8').match(
      /(?<=[\s`])(?:lib|hooks|test|docs)\/[\w./-]*\w/g,
    );
    expect(named?.length).toBeGreaterThan(5);
    expect(named?.filter((path) => !existsSync(path))).toEqual([]);
  });
});

/** The example as a process, on any free port. */
async function startReceiver(secret: string) {
  const child = spawn(process.execPath, [`${FOLDER}/webhook-receiver.mjs`], {
    env: { WAYMARK_WEBHOOK_SECRET: secret, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  let output = '';
  child.stdout.on('data', (text) => (output += String(text)));
  await eventually('the receiver listens', () => output.includes('\n'));
  return { port: Number(/listening on (\d+)/.exec(output)?.[1]), output: () => output };
}
