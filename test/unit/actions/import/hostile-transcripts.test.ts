import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importTranscripts } from '../../../../lib/actions/import/import-transcripts.ts';
import type { Row } from '../../../../lib/store/database.ts';
import { TranscriptLines } from '../../../support/client-folder.ts';
import { testHome } from '../../../support/test-home.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const NESTED = '['.repeat(100_000) + ']'.repeat(100_000);

interface Scene {
  readonly client: string;
  readonly bucket: string;
  readonly run: () => ReturnType<typeof importTranscripts>;
  readonly rows: (sql: string) => readonly Row[];
}

function scene(): Scene {
  const { root, folder, rows } = testHome();
  const client = join(root, 'client');
  const bucket = join(client, 'projects', '-work-gone');
  mkdirSync(bucket, { recursive: true });
  const environment = { HOME: root, CLAUDE_CONFIG_DIR: client, WAYMARK_AUTOSTART: 'false' };
  const run = () => importTranscripts({ folder, environment, clock: () => NOW }, { from: [] });
  return { client, bucket, rows, run };
}

/** A session with these lines between a prompt and an answer, which are there afterwards. */
async function imported(change: (lines: TranscriptLines) => string): Promise<Scene> {
  const made = scene();
  const lines = new TranscriptLines('s1').prompt('Begin');
  const between = change(lines);
  const end = new TranscriptLines('s1', lines.at + 60_000).says('end', 'The end.');
  writeFileSync(join(made.bucket, 's1.jsonl'), lines.text + between + end.text);
  await made.run();
  expect(
    made.rows("SELECT role, text FROM messages WHERE text IN ('Begin', 'The end.') ORDER BY at"),
  ).toEqual([
    { role: 'prompt', text: 'Begin' },
    { role: 'answer', text: 'The end.' },
  ]);
  const again = await made.run();
  expect(Object.values(again.added).every((count) => count === 0)).toBe(true);
  return made;
}

describe('importing a transcript that somebody made up', () => {
  it('counts figures that no answer can have as none', async () => {
    const { rows } = await imported((lines) => {
      for (const [index, count] of [1e308, -7, 'NaN', 2 ** 63, 1.5, null, [], {}].entries())
        lines.add({
          type: 'assistant',
          message: {
            ...{ id: `m${index}`, role: 'assistant', model: 'x', content: [] },
            usage: { input_tokens: count, output_tokens: 3, cache_read_input_tokens: count },
          },
        });
      return '';
    });
    expect(
      rows(
        "SELECT sum(input) AS input, sum(cache_read) AS cached, sum(output) AS output FROM usage WHERE model = 'x'",
      ),
    ).toEqual([{ input: 1, cached: 1, output: 8 * 3 }]);
  });

  it('keeps no id that no client can have made, and none that is longer than any', async () => {
    const { rows } = await imported((lines) => {
      for (const id of ['a\nb', 'nul\0', '\ud800', 'x'.repeat(3_000_000), '__proto__'])
        lines.runs(id, 'ls');
      return '';
    });
    expect(rows('SELECT tool_use_id AS id, transcript_outcome AS outcome FROM operations')).toEqual(
      [{ id: '__proto__', outcome: 'ok' }],
    );
    expect(rows('SELECT max(length(message_id)) AS longest FROM usage')).toEqual([{ longest: 13 }]);
  });

  it('reads on behind values that are nested 100,000 deep, lone surrogates, names of prototypes and bytes of no text', async () => {
    const { rows } = await imported((lines) => {
      const deep = new TranscriptLines('s1', lines.at)
        .runs('t1', '@@')
        .prompt('@@')
        .says('m1', '@@')
        .text.replaceAll('"@@"', NESTED);
      lines.prompt('half \ud83d of it').add({ __proto__: null, constructor: { prototype: 1 } });
      const proto = `{"__proto__":{"type":"user","polluted":1},"type":"user","timestamp":"${new Date(lines.at).toISOString()}","message":{"content":"__proto__"}}\n`;
      return `${deep}${NESTED}\n${proto}<<<<<<< HEAD\n=======\n>>>>>>> theirs\n\ufeff{}\n${'\0'.repeat(5_000)}\n`;
    });
    expect(rows("SELECT text FROM messages WHERE role = 'prompt' ORDER BY at, id")).toContainEqual({
      text: '__proto__',
    });
    expect('polluted' in {}).toBe(false);
  });

  it('skips lines of a time before 1970 or after 2099', async () => {
    const { rows } = await imported((lines) => {
      for (const timestamp of ['+275760-09-13T00:00:00.000Z', '-271821-04-20T00:00:00.000Z', 5, {}])
        lines.add({ type: 'user', message: { role: 'user', content: 'when' }, timestamp });
      return '';
    });
    expect(rows("SELECT text FROM messages WHERE text = 'when'")).toEqual([]);
    const [session] = rows('SELECT first_event_at AS first, last_event_at AS last FROM sessions');
    expect(Number(session?.['last']) - Number(session?.['first'])).toBe(65_000);
  });

  it('takes a relative folder for none, as it would be looked up in ours', async () => {
    const made = scene();
    const text = new TranscriptLines('s1', undefined, '../../etc').prompt('Begin').text;
    writeFileSync(join(made.bucket, 's1.jsonl'), text);
    await made.run();
    expect(made.rows('SELECT project FROM sessions')).toEqual([{ project: null }]);
  });
});

describe('importing a folder that somebody made up', () => {
  it('takes no file whose name no session can have, and follows no endless one', async () => {
    const { bucket, run, rows } = scene();
    const line = new TranscriptLines('s1').prompt('Begin').text;
    for (const name of [
      '..',
      'a b',
      'x\ny',
      '%2e%2e',
      '$(touch x)',
      '--dangerously-skip-permissions',
      'a'.repeat(200),
      'ok-1',
    ])
      writeFileSync(join(bucket, `${name}.jsonl`), line);
    mkdirSync(join(bucket, 'folder.jsonl'));
    symlinkSync('/dev/zero', join(bucket, 'zero.jsonl'));
    mkdirSync(join(bucket, 'ok-1', 'subagents'), { recursive: true });
    symlinkSync('..', join(bucket, 'ok-1', 'subagents', 'loop'));
    await run();
    expect(rows('SELECT id FROM sessions')).toEqual([{ id: 'ok-1' }]);
  });

  it('reads prompts and statistics with figures and times that there cannot be', async () => {
    const { client, run, rows } = scene();
    const times = [1e308, -1e308, 8.64e15 + 1, 'x', null, 1_763_600_000_000.7];
    const prompts = times.map((timestamp) => ({ display: 'When', timestamp, project: '/work' }));
    const places = ['../..', 'a\0', ''].map((project) => ({
      display: 'Where',
      timestamp: 1e12,
      project,
    }));
    writeFileSync(
      join(client, 'history.jsonl'),
      [...prompts, ...places, '['.repeat(100_000)]
        .map((entry) => `${JSON.stringify(entry)}\n`)
        .join(''),
    );
    writeFileSync(
      join(client, 'stats-cache.json'),
      `{"dailyActivity":[{"date":"2026-11-10","messageCount":1e308,"sessionCount":-5,"toolCallCount":4},null],
        "dailyModelTokens":[{"date":"2026-11-10","tokensByModel":{"__proto__":5,"m":1e308,"n":7}}]}`,
    );
    const { added } = await run();
    expect(added).toMatchObject({ promptsOnly: 1, prompts: 1 });
    expect(rows('SELECT at FROM messages')).toEqual([{ at: 1_763_600_000_000 }]);
    expect(
      rows('SELECT model, tokens, messages, sessions, calls FROM client_days ORDER BY model'),
    ).toEqual([
      { model: '', tokens: null, messages: 0, sessions: 0, calls: 4 },
      { model: '__proto__', tokens: 5, messages: null, sessions: null, calls: null },
      { model: 'n', tokens: 7, messages: null, sessions: null, calls: null },
    ]);
  });
});
