import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importTranscripts } from '../../../../lib/actions/import/import-transcripts.ts';
import { readSessionTranscripts } from '../../../../lib/features/operation/read-session.ts';
import { readSessionCosts, readCost } from '../../../../lib/query/cost.ts';
import type { Database } from '../../../../lib/store/database.ts';
import { FORK, ORIGIN, writeClientFolder } from '../../../support/client-folder.ts';
import { countTokens } from '../../../support/count-tokens.ts';
import { testHome } from '../../../support/test-home.ts';
import { writeTranscripts } from '../../../bench/write-transcripts.ts';
import { askInStore, inStore } from '../../cli/prepared-store.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const BEGIN = Date.UTC(2026, 10, 20, 9, 0, 1);

function scene() {
  const { root, folder } = testHome();
  const client = join(root, 'client');
  mkdirSync(client);
  const environment = { HOME: root, CLAUDE_CONFIG_DIR: client, WAYMARK_AUTOSTART: 'false' };
  const actionContext = { folder, environment, clock: () => NOW };
  const ask = <T>(read: (database: Database) => Promise<T>): Promise<T> => askInStore(folder, read);
  return {
    client,
    ask,
    run: (from: readonly string[] = []) => importTranscripts(actionContext, { from }),
    /** As the worker does once a hook has told of the session. */
    readLive: (path: string) =>
      inStore(folder, (database) => {
        database
          .prepare(
            `INSERT INTO sessions (id, transcript_path, first_event_at, last_event_at)
             VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
          )
          .run(ORIGIN, path, BEGIN, BEGIN);
        readSessionTranscripts(database, ORIGIN, { now: NOW });
      }),
    tokens: () =>
      ask(async (database) => {
        const { total } = await readCost(database, { by: 'model', limit: 9, prices: [] });
        const { answers, input, output, cacheRead, cacheWrite5m, cacheWrite1h } = total;
        return { answers, input, output, cacheRead, cacheWrite: cacheWrite5m + cacheWrite1h };
      }),
  };
}

describe('usage of live sessions and of imported ones', () => {
  it('is what an independent counter counts, whichever comes first, and once', async () => {
    for (const order of ['live first', 'import first']) {
      const { client, run, readLive, tokens } = scene();
      writeClientFolder(client);
      const live = `${client}/projects/-work-gone/${ORIGIN}.jsonl`;
      if (order === 'live first') readLive(live);
      await run();
      readLive(live);
      expect(await tokens(), order).toEqual(countTokens(client));
    }
  });

  it('is counted once where the same files are in two folders', async () => {
    const { client, run, tokens } = scene();
    writeClientFolder(client);
    const backup = `${client}-backup`;
    cpSync(client, backup, { recursive: true });
    await run();
    await run([backup]);
    expect(await tokens()).toEqual(countTokens(client));
  });

  it('gives a fork its own answers alone', async () => {
    const { client, run, ask } = scene();
    writeClientFolder(client);
    await run();
    const costs = await ask((database) => readSessionCosts(database, [ORIGIN, FORK], []));
    expect([...costs].map(([id, { answers }]) => [id, answers])).toEqual(
      expect.arrayContaining([
        [ORIGIN, 5],
        [FORK, 1],
      ]),
    );
  });

  it('is what the counter counts in a megabyte of sessions with agents', async () => {
    const { client, run, tokens } = scene();
    writeTranscripts(client, 1);
    await run();
    expect(await tokens()).toEqual(countTokens(client));
  });
});
