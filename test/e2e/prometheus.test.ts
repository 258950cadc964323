import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { isInstalled } from '../support/is-installed.ts';
import { startProgram } from '../support/program-process.ts';
import { namesIn, testHome } from '../support/test-home.ts';

const PROJECT = join(import.meta.dirname, '../..');
const PATIENCE_MS = 45_000;
const LOOK_AGAIN_MS = 200;

const hasPrometheus = isInstalled('prometheus', 'a scrape by a real Prometheus');

describe.skipIf(!hasPrometheus)('a real Prometheus', () => {
  it('scrapes the worker with the token file, and fires an alert of ours', async () => {
    const home = testHome();
    const [metricsPort, port] = [await freePort(), await freePort()];
    writeFileSync(home.folder.configFile, JSON.stringify({ metricsPort }));
    startWorker(home.root);
    await eventually('the worker serves', () => home.logCodes().includes('METRICS_SERVED'));
    startPrometheus(home.root, port, metricsPort);
    const ask = asker(port);
    await until('it scrapes', async () => (await ask('up')).includes('1'));
    expect(await ask('waymark_dead_letters{kind="entry"}')).toEqual(['0']);
    expect(await ask('count({job="waymark",__name__=~"waymark_.*"}) > 60')).toHaveLength(1);
    expect(await ask('sum(waymark_workers{state!="dead"})')).toEqual(['1']);

    writeFileSync(`${home.queue.pending}/garbage.json`, 'not JSON');
    await eventually('the entry is given up', () => namesIn(home.queue.dead).length > 0);
    await until('the alert fires', async () =>
      (await ask('ALERTS{alertname="WaymarkDeadLettersGrow",alertstate="firing"}')).includes('1'),
    );
    expect(await ask('ALERTS{alertname!="WaymarkDeadLettersGrow",alertstate="firing"}')).toEqual(
      [],
    );
  });
});

function startWorker(root: string): void {
  startProgram(process.execPath, [`${PROJECT}/dist/waymark.cjs`, 'worker', '--background'], {
    WAYMARK_HOME: root,
    HOME: root,
    XDG_RUNTIME_DIR: root,
  });
}

/** The configuration that we ship, with the port of this test, and scrapes each second. */
function startPrometheus(root: string, port: number, metricsPort: number): void {
  const folder = `${root}/prometheus`;
  mkdirSync(folder);
  const shipped = `${PROJECT}/templates/prometheus`;
  const config = readFileSync(`${shipped}/prometheus.yml`, 'utf8')
    .replaceAll('15s', '1s')
    .replace('credentials_file: metrics-token', `credentials_file: ${root}/metrics-token`)
    .replace('- alerts.yml', `- ${shipped}/alerts.yml`)
    .replace('9464', String(metricsPort));
  writeFileSync(`${folder}/prometheus.yml`, config);
  startProgram('prometheus', [
    `--config.file=${folder}/prometheus.yml`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=error',
  ]);
}

/** Returns a function that asks Prometheus for the values of an expression. */
function asker(port: number): (query: string) => Promise<readonly string[]> {
  return async (query) => {
    const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`;
    const text = await fetch(url).then(
      (response) => (response.ok ? response.text() : '{}'), // it answers before it is ready
      () => '{}', // it is only starting
    );
    const answer: Answer = JSON.parse(text);
    return (answer.data?.result ?? []).map(({ value: [, value] }) => value);
  };
}

interface Answer {
  readonly data?: { readonly result?: readonly Vector[] };
}

interface Vector {
  readonly value: readonly [number, string];
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Not within ${PATIENCE_MS} ms: ${what}`);
    await sleep(LOOK_AGAIN_MS);
  }
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
