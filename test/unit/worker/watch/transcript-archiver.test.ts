import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stateFolderAt } from '../../../../lib/core/state-folder.ts';
import { hasTails } from '../../../../lib/journal/transcripts/archive-session.ts';
import { archivedBytes, archivedFiles } from '../../../../lib/journal/transcripts/read-archived.ts';
import { SESSIONS } from '../../../../lib/store/sessions-table.ts';
import { applyWrites } from '../../../../lib/store/sink.ts';
import { rememberForgotten } from '../../../../lib/store/forgotten.ts';
import { inTransaction } from '../../../../lib/store/transaction.ts';
import {
  TranscriptArchiver,
  type TranscriptArchiverParts,
} from '../../../../lib/worker/watch/transcript-archiver.ts';
import { ClientSession, transcriptLines } from '../../../support/client-session.ts';
import { eventually } from '../../../support/eventually.ts';
import { testStore } from '../../../support/test-store.ts';

function scene(own: Partial<TranscriptArchiverParts> = {}) {
  const client = new ClientSession();
  const database = testStore();
  const logged: string[] = [];
  let ahead = 0;
  const clock = (): number => Date.now() + ahead;
  const archiver = new TranscriptArchiver({
    folder: stateFolderAt(`${client.root}/state`),
    clock,
    log: (_level, code) => void logged.push(code),
    database: () => database,
    isOn: () => true,
    canContinue: () => Promise.resolve(true),
    once: false,
    ...own,
  });
  onTestFinished(() => archiver.stop());
  const tell = (row: Readonly<Record<string, string | number>>, session = client.session): void => {
    const whole = { id: session, transcript_path: client.transcriptPath, transcript_at: 1, ...row };
    inTransaction(database, () => applyWrites(database, [{ into: SESSIONS, row: whole }]));
  };
  const archived = (): string | undefined => {
    const [file] = archivedFiles(client.archive, client.session);
    return file && Buffer.concat([...archivedBytes(file)]).toString();
  };
  const isCurrent = (): boolean => archived() === readFileSync(client.transcriptPath, 'utf8');
  const pass = (ms: number): void => {
    ahead += ms;
  };
  const hear = (type: string): void => {
    const id = `e-${database.prepare('SELECT count(*) AS n FROM events').get()?.['n']}`;
    database
      .prepare(
        "INSERT INTO events (id, type, at, source, session_id, envelope, stored_at) VALUES (?, ?, ?, 'hook/test', ?, '{}', ?)",
      )
      .run(id, type, clock(), client.session, clock());
  };
  return { client, database, archiver, clock, tell, hear, archived, isCurrent, pass, logged };
}

describe('TranscriptArchiver', () => {
  it('archives what an active session writes, at once', async () => {
    const { client, archiver, tell, isCurrent, clock } = scene();
    client.append(transcriptLines(3));
    tell({ last_event_at: clock() });
    await archiver.step();
    await eventually('the first lines are archived', isCurrent);
    for (let round = 0; round < 3; round += 1) {
      client.append(transcriptLines(2, round));
      await eventually('the next lines are archived, without a turn', isCurrent);
    }
    client.write(`projects/-work-app/s-1/subagents/agent-b.jsonl`, transcriptLines(1));
    await archiver.step();
    await eventually('the agent is archived', () =>
      archivedFiles(client.archive, 's-1').some(({ path }) => path.endsWith('agent-b.jsonl')),
    );
  });

  it('compresses everything of a session that has ended', async () => {
    const { client, archiver, tell, isCurrent, clock, pass } = scene();
    client.append(transcriptLines(3));
    tell({ last_event_at: clock() });
    await archiver.step();
    await eventually('it is archived', isCurrent);
    expect(hasTails(client.archive, 's-1')).toBe(true);
    tell({ ended_at: clock(), end_reason: 'clear', last_event_at: clock() });
    pass(1_000);
    await archiver.step();
    client.append(transcriptLines(1, 8));
    pass(6_000);
    await archiver.step();
    await eventually('no tail is left', () => !hasTails(client.archive, 's-1'));
    expect(isCurrent()).toBe(true);
  });

  it('archives sessions that ended before it began, and those that are imported later', async () => {
    const { client, archiver, tell, isCurrent, pass } = scene();
    client.append(transcriptLines(3));
    tell({ last_event_at: 1_000 });
    await archiver.step();
    await eventually('it is archived', isCurrent);
    const other = new ClientSession('s-2');
    other.append(transcriptLines(4));
    tell({ last_event_at: 2_000, transcript_path: other.transcriptPath }, 's-2');
    pass(2_000);
    await archiver.step();
    await eventually('the other one, too', () => archivedFiles(client.archive, 's-2').length === 1);
  });

  it('archives what a session writes that was resumed and has ended between two looks', async () => {
    const { client, archiver, tell, hear, isCurrent, clock, pass } = scene();
    client.append(transcriptLines(3));
    tell({ last_event_at: clock(), ended_at: clock(), end_reason: 'other' });
    await archiver.step();
    await eventually('it is archived', () => isCurrent() && !hasTails(client.archive, 's-1'));
    pass(10_000);
    await archiver.step();
    client.append(transcriptLines(2, 7));
    hear('session.started');
    hear('session.ended');
    tell({ last_started_at: clock(), last_event_at: clock() });
    tell({ ended_at: clock(), end_reason: 'other' });
    pass(1_000);
    await archiver.step();
    pass(6_000);
    await archiver.step();
    await eventually('the new lines are archived', isCurrent);
  });

  it('archives what a session writes whose events came hours later', async () => {
    const { client, archiver, tell, hear, isCurrent, clock, pass } = scene();
    client.append(transcriptLines(3));
    tell({ last_event_at: clock() - 9 * 3_600_000 });
    await archiver.step();
    await eventually('it is archived', () => isCurrent() && !hasTails(client.archive, 's-1'));
    client.append(transcriptLines(2, 7));
    hear('operation.recorded');
    tell({ last_event_at: clock() - 8 * 3_600_000 });
    pass(1_000);
    await archiver.step();
    pass(6_000);
    await archiver.step();
    await eventually('the new lines are archived', isCurrent);
  });

  it('archives no session that was forgotten', async () => {
    const { client, database, archiver, tell, archived, clock } = scene({ once: true });
    client.append(transcriptLines(3));
    tell({ last_event_at: clock() });
    rememberForgotten(database, ['s-1'], clock());
    await archiver.step();
    expect(archived()).toBeUndefined();
  });

  it('archives nothing while it is switched off', async () => {
    const { client, archiver, tell, archived, clock } = scene({ once: true, isOn: () => false });
    client.append(transcriptLines(3));
    tell({ last_event_at: clock() });
    await archiver.step();
    expect(archived()).toBeUndefined();
  });

  it('archives active sessions in one step of a worker that drains', async () => {
    const { client, archiver, tell, isCurrent, clock } = scene({ once: true });
    client.append(transcriptLines(3));
    tell({ last_event_at: clock() });
    await archiver.step();
    expect(isCurrent()).toBe(true);
  });

  it('checks again a second after a step that was too early for a check', async () => {
    const { client, archiver, tell, isCurrent, clock } = scene();
    await archiver.step();
    client.append(transcriptLines(3));
    tell({ last_event_at: clock() });
    await archiver.step();
    await eventually('the session that began meanwhile is archived', isCurrent);
  });

  it('survives a store that fails between two steps', async () => {
    const database = testStore();
    let isUnavailable = false;
    const store = () => {
      if (isUnavailable) throw new Error('the store is unavailable');
      return database;
    };
    const { archiver, logged } = scene({ database: store });
    await archiver.step();
    isUnavailable = true;
    await eventually('it is logged', () => logged.includes('ARCHIVE_FAILED'));
  });

  it('reports once that it cannot write, and tries again later', async () => {
    const { client, archiver, tell, isCurrent, clock, pass, logged } = scene({ once: true });
    client.append(transcriptLines(3));
    client.write('../state/archive', 'in the way');
    tell({ last_event_at: clock() });
    await archiver.step();
    pass(61_000);
    await archiver.step();
    expect(logged).toEqual(['ARCHIVE_FAILED']);
    rmSync(`${client.root}/state/archive`);
    pass(61_000);
    await archiver.step();
    expect(isCurrent()).toBe(true);
  });

  it('skips a path that is not the transcript of its session', async () => {
    const { client, archiver, tell, clock } = scene({ once: true });
    writeFileSync(`${client.root}/secret`, 'of somebody');
    tell({ last_event_at: clock(), transcript_path: `${client.root}/secret` });
    await archiver.step();
    expect(archivedFiles(client.archive, 's-1')).toEqual([]);
  });
});
