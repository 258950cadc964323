import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { onTestFinished, describe, expect, it } from 'vitest';
import { ensureMetricsToken } from '../../../lib/metrics/metrics-token.ts';
import { LiveConfig } from '../../../lib/worker/live-config.ts';
import { MetricsEndpoint } from '../../../lib/worker/metrics-endpoint.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { namesIn, testHome } from '../../support/test-home.ts';

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const { port, close } = await listen(0);
  await close();
  return port;
}

async function listen(port: number) {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  const address = server.address();
  const close = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  return { port: typeof address === 'object' ? (address?.port ?? 0) : 0, close };
}

function setUp({ leads = (): boolean => true } = {}) {
  const { folder } = testHome();
  const memory = memoryLog();
  const config = new LiveConfig({
    ...{ file: folder.configFile, environment: {}, flags: {}, log: memory.log },
  });
  const endpoint = new MetricsEndpoint({
    ...{ folder, config, environment: {}, clock: Date.now, log: memory.log, isLeader: leads },
  });
  onTestFinished(() => endpoint.close());
  const follow = async (metricsPort?: number): Promise<void> => {
    if (metricsPort !== undefined)
      writeFileSync(folder.configFile, JSON.stringify({ metricsPort }));
    config.refresh();
    await endpoint.follow();
  };
  const status = async (port: number): Promise<number | undefined> => {
    const headers = { authorization: `Bearer ${ensureMetricsToken(folder)}` };
    try {
      return (await fetch(`http://127.0.0.1:${port}/metrics`, { headers })).status;
    } catch {
      return undefined;
    }
  };
  const codes = (): readonly string[] =>
    memory.codes().filter((code) => code.startsWith('METRICS_'));
  return { folder, follow, status, codes, endpoint };
}

describe('MetricsEndpoint', () => {
  it('creates no token and logs nothing while no port is set', async () => {
    const { folder, follow, codes } = setUp();
    await follow();
    expect(namesIn(folder.root)).not.toContain('metrics-token');
    expect(codes()).toEqual([]);
  });

  it('follows the setting: opens, moves, closes', async () => {
    const { follow, status, codes } = setUp();
    const [one, other] = [await freePort(), await freePort()];
    await follow(one);
    expect(await status(one)).toBe(200);
    await follow();
    await follow(other);
    expect([await status(one), await status(other)]).toEqual([undefined, 200]);
    await follow(0);
    expect(await status(other)).toBeUndefined();
    expect(codes()).toEqual(['METRICS_SERVED', 'METRICS_SERVED']);
  });

  it('serves only while it leads', async () => {
    let leads = false;
    const { follow, status } = setUp({ leads: () => leads });
    const port = await freePort();
    await follow(port);
    expect(await status(port)).toBeUndefined();
    leads = true;
    await follow();
    expect(await status(port)).toBe(200);
  });

  it('logs once that the port is taken, and serves as soon as it is free', async () => {
    const { follow, status, codes } = setUp();
    const other = await listen(0);
    await follow(other.port);
    await follow();
    expect(codes()).toEqual(['METRICS_UNSERVED']);
    await other.close();
    await follow();
    expect(await status(other.port)).toBe(200);
    expect(codes()).toEqual(['METRICS_UNSERVED', 'METRICS_SERVED']);
  });

  it('logs that the token cannot be used', async () => {
    const { folder, follow, codes } = setUp();
    writeFileSync(`${folder.root}/metrics-token`, 'short');
    await follow(await freePort());
    expect(codes()).toEqual(['METRICS_UNSERVED']);
  });
});
