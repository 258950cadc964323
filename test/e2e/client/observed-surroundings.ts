import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { EventEnvelope } from '../../../lib/events/envelope.ts';
import { objectField, parseJsonObject, stringField } from '../../../lib/core/json.ts';
import { eventually } from './eventually.ts';

/** Runs a command of waymark and returns what it prints. */
type Waymark = (...args: readonly string[]) => string;

/** As npm 10 reports it; package and advisory are made up. */
const AUDIT = {
  auditReportVersion: 2,
  vulnerabilities: {
    'waymark-sample-parts': {
      name: 'waymark-sample-parts',
      severity: 'high',
      isDirect: true,
      via: [
        {
          source: 1,
          name: 'waymark-sample-parts',
          dependency: 'waymark-sample-parts',
          title: 'Parts of others are read',
          url: 'https://github.com/advisories/GHSA-0000-0000-0000',
          severity: 'high',
          cwe: ['CWE-22'],
          cvss: { score: 7.5, vectorString: null },
          range: '<1.2.3',
        },
      ],
      effects: [],
      range: '<1.2.3',
      nodes: ['node_modules/waymark-sample-parts'],
      fixAvailable: true,
    },
  },
  metadata: {
    vulnerabilities: { info: 0, low: 0, moderate: 0, high: 1, critical: 0, total: 1 },
    dependencies: { prod: 2, dev: 0, optional: 0, peer: 0, peerOptional: 0, total: 1 },
  },
};

/**
 * A PATH whose first npm answers `npm audit` by itself, with a finding, and leaves everything else
 * to the real one.
 */
export function pathWithAudit(root: string, path: string): string {
  const folder = join(root, 'bin');
  mkdirSync(folder);
  writeFileSync(join(folder, 'audit.json'), `${JSON.stringify(AUDIT, null, 2)}\n`);
  const script = `#!/bin/sh\n[ "$1" != audit ] || { cat '${folder}/audit.json'; exit 1; }\nPATH=\${PATH#'${folder}${delimiter}'} exec npm "$@"\n`;
  writeFileSync(join(folder, 'npm'), script, { mode: 0o700 });
  return `${folder}${delimiter}${path}`;
}

/**
 * A second worker that is stopped as by a debugger: it lives, and its heartbeat does not change.
 * @returns a function that resumes it.
 */
export async function stoppedWorker(
  program: string,
  environment: NodeJS.ProcessEnv,
  heartbeats: string,
): Promise<() => void> {
  const worker = spawn(process.execPath, [program, 'worker', '--shared', '--read-timeout', '1'], {
    env: environment,
    stdio: 'ignore',
  });
  const isBeating = (): boolean =>
    existsSync(heartbeats) && heartbeatsIn(heartbeats).includes(worker.pid);
  await eventually(isBeating, (beats) => {
    if (!beats) throw new Error('Cannot stop the second worker: it does not beat');
  });
  worker.kill('SIGSTOP');
  return () => worker.kill('SIGCONT');
}

function heartbeatsIn(folder: string): readonly unknown[] {
  return readdirSync(folder).map(
    (name) => parseJsonObject(readFileSync(join(folder, name), 'utf8'))?.['pid'],
  );
}

/**
 * A handler that cannot be run: its delivery is dead, is retried, is dead again and is given up.
 */
export async function decideAboutDead(home: string, waymark: Waymark): Promise<void> {
  mkdirSync(join(home, 'handlers'), { recursive: true, mode: 0o700 });
  writeFileSync(
    join(home, 'handlers/broken.sh'),
    '#!/bin/sh\n# waymark: on deploy.failed\nexec /nowhere/notify\n',
    { mode: 0o700 },
  );
  waymark('handlers', 'list');
  waymark('emit', 'deploy.failed');
  const untilDead = () =>
    eventually(
      () => JSON.parse(waymark('dead', 'list', '--json')),
      (dead) => {
        if (!Array.isArray(dead) || dead.length !== 1)
          throw new Error('Cannot continue: nothing is dead');
      },
    );
  await untilDead();
  waymark('dead', 'retry', '--all');
  await untilDead();
  waymark('dead', 'discard', '--all');
}

/**
 * What a receiver gets of `waymark webhooks test`, which is stored nowhere, as the event that it
 * was.
 */
export async function testedWebhook(root: string, waymark: Waymark): Promise<EventEnvelope> {
  const received = join(root, 'received');
  const secret = `whsec_${Buffer.alloc(32, 'secret').toString('base64')}`;
  writeFileSync(join(root, 'secret'), secret, { mode: 0o600 });
  const receiver = spawn(
    process.execPath,
    [join(import.meta.dirname, 'webhook-receiver.mjs'), received, '0'],
    {
      env: { ...process.env, RECEIVER_SECRET: secret },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  try {
    const [port] = await once(receiver.stdout, 'data');
    waymark(
      'webhooks',
      'add',
      `http://127.0.0.1:${Number(port)}/hook`,
      '--name',
      'here',
      '--secret-file',
      join(root, 'secret'),
      '--type',
      'nothing.else',
    );
    waymark('webhooks', 'test', 'here');
    const event = objectField(
      parseJsonObject(readFileSync(received, 'utf8').split('\n')[0] ?? '') ?? {},
      'event',
    );
    return {
      event_id: stringField(event, 'id') ?? '',
      event_type: (stringField(event, 'type') ?? '').replace(/^waymark\./, ''),
      timestamp: stringField(event, 'time') ?? '',
      source: (stringField(event, 'source') ?? '').replace(/^waymark:/, ''),
      payload: objectField(event, 'data'),
    };
  } finally {
    receiver.kill();
  }
}
