import { describe, expect, it } from 'vitest';
import { type AnyDeadLetter, chooseDeadLetters } from '../../../lib/query/dead-letters.ts';

const FIRST = 'evt_20261122_100000_5f0c2a9be1d40001';
const SECOND = 'evt_20261122_100000_5f0c2a9be1d40002';
const ENTRY = 'evt_20261122_100000_77aa000000000001';

function delivery(event: string, handler: string): AnyDeadLetter {
  const summary = {
    ...{ id: `${event}@${handler}`, kind: 'delivery' as const, type: 'task.failed', reason: 'x' },
    ...{ attempts: 5, at: null, handler },
  };
  const own = { event_id: event, subscription: handler, envelope: null, output: null };
  return { summary, delivery: { ...own, type: 'task.failed', reason: 'x', attempts: 5, at: '' } };
}

const entry: AnyDeadLetter = {
  summary: {
    ...{ id: ENTRY, kind: 'entry', type: 'custom.made', reason: 'x', attempts: 5, at: null },
  },
  entry: { id: ENTRY, file: 'f', type: 'custom.made', reason: 'x', attempts: 5 },
};
const LETTERS = [
  entry,
  delivery(FIRST, 'user/notify'),
  delivery(FIRST, 'webhook/ops'),
  delivery(SECOND, 'user/notify'),
];

const idsOf = (...ids: readonly string[]): readonly string[] =>
  chooseDeadLetters(LETTERS, { ids, all: false }).map(({ summary }) => summary.id);

describe('the id of a dead letter', () => {
  it('may be the beginning of the last part of its event', () => {
    expect(idsOf('77aa')).toEqual([ENTRY]);
  });

  it('means every letter of the event when it names no handler', () => {
    expect(idsOf('5f0c2a9be1d40001')).toEqual([`${FIRST}@user/notify`, `${FIRST}@webhook/ops`]);
  });

  it('means one delivery when it begins to name the handler', () => {
    expect(idsOf('5f0c2a9be1d40001@web')).toEqual([`${FIRST}@webhook/ops`]);
  });

  it('is refused when several events begin with it', () => {
    expect(() => idsOf('5f0c2a9b')).toThrow(
      'Cannot choose a dead letter for 5f0c2a9b: 3 begin with it',
    );
  });

  it('is refused when it is empty or names none', () => {
    expect(() => idsOf('ff')).toThrow('Cannot find dead letter ff');
    expect(() => idsOf('@user/notify')).toThrow('Cannot find dead letter @user/notify');
  });
});
