import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { listFootprint } from '../../../../lib/claude/transcript/footprint.ts';
import { runAllSlices } from '../../../../lib/core/sliced.ts';
import type { StateFolder } from '../../../../lib/core/state-folder.ts';
import { archiveSession } from '../../../../lib/journal/transcripts/archive-session.ts';
import type { ConversationEntry } from '../../../../lib/query/conversation/entry.ts';
import { readConversation } from '../../../../lib/query/conversation/read-conversation.ts';
import {
  conversationEvents,
  TOLD_SESSION,
  writeConversation,
} from '../../../support/demo-conversation.ts';
import { stateFolderAt } from '../../../../lib/core/state-folder.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { askInStore, prepareStore } from '../../cli/prepared-store.ts';

function prepared(more: readonly object[] = []): {
  readonly folder: StateFolder;
  readonly path: string;
} {
  const root = tempFolder();
  const folder = stateFolderAt(`${root}/state`, {}, [`${root}/run`]);
  const path = writeConversation(folder, more);
  prepareStore(folder, conversationEvents(path));
  return { folder, path };
}

async function entriesIn(folder: StateFolder): Promise<readonly ConversationEntry[]> {
  const found = await askInStore(folder, (database) =>
    readConversation(database, folder, TOLD_SESSION),
  );
  return [...(found?.entries() ?? [])];
}

function call(id: string, command: string): object {
  const content = [{ type: 'tool_use', id, name: 'Bash', input: { command } }];
  return {
    type: 'assistant',
    timestamp: '2026-11-22T10:02:00.000Z',
    message: { id: `m-${id}`, content },
  };
}

function result(id: string, text: string): object {
  const content = [{ type: 'tool_result', tool_use_id: id, content: text }];
  return { type: 'user', timestamp: '2026-11-22T10:03:00.000Z', message: { content } };
}

describe('readConversation', () => {
  it('gives each call its result, and an agent its place behind the call that started it', async () => {
    const { folder } = prepared();
    const entries = await entriesIn(folder);
    const kinds = entries.map(({ kind }) => kind);
    const start = kinds.indexOf('agent-start');
    expect(entries[start - 1]).toMatchObject({ kind: 'call', tool: 'Agent' });
    expect(entries[start]).toMatchObject({ depth: 1, type: 'general-purpose' });
    expect(kinds.filter((kind) => kind === 'agent-end')).toHaveLength(1);
    const calls = entries.filter((entry) => entry.kind === 'call');
    expect(calls.filter(({ result: came }) => came === undefined)).toEqual([]);
    expect(calls.map((one) => one.result?.outcome)).toContain('failed');
  });

  it('puts a result that comes after the next message to its call', async () => {
    const { folder } = prepared([
      call('late', 'sleep 9'),
      call('next', 'ls'),
      result('next', 'b'),
      result('late', 'a'),
    ]);
    const calls = (await entriesIn(folder)).flatMap((entry) =>
      entry.kind === 'call' && entry.tool === 'Bash' ? [[entry.target, entry.result?.text]] : [],
    );
    expect(calls.slice(-2)).toEqual([
      ['sleep 9', 'a'],
      ['ls', 'b'],
    ]);
  });

  it('holds back no more than some entries for a result that is late', async () => {
    const many = Array.from({ length: 300 }, (_, index) => [
      call(`c${index}`, 'ls'),
      result(`c${index}`, 'x'),
    ]).flat();
    const { folder } = prepared([call('late', 'sleep 9'), ...many, result('late', 'a')]);
    const entries = await entriesIn(folder);
    expect(entries.filter((entry) => entry.kind === 'late-result')).toMatchObject([
      { toolUseId: 'late', result: { text: 'a' } },
    ]);
  });

  it('counts a line once that the client wrote twice', async () => {
    const { folder, path } = prepared();
    const before = (await entriesIn(folder)).length;
    const again = {
      type: 'user',
      uuid: 'other',
      timestamp: '2026-11-22T10:01:00.000Z',
      message: { role: 'user', content: 'Whom do I ask?' },
    };
    appendFileSync(path, `${JSON.stringify(again)}\n`);
    expect((await entriesIn(folder)).length).toBe(before);
  });

  it('reads on behind garbage, and a last line without an end', async () => {
    const { folder, path } = prepared();
    const before = (await entriesIn(folder)).length;
    appendFileSync(path, `{"type":"user"\n\u0000\u0000\n${JSON.stringify(call('end', 'date'))}`);
    expect((await entriesIn(folder)).length).toBe(before + 1);
  });

  it('reads the archive where the transcript is gone, or was cut', async () => {
    const { folder, path } = prepared();
    const before = await entriesIn(folder);
    const footprint = listFootprint(path, TOLD_SESSION);
    if (footprint === undefined) throw new Error('no footprint');
    const { archive } = folder;
    runAllSlices(archiveSession(footprint, { archive, isClosed: true, clock: () => 1 }));
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 3_000));
    expect(await entriesIn(folder)).toEqual(before);
    rmSync(path);
    const found = await askInStore(folder, (database) =>
      readConversation(database, folder, TOLD_SESSION),
    );
    expect(found?.origin).toBe('archive');
    expect([...(found?.entries() ?? [])]).toEqual(before);
  });

  it('tells what the store has where the transcript is gone', async () => {
    const { folder, path } = prepared();
    rmSync(path);
    const found = await askInStore(folder, (database) =>
      readConversation(database, folder, TOLD_SESSION),
    );
    expect(found?.origin).toBe('store');
    expect([...(found?.entries() ?? [])]).toMatchObject([
      { kind: 'prompt', text: 'Some invoices come out a cent short.' },
    ]);
  });
});
