import { describe, expect, it } from 'vitest';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import {
  type Heartbeat,
  listHeartbeatWorkers,
  readHeartbeats,
  removeHeartbeat,
  writeHeartbeat,
} from '../../../../lib/queue/wakeup/heartbeat.ts';
import { namesIn } from '../../../support/test-home.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

function beat(own: Partial<Heartbeat> = {}): Heartbeat {
  return {
    timestamp: '2026-11-22T12:00:00.000Z',
    freshUntil: '2026-11-22T12:00:20.000Z',
    id: 'w1',
    pid: 77,
    version: '0.1.0',
    leader: true,
    mode: 'event-loop',
    startedAt: '2026-11-22T11:00:00.000Z',
    iteration: 1,
    processed: 2,
    failed: 0,
    dead: 0,
    lastEventAt: null,
    idleSeconds: 3,
    queueSize: 0,
    processingCount: 0,
    watcher: { alive: true, restarts: 0 },
    rings: 0,
    watchEvents: 0,
    missedWakeUps: 0,
    latencyMs: null,
    throughput: 0,
    memoryMb: 50,
    tasks: [],
    ...own,
  };
}

describe('heartbeats', () => {
  it('are read back as they were written, and are closed to other users', () => {
    const folder = tempFolder();
    writeHeartbeat(folder, beat({ processed: 1 }));
    writeHeartbeat(folder, beat({ processed: 5 }));
    const [seen] = readHeartbeats(folder);
    expect(seen).toMatchObject({
      id: 'w1',
      pid: 77,
      mode: 'event-loop',
      leader: true,
      timestamp: '2026-11-22T12:00:00.000Z',
      body: { processed: 5 },
    });
    expect(namesIn(folder)).toEqual(['w1.json']);
    expect(statSync(`${folder}/w1.json`).mode & 0o777).toBe(0o600);
  });

  it('skip other files', () => {
    const folder = tempFolder();
    writeFileSync(`${folder}/half.json`, '{"id":"w');
    writeFileSync(`${folder}/other.json`, '[]');
    writeFileSync(`${folder}/w1.json.123`, '{"id":"w1"}');
    mkdirSync(`${folder}/folder.json`);
    expect(readHeartbeats(folder)).toEqual([]);
    expect(readHeartbeats(`${folder}/missing`)).toEqual([]);
  });

  it('have owners, even if one crashed during a draft, and are deleted with all drafts', () => {
    const folder = tempFolder();
    writeHeartbeat(folder, beat());
    writeFileSync(`${folder}/w1.json.123456`, '');
    writeFileSync(`${folder}/w2.json.123456`, '');
    writeFileSync(`${folder}/notes.txt`, '');
    expect([...listHeartbeatWorkers(folder)].sort()).toEqual(['w1', 'w2']);
    removeHeartbeat(folder, 'w1');
    expect([...namesIn(folder)].sort()).toEqual(['notes.txt', 'w2.json.123456']);
  });

  it('can be deleted twice', () => {
    const folder = tempFolder();
    writeHeartbeat(folder, beat());
    removeHeartbeat(folder, 'w1');
    removeHeartbeat(folder, 'w1');
    expect(namesIn(folder)).toEqual([]);
  });
});
