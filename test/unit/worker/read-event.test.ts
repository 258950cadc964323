import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ClaimedEntry } from '../../../lib/queue/claimed-entry.ts';
import { readEvent } from '../../../lib/worker/read-event.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const NAME = { priority: 5, time: 1_700_000_000_000, random: '00000000000000aa', attempts: 1 };
const WRONG = { call: { tool: 5 } };

function claimed(event: Readonly<Record<string, unknown>>, foreignName?: string): ClaimedEntry {
  const path = `${tempFolder()}/entry`;
  writeFileSync(path, JSON.stringify(event));
  return { name: NAME, path, ...(foreignName === undefined ? {} : { foreignName }) };
}

const made = (source: string, own: Readonly<Record<string, unknown>> = {}) => ({
  event_id: 'e1',
  event_type: 'task.failed',
  timestamp: '2026-11-22T04:48:32Z',
  source,
  payload: WRONG,
  ...own,
});

const read = (entry: ClaimedEntry) => readEvent(entry, 65_536);
const refusal = (said: string) =>
  expect.objectContaining({ code: 'EVENT_INVALID', message: expect.stringContaining(said) });

describe('readEvent', () => {
  it('refuses a file whose payload is none of its type, with the path of the field', () => {
    expect(() =>
      read(claimed({ event_type: 'task.failed', payload: WRONG }, '5_note.json')),
    ).toThrow(refusal('Cannot accept 5_note.json: payload.call.tool must be a string'));
  });

  it('takes a file that names nothing but a type', () => {
    expect(read(claimed({ event_type: 'task.failed' }, 'note.json'))).toMatchObject({
      source: 'file/note.json',
      payload: {},
    });
  });

  it("rejects a file with an unknown type of ours, and accepts a type of the user's", () => {
    expect(() => read(claimed({ event_type: 'task.faild' }, 'note.json'))).toThrow(
      refusal('did you mean task.failed'),
    );
    expect(read(claimed({ event_type: 'build.faild' }, 'note.json')).event_type).toBe(
      'build.faild',
    );
  });

  it('checks a file whatever source it names', () => {
    expect(() => read(claimed(made('hook/PostToolUseFailure'), 'note.json'))).toThrow(
      refusal('payload.call.tool'),
    );
  });

  it('checks emitted events, but stores a type that a later version emitted', () => {
    expect(() => read(claimed(made('ci')))).toThrow(refusal('payload.call.tool'));
    expect(read(claimed(made('ci', { event_type: 'task.reopened' }))).event_type).toBe(
      'task.reopened',
    );
  });

  it.each(['hook/PostToolUseFailure', 'worker', 'log/failures.log'])(
    'takes the payload of %s at its word',
    (source) => {
      expect(read(claimed(made(source))).payload).toEqual(WRONG);
    },
  );

  it('stores an alias under the name of its type', () => {
    expect(read(claimed({ event_type: 'routing.decision' }, 'note.json')).event_type).toBe(
      'routing.decision_made',
    );
  });

  it('ends a loop that came in as files', () => {
    expect(() => read(claimed({ event_type: 'a.b', metadata: { depth: 9 } }, 'note.json'))).toThrow(
      refusal('metadata.depth'),
    );
  });
});
