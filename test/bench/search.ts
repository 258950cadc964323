import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import { searchSessions } from '../../lib/query/search.ts';
import { openIndexForReading, removeIndex } from '../../lib/search/table-file.ts';
import { countPlaces } from '../../lib/search/table.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { fillIndex, fillStore, type HistoryFigures, YEARS_MS } from './search-history.ts';
import { SearchQueries } from './search-queries.ts';
import { quantile } from './statistics.ts';

/**
 * Measures `waymark search` on a history that it makes: a store, transcripts with what calls
 * printed, and the index. npx tsx test/bench/search.ts --folder /dev/shm/search-bench --operations
 * 5000000 --messages 500000 --share makes the first part of such a history, for which the day is its
 * last; --repeat asks each question so often, and counts the least CPU time. A history that is in the folder already is searched again; --fresh
 * makes it anew, --index its index alone, --remove deletes it at the end.
 */
const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: '/dev/shm/waymark-search-bench' },
    operations: { type: 'string', default: '500000' },
    messages: { type: 'string', default: '50000' },
    queries: { type: 'string', default: '200' },
    share: { type: 'string', default: '1' },
    repeat: { type: 'string', default: '1' },
    fresh: { type: 'boolean', default: false },
    index: { type: 'boolean', default: false },
    remove: { type: 'boolean', default: false },
  },
});

const NOW = Date.UTC(2026, 10, 22);
const SHARE = Number(values.share);
const TODAY = NOW - YEARS_MS * (1 - SHARE);
const root = values.folder;
const folder = stateFolderAt(root, {}, [root]);
const figuresFile = `${root}/figures.json`;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function figures(): HistoryFigures {
  const has = (file: string): boolean => statSync(file, { throwIfNoEntry: false }) !== undefined;
  if (!values.fresh && !values.index && has(figuresFile))
    return JSON.parse(readFileSync(figuresFile, 'utf8'));
  const [operations, messages] = [Number(values.operations), Number(values.messages)];
  const size = { operations, messages, share: SHARE, now: NOW, say };
  if (!values.index) {
    if (!values.fresh && has(root))
      throw new Error(
        `${root} has no whole history: add --index or --fresh, or give another folder`,
      );
    rmSync(root, { recursive: true, force: true });
    mkdirSync(root, { recursive: true, mode: 0o700 });
    fillStore(folder, size);
  }
  removeIndex(folder.search);
  const made = fillIndex(folder, size);
  writeFileSync(figuresFile, JSON.stringify(made));
  return made;
}

const made = figures();
const bytes = statSync(folder.search).size;
const index = openIndexForReading(folder.search, sqliteDriver());
const places = index === undefined ? 0 : countPlaces(index);
index?.close();
say(`${places.toLocaleString('en')} places, ${mega(made.textBytes)} of text, ${mega(bytes)} index`);
say(`index / text: ${((100 * bytes) / made.textBytes).toFixed(1)} %  (at most 40 %)`);
say(
  `index built in ${(made.indexMs / 1000).toFixed(0)} s, ${(made.textBytes / 1000 / made.indexMs).toFixed(1)} MB/s of text`,
);

const queries = new SearchQueries(made, seededRandom(7));
const all: number[] = [];
const allWork: number[] = [];
for (const kind of SearchQueries.KINDS) {
  const times: number[] = [];
  const work: number[] = [];
  const matches: number[] = [];
  let hits = 0;
  let slowest = '';
  for (const words of queries.of(kind, Number(values.queries) * SearchQueries.SHARE[kind])) {
    const { found, passed, worked } = await ask(words);
    times.push(passed);
    work.push(worked);
    matches.push(found.isCut ? Number.POSITIVE_INFINITY : found.matches);
    hits += found.hits.length;
    if (times.at(-1) === Math.max(...times)) slowest = words;
  }
  all.push(...times);
  allWork.push(...work);
  say(`${kind.padEnd(9)} ${figuresOf(times, work)}`);
  say(
    `          matches: median ${quantile(matches, 0.5)}, most ${quantile(matches, 1)}; ${hits} hits; slowest: ${slowest}`,
  );
}
say(`all       ${figuresOf(all, allWork)}  (p95 at most 50 ms)`);
if (values.remove) rmSync(root, { recursive: true, force: true });

/** The least of some times: other programs only add to it. */
async function ask(words: string) {
  let [passed, worked] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; ; round += 1) {
    const start = process.hrtime.bigint();
    const before = process.cpuUsage();
    const found = await searchSessions(folder, words, { limit: 20, now: TODAY });
    const { user, system } = process.cpuUsage(before);
    passed = Math.min(passed, Number(process.hrtime.bigint() - start) / 1e6);
    worked = Math.min(worked, (user + system) / 1000);
    if (round + 1 >= Number(values.repeat)) return { found, passed, worked };
  }
}

function mega(count: number): string {
  return `${(count / 1e6).toFixed(0)} MB`;
}

function ms(times: readonly number[], share: number): string {
  return `${quantile(times, share).toFixed(1)}`;
}

/**
 * The machine may have other work: beside the time that passed stands the time of this process
 * alone.
 */
function figuresOf(times: readonly number[], work: readonly number[]): string {
  return `${times.length} queries, ms: p50 ${ms(times, 0.5)}  p95 ${ms(times, 0.95)}  max ${ms(times, 1)};  of CPU p50 ${ms(work, 0.5)}  p95 ${ms(work, 0.95)}  max ${ms(work, 1)}`;
}
