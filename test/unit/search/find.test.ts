import { describe, expect, it, onTestFinished } from 'vitest';
import { parseQuery } from '../../../lib/search/parse-query.ts';
import { findPlaces } from '../../../lib/search/find.ts';
import type { FindFilter } from '../../../lib/search/find-filter.ts';
import { readPlaces } from '../../../lib/search/table.ts';
import { registerSession } from '../../../lib/search/table-sessions.ts';
import { openIndex } from '../../../lib/search/table-file.ts';
import { addDocuments, type IndexDocument } from '../../../lib/search/write.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { inTransaction } from '../../../lib/store/transaction.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const START = Date.UTC(2026, 10, 22, 10);

type Said = Pick<IndexDocument, 'at' | 'main'> & Partial<IndexDocument>;

/** An index of one session per list of documents. */
function indexOf(...sessions: ReadonlyArray<readonly Said[]>) {
  const index = openIndex(`${tempFolder()}/search.db`, sqliteDriver());
  onTestFinished(() => index.close());
  inTransaction(index, () => {
    sessions.forEach((documents, number) => {
      const id = `s${number + 1}`;
      const session = registerSession(index, id, { project: '/work', worktree: '/work' });
      addDocuments(
        index,
        session,
        documents.map((one, place) => ({ kind: 'answer', ref: `${id}-${place}`, ...one })),
      );
    });
  });
  const find = (words: string, filter: FindFilter = {}) =>
    findPlaces(index, parseQuery(words), filter, START + 3_600_000);
  return { index, find };
}

const FAR = `round ${'and so on '.repeat(8)} cents`;

describe('findPlaces', () => {
  it('has words close to each other first, although 1,600 later documents have them far apart', () => {
    const far = Array.from({ length: 1_600 }, (_, n) => ({ at: START + n * 1_000, main: FAR }));
    const { index, find } = indexOf([{ at: START - 86_400_000, main: 'round the cents' }, ...far]);
    const { matches, count, isCut } = find('round cents');
    const [best, next] = readPlaces(
      index,
      matches.slice(0, 2).map(({ id }) => id),
    );
    expect(best?.at).toBe(START - 86_400_000);
    expect(next?.at).toBe(START + 1_599_000);
    expect({ count, isCut }).toEqual({ count: 1_601, isCut: false });
  });

  it('has a prompt before the answers around it', () => {
    const answers = Array.from({ length: 10 }, (_, n) => ({ at: START + n, main: 'the cents' }));
    const { index, find } = indexOf([{ at: START, kind: 'prompt', main: 'the cents' }, ...answers]);
    const [best] = find('cents').matches;
    expect(readPlaces(index, [best?.id ?? 0])[0]?.kind).toBe('prompt');
  });

  it('keeps to a time to the millisecond, in a second that a thousand documents share', () => {
    const dense = Array.from({ length: 1_000 }, (_, n) => ({ at: START + n, main: 'the cents' }));
    const { index, find } = indexOf(dense);
    const { matches, count } = find('cents', { since: START + 900 });
    expect(count).toBe(100);
    const times = readPlaces(
      index,
      matches.map(({ id }) => id),
    ).map(({ at }) => at);
    expect(Math.min(...times)).toBe(START + 900);
    expect(new Set(times).size).toBe(100);
  });

  it('has the latest of a dense second first', () => {
    const dense = Array.from({ length: 300 }, (_, n) => ({ at: START + n, main: 'the cents' }));
    const { index, find } = indexOf(dense.toReversed());
    const ids = find('cents').matches.map(({ id }) => id);
    expect(readPlaces(index, ids).map(({ at }) => at)).toEqual(
      dense.map(({ at }) => at).toReversed(),
    );
  });

  it('keeps to one session among others of the same time', () => {
    const said = Array.from({ length: 50 }, (_, n) => ({ at: START + n, main: 'the cents' }));
    const { index, find } = indexOf(said, said);
    const { matches, count } = find('cents', { sessions: ['s2'] });
    expect(count).toBe(50);
    const sessions = readPlaces(
      index,
      matches.map(({ id }) => id),
    ).map(({ session }) => session);
    expect(new Set(sessions)).toEqual(new Set(['s2']));
  });

  it('has a text that a fork copied once', () => {
    const { find } = indexOf(
      [{ at: START, ref: 'same', main: 'the cents' }],
      [{ at: START + 5, ref: 'same', main: 'the cents' }],
    );
    expect(find('cents')).toMatchObject({ count: 1, matches: [{ isCertain: true }] });
  });

  it('leaves output out where recent matches elsewhere rank before it, and says so', () => {
    const day = 86_400_000;
    const said = (count: number, age: number): readonly Said[] =>
      Array.from({ length: count }, (_, n) => ({
        ...{ at: START - age + n * 1_000, kind: 'command' as const, main: 'count cents' },
      }));
    const printed: readonly Said[] = [
      { at: START, kind: 'command', main: 'ls', output: 'cents of today' },
    ];
    const outputsOf = (count: number, age: number, filter?: FindFilter) => {
      const { matches, isOutputSkipped } = indexOf([...said(count, age), ...printed]).find(
        'cents',
        filter,
      );
      return { isOutputSkipped, outputs: matches.filter(({ isCertain }) => !isCertain).length };
    };
    expect(outputsOf(520, 90 * day)).toEqual({ isOutputSkipped: true, outputs: 0 });
    expect(outputsOf(500, 90 * day)).toEqual({ isOutputSkipped: false, outputs: 1 });
    expect(outputsOf(520, 110 * day)).toEqual({ isOutputSkipped: false, outputs: 1 });
    expect(outputsOf(520, 90 * day, { scopes: ['outputs'] })).toMatchObject({ outputs: 1 });
  });

  it('looks for words that stand together in output in no more documents than are read', () => {
    const printed = Array.from({ length: 200 }, (_, n) => ({
      ...{ at: START + n * 1_000, kind: 'command' as const, main: 'ls' },
      output: 'some round cents',
    }));
    const { find } = indexOf(printed);
    expect(find('"round cents"').count).toBe(160);
    expect(find('round cents').count).toBe(200);
  });

  it('ranks an output of today behind all matches elsewhere of the last 100 days', () => {
    const at = START - 99 * 86_400_000;
    const { index, find } = indexOf([
      { at: START, kind: 'command', main: 'ls', output: 'cents' },
      { at, kind: 'file', main: 'cents.ts' },
    ]);
    const [best] = find('cents').matches;
    expect(readPlaces(index, [best?.id ?? 0])[0]?.at).toBe(at);
  });

  it('says when more than 5,000 match, and has the latest', () => {
    const many = Array.from({ length: 5_200 }, (_, n) => ({
      at: START + n * 1_000,
      main: 'cents',
    }));
    const { index, find } = indexOf(many);
    const { matches, count, isCut } = find('cents');
    expect({ count, isCut }).toEqual({ count: 5_000, isCut: true });
    expect(readPlaces(index, [matches[0]?.id ?? 0])[0]?.at).toBe(START + 5_199_000);
  });
});
