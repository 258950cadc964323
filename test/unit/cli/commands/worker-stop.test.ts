import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isoTime } from '../../../../lib/core/clock.ts';
import { preparedStore } from '../prepared-store.ts';
import { runCommand } from '../run-command.ts';

const NOW = Date.UTC(2026, 10, 22, 12);

describe('waymark worker restart', () => {
  it.each(['restart', 'stop'])(
    '%s ends with 1 and starts nothing while a worker that cannot be asked runs on',
    async (command) => {
      const folder = preparedStore();
      mkdirSync(folder.heartbeat, { recursive: true });
      const beat = {
        ...{ id: 'w1', pid: 0, mode: 'polling', leader: true },
        ...{ startedAt: isoTime(NOW - 1_000), freshUntil: isoTime(NOW + 60_000) },
      };
      writeFileSync(`${folder.heartbeat}/w1.json`, JSON.stringify(beat));
      const ended = await runCommand(folder, ['worker', command], { now: NOW });
      expect(ended.status).toBe(1);
      expect(ended.err).toContain('has no pipe for the request; nothing was done');
      expect(ended.out).not.toContain('runs in the background');
    },
  );
});
