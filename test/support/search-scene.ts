import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { readSessionTranscripts } from '../../lib/features/operation/read-session.ts';
import { type SearchResult, searchSessions } from '../../lib/query/search.ts';
import type { SearchOptions } from '../../lib/query/search-hit.ts';
import { buildIndex } from '../../lib/search/build.ts';
import { openIndex } from '../../lib/search/table-file.ts';
import type { Database } from '../../lib/store/database.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { openStore } from '../../lib/store/open-store.ts';
import { testHome, type TestHome } from './test-home.ts';

/** The first second of the sessions of a scene. */
export const SCENE_START = Date.parse('2026-11-22T10:00:00.000Z');

/** One line of a transcript, as many seconds after the start. */
export interface SceneLine {
  readonly prompt?: string;
  readonly answer?: string;
  /** A call, and what it gave back. */
  readonly call?: string;
  readonly tool?: string;
  readonly result?: string;
  readonly hasFailed?: boolean;
  readonly second: number;
}

/** A store with sessions and their transcripts, and a search index that is built from them. */
export interface SearchScene extends TestHome {
  readonly store: Database;
  /** Adds lines to the transcript of a session, and reads it into the store. */
  say(session: string, lines: readonly SceneLine[], project?: string): void;
  build(): Promise<boolean>;
  search(words: string, options?: Partial<SearchOptions>): Promise<SearchResult>;
  /** Kind and snippet of each hit. */
  hits(words: string, options?: Partial<SearchOptions>): Promise<readonly string[]>;
  pathOf(session: string): string;
}

export function searchScene(): SearchScene {
  const home = testHome();
  const store = openStore(home.folder.store, sqliteDriver());
  onTestFinished(() => store.close());
  const pathOf = (session: string): string =>
    join(home.root, 'projects', '-work', `${session}.jsonl`);
  const search: SearchScene['search'] = (words, options) =>
    searchSessions(home.folder, words, { limit: 20, now: SCENE_START + 3_600_000, ...options });
  return {
    ...home,
    store,
    pathOf,
    say(session, lines, project = '/work/shop') {
      mkdirSync(dirname(pathOf(session)), { recursive: true });
      appendFileSync(pathOf(session), lines.flatMap(linesOf).join(''));
      const times = lines.map(({ second }) => SCENE_START + second * 1_000);
      store
        .prepare(
          `INSERT INTO sessions (id, project, transcript_path, first_event_at, last_event_at) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (id) DO UPDATE SET last_event_at = max(last_event_at, ?5)`,
        )
        .run(
          session,
          project,
          pathOf(session),
          Math.min(...times, SCENE_START) - 1,
          Math.max(...times, SCENE_START),
        );
      readSessionTranscripts(store, session, {
        now: Math.max(...times, SCENE_START),
        maxChunks: 100,
      });
    },
    async build() {
      const index = openIndex(home.folder.search, sqliteDriver());
      try {
        return await buildIndex({
          store,
          index,
          archive: home.folder.archive,
          canContinue: () => true,
        });
      } finally {
        index.close();
      }
    },
    search,
    hits: async (words, options) =>
      (await search(words, options)).hits.map(({ kind, snippet }) => `${kind}: ${snippet.text}`),
  };
}

function linesOf(line: SceneLine): readonly string[] {
  const { prompt, answer, call, tool = 'Bash', result = '', hasFailed = false, second } = line;
  const at = new Date(SCENE_START + second * 1_000).toISOString();
  const make = (type: string, message: object): string =>
    `${JSON.stringify({ type, message: { role: type, ...message }, timestamp: at })}\n`;
  const id = `toolu_${second}_${call?.length ?? 0}`;
  const input = tool === 'Bash' ? { command: call } : { file_path: call };
  return [
    ...(prompt === undefined ? [] : [make('user', { content: prompt })]),
    ...(answer === undefined
      ? []
      : [make('assistant', { id: `msg_${second}`, content: [{ type: 'text', text: answer }] })]),
    ...(call === undefined
      ? []
      : [
          make('assistant', {
            id: `msg_${id}`,
            content: [{ type: 'tool_use', id, name: tool, input }],
          }),
          make('user', {
            content: [
              { type: 'tool_result', tool_use_id: id, content: result, is_error: hasFailed },
            ],
          }),
        ]),
  ];
}
