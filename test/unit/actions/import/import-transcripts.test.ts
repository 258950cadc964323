import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type ImportRequest,
  importTranscripts,
  previewImport,
} from '../../../../lib/actions/import/import-transcripts.ts';
import { learnLessons } from '../../../../lib/features/failure/lessons.ts';
import type { Row } from '../../../../lib/store/database.ts';
import { sqliteDriver } from '../../../../lib/store/driver.ts';
import { openStore } from '../../../../lib/store/open-store.ts';
import {
  FORK,
  ORIGIN,
  TranscriptLines,
  writeClientFolder,
} from '../../../support/client-folder.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { testHome } from '../../../support/test-home.ts';
import { inStore } from '../../cli/prepared-store.ts';

const NOW = Date.UTC(2026, 10, 22, 12);

interface Scene {
  readonly client: string;
  /** Of the folder that holds the transcripts. */
  readonly bucket: string;
  readonly run: (wish?: Partial<ImportRequest>) => ReturnType<typeof importTranscripts>;
  readonly rows: (sql: string) => readonly Row[];
  readonly inStore: (change: Parameters<typeof inStore>[1]) => void;
}

function scene(): Scene {
  const { root, folder, rows } = testHome();
  const client = join(root, 'client');
  const bucket = join(client, 'projects', '-work-gone');
  mkdirSync(bucket, { recursive: true });
  const environment = { HOME: root, CLAUDE_CONFIG_DIR: client, WAYMARK_AUTOSTART: 'false' };
  const actionContext = { folder, environment, clock: () => NOW };
  return {
    ...{ client, bucket, rows },
    run: (wish) => importTranscripts(actionContext, { from: [], ...wish }),
    inStore: (change) => inStore(folder, change),
  };
}

const COUNTS = `SELECT (SELECT count(*) FROM sessions) AS sessions, (SELECT count(*) FROM operations) AS calls,
  (SELECT count(*) FROM messages) AS messages, (SELECT count(*) FROM usage) AS usage`;

const CALLS =
  'SELECT tool_use_id AS id, session_id AS session FROM operations ORDER BY tool_use_id';

describe('importTranscripts', () => {
  it('reads sessions with titles, prompts, answers, calls, agents and usage, each once, and again changes nothing', async () => {
    const { client, run, rows } = scene();
    writeClientFolder(client);
    const first = await run();
    expect(first.added).toEqual({
      ...{ sessions: 4, promptsOnly: 2, prompts: 6, answers: 3 },
      ...{ calls: 3, failures: 1, agents: 1, usage: 6 },
    });
    const before = rows('SELECT * FROM sessions');
    const second = await run();
    expect(second).toMatchObject({ sessions: 0, upToDate: 2, bytes: 0 });
    expect(Object.values(second.added).every((count) => count === 0)).toBe(true);
    expect(rows('SELECT * FROM sessions')).toEqual(before);
    expect(
      rows(
        `SELECT title, project, imported, operation_count AS calls, transcript_state AS state FROM sessions WHERE id = '${ORIGIN}'`,
      ),
    ).toEqual([
      {
        title: 'Cents',
        project: '/work/gone',
        imported: 'transcript',
        calls: 2 + 1,
        state: 'read',
      },
    ]);
  });

  it('leaves to a fork what is its own, also when it was forked five times, and to the copy what no other session has', async () => {
    const { client, bucket, run, rows } = scene();
    writeClientFolder(client);
    const text = readFileSync(join(bucket, `${FORK}.jsonl`), 'utf8');
    for (const n of [3, 4, 5, 6])
      writeFileSync(
        join(bucket, `f000000${n}-0000.jsonl`),
        text.replaceAll(FORK, `f000000${n}-0000`).replaceAll('"m2"', `"m2-${n}"`),
      );
    await run();
    expect(rows(CALLS).map(({ session }) => session)).toEqual([ORIGIN, ORIGIN, ORIGIN]);
    expect(
      rows(
        "SELECT session_id AS session, text FROM messages WHERE role = 'prompt' AND session_id LIKE 'f%'",
      ),
    ).toHaveLength(4);
    const other = scene();
    writeFileSync(join(other.bucket, `${FORK}.jsonl`), text);
    await other.run();
    expect(other.rows(CALLS).map(({ session }) => session)).toEqual([FORK, FORK]);
  });

  it('counts a message once that a resume wrote again under another uuid', async () => {
    const { bucket, run, rows } = scene();
    const lines = new TranscriptLines('s1').prompt('Round').runs('t1', 'ls').says('m1', 'Done.');
    const again = lines.lines.map((line) => line.replace(/"uuid":"u/, '"uuid":"again-'));
    writeFileSync(join(bucket, 's1.jsonl'), `${lines.text}${again.join('\n')}\n`);
    await run();
    expect(rows(COUNTS)).toEqual([{ sessions: 1, calls: 1, messages: 2, usage: 2 }]);
  });

  it('makes one session of two transcripts with one id, and loses the lines of neither', async () => {
    const { client, bucket, run, rows } = scene();
    const shared = new TranscriptLines('s1').prompt('Round').says('m1', 'Done.');
    const other = join(dirname(client), 'backup');
    mkdirSync(join(other, 'projects', '-b'), { recursive: true });
    writeFileSync(
      join(other, 'projects', '-b', 's1.jsonl'),
      `${shared.text}${new TranscriptLines('s1', shared.at).prompt('Left').text}`,
    );
    writeFileSync(
      join(bucket, 's1.jsonl'),
      `${shared.text}${new TranscriptLines('s1', shared.at + 5_000).prompt('Right').text}`,
    );
    await run({ from: [other] });
    await run({ from: [client] });
    expect(
      rows("SELECT text FROM messages WHERE role = 'prompt' ORDER BY at").map(({ text }) => text),
    ).toEqual(['Round', 'Left', 'Right']);
    expect(rows(COUNTS)[0]).toMatchObject({ sessions: 1, usage: 1 });
  });

  it('goes on where it was stopped', async () => {
    const { bucket, run, rows } = scene();
    const lines = new TranscriptLines('s1').prompt('Round');
    for (let n = 0; n < 40; n += 1) lines.runs(`t${n}`, 'ls', 'x'.repeat(100_000));
    writeFileSync(join(bucket, 's1.jsonl'), lines.text);
    writeFileSync(
      join(bucket, 's2.jsonl'),
      new TranscriptLines('s2', lines.at).prompt('Next').text,
    );
    const stop = new AbortController();
    const stopped = await run({ signal: stop.signal, onProgress: () => stop.abort() });
    expect(stopped).toMatchObject({ isStopped: true, sessions: 0 });
    expect(rows(COUNTS)[0]).toMatchObject({ sessions: 1 });
    // nobody else reads on what the import has not ended
    expect(rows('SELECT transcript_path AS path FROM sessions')).toEqual([{ path: null }]);
    const rest = await run();
    expect(rest.bytes).toBeLessThan(lines.text.length);
    expect(rows(COUNTS)[0]).toMatchObject({ sessions: 2, calls: 40 });
  });

  it('gives a session that hooks know its beginning, and doubles nothing', async () => {
    const { bucket, run, rows, inStore: change } = scene();
    const lines = new TranscriptLines('s1')
      .prompt('Round')
      .runs('t1', 'ls')
      .prompt('More')
      .runs('t2', 'pwd');
    writeFileSync(join(bucket, 's1.jsonl'), lines.text);
    change((store) => {
      store.exec(`INSERT INTO sessions (id, project, identity_at, identity_whole, first_event_at, last_event_at) VALUES ('s1', '/work/shop', ${lines.at}, 1, ${lines.at - 1_000}, ${lines.at});
        INSERT INTO events (id, type, at, source, session_id, envelope, stored_at) VALUES ('e1', 'session.started', ${lines.at}, 'hook', 's1', '{}', 1);
        INSERT INTO operations (tool_use_id, hook_at, hook_session, hook_agent, hook_tool, hook_outcome) VALUES ('t2', ${lines.at}, 's1', NULL, 'Bash', 'ok')`);
    });
    await run();
    expect(rows(COUNTS)[0]).toMatchObject({ sessions: 1, calls: 2 });
    expect(rows('SELECT project, ended_at AS ended FROM sessions')).toEqual([
      { project: '/work/shop', ended: null },
    ]);
    expect(rows("SELECT kind FROM refreshes WHERE key = 's1' AND kind = 'security'")).toHaveLength(
      1,
    );
  });

  it('learns by the rules of evidence what failed and what helped, but not from a project that is gone', async () => {
    const { client, run, rows, inStore: change } = scene();
    const here = tempFolder();
    writeClientFolder(client, here);
    await run();
    const asked = rows("SELECT key FROM refreshes WHERE kind = 'lessons'");
    expect(asked).toEqual([{ key: ORIGIN }]);
    change((store) => learnLessons(store, ORIGIN));
    expect(rows('SELECT text FROM failure_fixes')).toEqual([{ text: 'npm run test' }]);
    const gone = scene();
    writeClientFolder(gone.client, '/no/such/project');
    await gone.run();
    expect(gone.rows("SELECT * FROM refreshes WHERE kind = 'lessons'")).toEqual([]);
    expect(gone.rows('SELECT tool_use_id FROM unlearned')).not.toEqual([]);
  });

  it('learns from a project that was gone once that is back, though nothing is left to read', async () => {
    const { client, run, rows } = scene();
    const project = `${tempFolder()}/back`;
    writeClientFolder(client, project);
    await run();
    expect(rows("SELECT * FROM refreshes WHERE kind = 'lessons'")).toEqual([]);
    mkdirSync(project);
    await run();
    expect(rows("SELECT key FROM refreshes WHERE kind = 'lessons'")).toEqual([{ key: ORIGIN }]);
  });

  it('asks for no alert about what happened long ago', async () => {
    const { client, run, rows } = scene();
    writeClientFolder(client);
    await run();
    expect(rows('SELECT * FROM unjudged')).toEqual([]);
    expect(rows("SELECT * FROM refreshes WHERE kind IN ('security', 'context')")).toEqual([]);
  });

  it('reads the agents that older clients put beside the sessions', async () => {
    const { bucket, run, rows } = scene();
    writeFileSync(join(bucket, 's1.jsonl'), new TranscriptLines('s1').prompt('Look').text);
    const side = new TranscriptLines('s1')
      .runs('t1', 'ls')
      .text.replaceAll('"isSidechain":false', '"isSidechain":true,"agentId":"b2"');
    writeFileSync(join(bucket, 'agent-b2.jsonl'), side);
    await run();
    expect(rows('SELECT session_id AS session, agent_id AS agent FROM operations')).toEqual([
      { session: 's1', agent: 'b2' },
    ]);
  });

  it.each([
    ['binary garbage', Buffer.from(Array.from({ length: 100_000 }, (_, n) => (n * 7919) % 256))],
    ['a block of NUL bytes', Buffer.alloc(200_000)],
    ['nothing', Buffer.alloc(0)],
    [
      'JSON of another kind',
      Buffer.from('[1]\n"x"\nnull\n{"type":"user"}\n{"timestamp":7}\n'.repeat(100)),
    ],
  ])('makes no session of a file that holds %s, and names it', async (_what, bytes) => {
    const { bucket, run, rows } = scene();
    writeFileSync(join(bucket, 'bad.jsonl'), bytes);
    writeFileSync(join(bucket, 's1.jsonl'), new TranscriptLines('s1').prompt('Round').text);
    expect(await run()).toMatchObject({ sessions: 1, empty: [join(bucket, 'bad.jsonl')] });
    expect(rows('SELECT id FROM sessions')).toEqual([{ id: 's1' }]);
  });

  it.each([
    [
      'binary garbage',
      Buffer.from(Array.from({ length: 100_000 }, (_, n) => (n * 7919) % 256)).toString('latin1'),
    ],
    ['NUL bytes', '\0'.repeat(300_000)],
    ['merge-conflict markers', '<<<<<<< HEAD\n=======\n>>>>>>> other\n'],
    [
      'half a line',
      '{"type":"assistant","message":{"id":"m9","content":[{"type":"tool_use","id":"t9"\n',
    ],
  ])('reads what stands before and behind %s', async (_what, bad) => {
    const { bucket, run, rows } = scene();
    const before = new TranscriptLines('s1').prompt('Round').runs('t1', 'ls');
    const behind = new TranscriptLines('s1', before.at).runs('t2', 'pwd').says('m1', 'Done.');
    writeFileSync(join(bucket, 's1.jsonl'), `${before.text}${bad}\n${behind.text}`);
    await run();
    expect(rows(CALLS).map(({ id }) => id)).toEqual(['t1', 't2']);
    expect(await run()).toMatchObject({ sessions: 0, upToDate: 1 });
  });

  it('keeps one session of one whose project was moved while it ran, in the folder where it began', async () => {
    const { bucket, run, rows } = scene();
    const before = new TranscriptLines('s1', undefined, '/work/gone')
      .prompt('Round')
      .runs('t1', 'ls');
    const behind = new TranscriptLines('s1', before.at, '/work/moved')
      .runs('t2', 'pwd')
      .says('m1', 'Done.');
    writeFileSync(join(bucket, 's1.jsonl'), before.text + behind.text);
    await run();
    expect(rows('SELECT id, project FROM sessions')).toEqual([{ id: 's1', project: '/work/gone' }]);
    expect(rows(CALLS)).toEqual([
      { id: 't1', session: 's1' },
      { id: 't2', session: 's1' },
    ]);
  });

  it('gives a call the result that comes behind the next message', async () => {
    const { bucket, run, rows } = scene();
    const { lines } = new TranscriptLines('s1')
      .prompt('Round')
      .runs('t1', 'ls', 'Exit code 1\nnothing')
      .prompt('Go on')
      .says('m1', 'Done.');
    const [prompt = '', call = '', result = '', next = '', answer = ''] = lines;
    writeFileSync(join(bucket, 's1.jsonl'), `${[prompt, call, next, answer, result].join('\n')}\n`);
    await run();
    expect(
      rows('SELECT transcript_outcome AS outcome, transcript_error AS error FROM operations'),
    ).toEqual([{ outcome: 'failed', error: 'Exit code 1\nnothing' }]);
  });

  it('passes over a line that is too long to keep, and says that a part is missing', async () => {
    const { bucket, run, rows } = scene();
    const before = new TranscriptLines('s1').prompt('Round').runs('t1', 'ls');
    const behind = new TranscriptLines('s1', before.at).runs('t2', 'pwd');
    writeFileSync(join(bucket, 's1.jsonl'), before.text);
    appendFileSync(join(bucket, 's1.jsonl'), `{"type":"user","x":"${'y'.repeat(20 << 20)}"}\n`);
    appendFileSync(join(bucket, 's1.jsonl'), behind.text);
    expect(await run()).toMatchObject({ sessions: 1, partial: 1 });
    expect(rows(CALLS).map(({ id }) => id)).toEqual(['t1', 't2']);
    expect(rows('SELECT transcript_state AS state FROM sessions')).toEqual([{ state: 'partial' }]);
  });

  it('reads a file again that is replaced, and one that is cut, while it is read', async () => {
    const { bucket, run, rows } = scene();
    const path = join(bucket, 's1.jsonl');
    const lines = new TranscriptLines('s1').prompt('Round');
    for (let n = 0; n < 40; n += 1) lines.runs(`t${n}`, 'ls', 'x'.repeat(100_000));
    writeFileSync(path, lines.text);
    let steps = 0;
    await run({
      onProgress: () => {
        steps += 1;
        if (steps === 1) {
          writeFileSync(`${path}.new`, new TranscriptLines('s1', lines.at).runs('r1', 'pwd').text);
          renameSync(`${path}.new`, path);
        }
        if (steps === 2) truncateSync(path, 0);
      },
    });
    expect(rows(CALLS).map(({ id }) => id)).toContain('r1');
    rmSync(path);
    expect(await run()).toMatchObject({ sessions: 0, isStopped: false });
  });

  it('waits while another process has the store', async () => {
    const { client, run, rows, bucket } = scene();
    writeClientFolder(client);
    await run();
    const store = join(dirname(client), 'waymark.db');
    const other = openStore(store, sqliteDriver());
    writeFileSync(join(bucket, 's9.jsonl'), new TranscriptLines('s9').prompt('Later').text);
    other.exec('BEGIN IMMEDIATE');
    const running = run();
    for (let turn = 0; turn < 12; turn += 1) await new Promise((done) => setImmediate(done));
    other.exec('COMMIT');
    other.close();
    await running;
    expect(rows("SELECT 1 FROM sessions WHERE id = 's9'")).toHaveLength(1);
  });

  it('lists one file once that is there under two names, and leaves out folders that the settings name', async () => {
    const { client, bucket, run } = scene();
    writeClientFolder(client);
    copyFileSync(join(bucket, `${ORIGIN}.jsonl`), join(bucket, 'copy.jsonl'));
    const twice = await run({
      from: [client, join(client, 'projects'), bucket, join(bucket, `${ORIGIN}.jsonl`)],
    });
    expect(twice.sessions).toBe(3);
    expect(twice.added.calls).toBe(3);
  });

  it('shows what it would read, and reads nothing', async () => {
    const { folder } = testHome();
    const client = tempFolder();
    writeClientFolder(client);
    const actionContext = {
      folder,
      environment: { HOME: client, CLAUDE_CONFIG_DIR: client },
      clock: () => NOW,
    };
    const plan = await previewImport(actionContext, { from: [] });
    expect(plan.sessions.map(({ id }) => id)).toEqual([ORIGIN, FORK]);
    await expect(previewImport(actionContext, { from: ['/no/such'] })).rejects.toThrow(
      'Cannot import from /no/such',
    );
  });
});
