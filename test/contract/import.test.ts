import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importTranscripts } from '../../lib/actions/import/import-transcripts.ts';
import { writeTranscripts } from '../bench/write-transcripts.ts';
import { countTranscripts } from '../support/count-transcripts.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { testHome } from '../support/test-home.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures');

/** Transcripts of the real client (resumed, forked, with agents in agents), and made-up ones. */
const HOMES: ReadonlyArray<readonly [name: string, write: (projects: string) => void]> = [
  ...(['client-2.1.197', 'client-2.1.330'] as const).map(
    (client) =>
      [
        client,
        (to: string) => cpSync(join(FIXTURES, 'transcript', client), to, { recursive: true }),
      ] as const,
  ),
  ...(['2.1.197', '2.1.330'] as const).map(
    (client) =>
      [
        `agents in agents, ${client}`,
        (to: string) => cpSync(join(FIXTURES, 'nested-agents', client), to, { recursive: true }),
      ] as const,
  ),
  ['made up', (to) => writeTranscripts(join(to, '../..'), 3)],
];

describe('an import', () => {
  it.each(HOMES)('has what another counter finds: %s', async (_name, write) => {
    const { folder, rows } = testHome();
    const client = tempFolder();
    write(join(client, 'projects', '-work'));
    const environment = { HOME: client, CLAUDE_CONFIG_DIR: client, WAYMARK_AUTOSTART: 'false' };
    await importTranscripts({ folder, environment, clock: Date.now }, { from: [client] });
    const [found] = rows(`SELECT
      (SELECT count(*) FROM sessions) AS sessions,
      (SELECT count(*) FROM messages WHERE role = 'prompt') AS prompts,
      (SELECT count(*) FROM messages WHERE role = 'answer') AS answers,
      (SELECT count(*) FROM operations) AS calls,
      (SELECT count(*) FROM operations WHERE transcript_outcome = 'failed') AS failures,
      (SELECT count(*) FROM agents) AS agents,
      (SELECT count(*) FROM usage) AS usage,
      (SELECT sum(output) FROM usage) AS output`);
    expect(found).toEqual(countTranscripts(join(client, 'projects')));
  });
});
