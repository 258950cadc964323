import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { listFootprint } from '../../../lib/claude/transcript/footprint.ts';
import { runAllSlices } from '../../../lib/core/sliced.ts';
import { archiveSession } from '../../../lib/journal/transcripts/archive-session.ts';
import { removeIndex } from '../../../lib/search/table-file.ts';
import { forgetFiles, forgetRows } from '../../../lib/retention/forget.ts';
import { type SearchScene, SCENE_START, searchScene } from '../../support/search-scene.ts';

const SECRET = `ghp_${'a1B2'.repeat(9)}`;

/** Two sessions of two projects. */
async function scene(): Promise<SearchScene> {
  const made = searchScene();
  made.say('s1', [
    { second: 1, prompt: 'The invoice shows wrong cents: fix the rounding in src/a-b.ts' },
    {
      second: 2,
      call: 'npm run test:money',
      result: 'Exit code 1\nexpected 10.01 in invoice_total',
      hasFailed: true,
    },
    {
      second: 3,
      call: '/work/shop/src/a-b.ts',
      tool: 'Read',
      result: 'export function roundHalf(cents) {}',
    },
    { second: 4, call: 'git log --oneline', result: 'abc1234 Change how taxes are computed' },
    { second: 5, answer: `Half a cent is rounded up now. The token is ${SECRET}` },
  ]);
  made.say('s2', [{ second: 10, prompt: '合計の端数処理を直して、invoice も' }], '/work/other');
  await made.build();
  return made;
}

describe('searchSessions', () => {
  it('finds prompts, answers, commands, files, errors and output', async () => {
    const { hits } = await scene();
    expect(await hits('rounding cents')).toEqual([
      'prompt: The invoice shows wrong cents: fix the rounding in src/a-b.ts',
    ]);
    expect(await hits('half cent')).toEqual([
      'answer: Half a cent is rounded up now. The token is [redacted]',
    ]);
    expect(await hits('test:money')).toEqual(['command: npm run test:money']);
    expect(await hits('a-b.ts', { scopes: ['files'] })).toEqual(['file: /work/shop/src/a-b.ts']);
    expect(await hits('"expected 10.01"')).toEqual([
      'error: Exit code 1 expected 10.01 in invoice_total',
    ]);
    expect(await hits('taxes')).toEqual(['output: abc1234 Change how taxes are computed']);
    expect(await hits('taxes log')).toEqual([
      'output: git log --oneline abc1234 Change how taxes are computed',
    ]);
  });

  it('finds phrases, beginnings, code and words of scripts without spaces', async () => {
    const { hits } = await scene();
    expect(await hits('"a cent is"')).toHaveLength(1);
    expect(await hits('"cent a is"')).toEqual([]);
    expect(await hits('"taxes how"')).toEqual([]);
    expect((await hits('inv*')).length).toBe(3);
    expect(await hits('roundhalf')).toEqual(['output: export function roundHalf(cents) {}']);
    expect(await hits('端数処理')).toHaveLength(1);
    expect(await hits('数端')).toEqual([]);
  });

  it('finds two letters of a script without spaces where they are next to each other, in words and in output', async () => {
    const { say, build, hits } = searchScene();
    say('s1', [
      { second: 1, prompt: '合計の端数処理を直して' },
      { second: 2, prompt: '数の端を見て。端の数も' },
      { second: 3, answer: 'エラーメッセージが出た' },
      { second: 4, answer: '单体测试失败时重试' },
      { second: 5, call: 'npm test', result: '端に数がある' },
      { second: 6, call: 'npm start', result: '警告: 端数が残る' },
    ]);
    await build();
    expect(await hits('端数')).toEqual([
      'prompt: 合計の端数処理を直して',
      'output: 警告: 端数が残る',
    ]);
    expect(await hits('数端')).toEqual([]);
    expect(await hits('メッセージ')).toHaveLength(1);
    expect(await hits('セメ')).toEqual([]);
    expect(await hits('失败')).toEqual(['answer: 单体测试失败时重试']);
    expect(await hits('败失')).toEqual([]);
    expect(await hits('端 数')).toHaveLength(4);
  });

  it('keeps to the kinds, project, time, session and outcome that are asked for', async () => {
    const { search, hits } = await scene();
    const sessions = async (options: object) =>
      (await search('invoice*', options)).hits.map(({ session }) => session);
    expect(await sessions({ project: '/work/other' })).toEqual(['s2']);
    expect(await sessions({ project: '/work/none' })).toEqual([]);
    expect(await sessions({ session: 's2' })).toEqual(['s2']);
    expect(await sessions({ since: Date.parse('2026-11-22T10:00:08Z') })).toEqual(['s2']);
    expect(await hits('invoice*', { failedOnly: true })).toEqual([
      'error: Exit code 1 expected 10.01 in invoice_total',
    ]);
    expect(await hits('test', { scopes: ['prompts', 'errors'] })).toEqual([]);
    expect(await hits('invoice*', { scopes: ['prompts'] })).toHaveLength(2);
  });

  it.each(['"', '*', '""', 'a AND', 'NOT', 'NEAR(', '{main} : x', '^', 'a"b*c', "'; --", '\0'])(
    'never fails, here for %j',
    async (words) => {
      const { search } = await scene();
      expect((await search(words)).hits.length).toBeLessThan(4);
    },
  );

  it('never fails for ten thousand letters of any kind', async () => {
    const { search } = await scene();
    const long = await search('wörd "x '.repeat(1_250));
    expect(long).toMatchObject({ hits: [], isAskCut: true });
    expect((await search('"'.repeat(10_000))).isEmpty).toBe(true);
  });

  it('has no secret in the file, nor a mark that a text could fake', async () => {
    const { folder, search } = await scene();
    expect(readFileSync(folder.search, 'latin1')).not.toContain('a1b2a1b2');
    expect((await search('\uE000kindprompt')).hits).toEqual([]);
  });

  it('indexes what a session adds, once, and a file that was replaced without doubles', async () => {
    const { say, build, hits, pathOf } = await scene();
    say('s1', [{ second: 20, prompt: 'And the cents of the refund' }]);
    await build();
    await build();
    expect(await hits('cents', { scopes: ['prompts'] })).toHaveLength(2);
    const whole = readFileSync(pathOf('s1'));
    rmSync(pathOf('s1'));
    say('s1', [{ second: 30, prompt: 'Begin anew with cents' }]);
    await build();
    expect(await hits('cents', { scopes: ['prompts'] })).toHaveLength(3);
    expect(whole.length).toBeGreaterThan(0);
  });

  it('shows what the store keeps where the transcript is gone', async () => {
    const { hits, pathOf } = await scene();
    rmSync(pathOf('s1'));
    expect(await hits('rounding cents')).toHaveLength(1);
    expect(await hits('taxes')).toEqual(['output: git log --oneline']);
    expect(await hits('"taxes are"')).toEqual([]);
  });

  it('finds and shows what the client has deleted in the archive', async () => {
    const { folder, hits, pathOf, build } = await scene();
    const footprint = listFootprint(pathOf('s1'), 's1');
    if (footprint === undefined) throw new Error('no footprint');
    const { archive } = folder;
    runAllSlices(archiveSession(footprint, { archive, isClosed: true, clock: () => 1 }));
    rmSync(pathOf('s1'));
    const taxes = ['output: abc1234 Change how taxes are computed'];
    expect(await hits('taxes')).toEqual(taxes);
    removeIndex(folder.search);
    await build();
    expect(await hits('"taxes are"')).toEqual(taxes);
    expect(await hits('cents', { scopes: ['prompts'] })).toHaveLength(1);
  });

  it('finds a prompt once that hooks and the transcript told of, and at once where there is no transcript', async () => {
    const { store, say, build, hits } = searchScene();
    const line = { second: 1, prompt: 'Round the cents' };
    for (const id of ['with', 'without']) {
      say(id, []);
      store.prepare("INSERT INTO prompts VALUES (?1, 'evt-' || ?1)").run(id);
      store
        .prepare("INSERT INTO session_log VALUES ('evt-' || ?1, ?1, ?2, 'prompt_submitted', ?3)")
        .run(id, SCENE_START, line.prompt);
    }
    store.exec("UPDATE sessions SET transcript_path = NULL WHERE id = 'without'");
    await build();
    expect(await hits('cents')).toHaveLength(1);
    say('with', [line]);
    await build();
    expect(await hits('cents')).toHaveLength(2);
  });

  it('finds a prompt once of a session that ended before its transcript was read', async () => {
    const { store, say, build, hits } = searchScene();
    say('short', []);
    store.prepare("INSERT INTO prompts VALUES ('short', 'evt-short')").run();
    store
      .prepare("INSERT INTO session_log VALUES ('evt-short', 'short', ?, 'prompt_submitted', ?)")
      .run(SCENE_START, 'Round the cents');
    store.exec(
      `UPDATE sessions SET ended_at = ${SCENE_START + 1_000}, last_event_at = ${SCENE_START + 1_000}`,
    );
    await build();
    expect(await hits('cents')).toHaveLength(1);
    say('short', [{ second: 1, prompt: 'Round the cents' }]);
    await build();
    expect(await hits('cents')).toHaveLength(1);
  });

  it('finds what was said in a second in which a hundred other things were, with its time', async () => {
    const { say, build, hits, search } = searchScene();
    const answers = Array.from({ length: 100 }, (_, n) => ({
      second: 1 + n / 200,
      answer: `Step ${n}`,
    }));
    say('busy', [...answers, { second: 1.9, prompt: 'Go on with the refund' }]);
    await build();
    expect(await hits('refund')).toEqual(['prompt: Go on with the refund']);
    expect((await search('refund')).hits[0]?.at).toBe('2026-11-22T10:00:01.900Z');
    const since = SCENE_START + 1_950;
    expect((await search('step*', { since })).hits).toEqual([]);
  });

  it('builds from the rows alone where there never was a transcript', async () => {
    const { store, pathOf, build, hits } = await scene();
    rmSync(pathOf('s1'));
    store
      .prepare(
        `INSERT INTO sessions (id, first_event_at, last_event_at) VALUES ('s3', 1, 1790000000000)`,
      )
      .run();
    store
      .prepare(
        `INSERT INTO operations (tool_use_id, hook_session, hook_tool, hook_target, hook_outcome, hook_at) VALUES ('t9', 's3', 'Bash', 'make lonely', 'ok', 1790000000000)`,
      )
      .run();
    await build();
    expect(await hits('lonely')).toEqual(['command: make lonely']);
  });

  it('finds nothing of a forgotten session, nor does a look into the file', async () => {
    const { folder, store, hits, search, build } = await scene();
    forgetRows(store, new Set(['s1']));
    expect(await hits('rounding')).toEqual([]);
    forgetFiles(folder, new Set(['s1']));
    expect((await search('rounding')).matches).toBe(0);
    expect(wordsInFiles(folder.search)).not.toMatch(/roundhalf|taxes|rounding/);
    expect(wordsInFiles(folder.search)).toContain('invoice');
    await build();
    expect(await hits('invoice')).toHaveLength(1);
  });

  it('takes a damaged index for none, and the next build makes it anew', async () => {
    const { folder, hits, search, build } = await scene();
    writeFileSync(folder.search, 'x'.repeat(8_192));
    rmSync(`${folder.search}-wal`, { force: true });
    expect(await search('invoice')).toMatchObject({ hits: [], isMissing: true });
    await build();
    expect(await hits('invoice')).toHaveLength(3);
  });

  it('takes out a session that the store has no more', async () => {
    const { folder, store, build } = await scene();
    forgetRows(store, new Set(['s1']));
    await build();
    expect(wordsInFiles(folder.search)).not.toMatch(/roundhalf|taxes|rounding/);
  });
});

/** The file as text, with the words of FTS5 as far as they are whole in it. */
function wordsInFiles(path: string): string {
  return ['', '-wal']
    .map((end) => `${path}${end}`)
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'latin1'))
    .join('\n');
}
