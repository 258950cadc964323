import { mkdirSync, writeFileSync } from 'node:fs';

/** Of the session in {@link writeClientFolder} that has everything, and of its fork. */
export const ORIGIN = '11111111-0000-4000-8000-00000000000a';
export const FORK = '22222222-0000-4000-8000-00000000000b';

const BEGIN = Date.UTC(2026, 10, 20, 9, 0, 0);

/** Lines of a transcript with times that go up by a second each. */
export class TranscriptLines {
  readonly lines: string[] = [];
  readonly #session: string;
  readonly #cwd: string;
  #at: number;

  constructor(session: string, at = BEGIN, cwd = '/work/gone') {
    this.#session = session;
    this.#cwd = cwd;
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  get text(): string {
    return this.lines.map((line) => `${line}\n`).join('');
  }

  add(fields: object): this {
    this.#at += 1_000;
    const place = { sessionId: this.#session, cwd: this.#cwd, isSidechain: false };
    const timestamp = new Date(this.#at).toISOString();
    this.lines.push(JSON.stringify({ ...place, uuid: `u${this.#at}`, timestamp, ...fields }));
    return this;
  }

  prompt(content: string): this {
    return this.add({ type: 'user', message: { role: 'user', content } });
  }

  answer(id: string, ...content: readonly object[]): this {
    const usage = { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 1_000 };
    const message = { id, role: 'assistant', model: 'claude-opus-4-8', content, usage };
    return this.add({ type: 'assistant', requestId: `req_${id}`, message });
  }

  says(id: string, text: string): this {
    return this.answer(id, { type: 'text', text });
  }

  /** A shell command with its result; `error`: it failed so. */
  runs(id: string, command: string, error?: string, more: object = {}): this {
    this.answer(`msg_${id}`, { type: 'tool_use', id, name: 'Bash', input: { command } });
    const content = error ?? 'done';
    const result = { type: 'tool_result', tool_use_id: id, content, is_error: error !== undefined };
    return this.add({ type: 'user', message: { role: 'user', content: [result] }, ...more });
  }
}

/**
 * A config folder of the client in which a session (with a failure that was put right, an agent and
 * a title), its fork, prompts of a session whose transcript has gone, and the client's statistics
 * are.
 */
export function writeClientFolder(folder: string, cwd = '/work/gone'): void {
  const bucket = `${folder}/projects/-work-gone`;
  const agents = `${bucket}/${ORIGIN}/subagents`;
  mkdirSync(agents, { recursive: true });
  const origin = new TranscriptLines(ORIGIN, BEGIN, cwd)
    .prompt('Round the cents once')
    .runs('t1', 'npm run tset', 'Exit code 1\nnpm error Missing script: "tset"')
    .runs('t2', 'npm run test')
    .says('m1', 'Rounded at the end.');
  const copied = origin.lines.map((line) => line.replaceAll(ORIGIN, FORK));
  const fork = new TranscriptLines(FORK, origin.at + 60_000, cwd)
    .prompt('And the other way?')
    .says('m2', 'Banker\u2019s rounding.');
  origin.prompt('Thanks').says('m3', 'Done.');
  const title = JSON.stringify({ type: 'ai-title', aiTitle: 'Cents', sessionId: ORIGIN });
  writeFileSync(`${bucket}/${ORIGIN}.jsonl`, `${origin.text}${title}\n`);
  writeFileSync(`${bucket}/${FORK}.jsonl`, `${copied.join('\n')}\n${fork.text}`);
  const agent = new TranscriptLines(ORIGIN, BEGIN + 4_000, cwd).runs('t3', 'ls src');
  const sidechain = agent.text.replaceAll(
    '"isSidechain":false',
    '"isSidechain":true,"agentId":"a1"',
  );
  writeFileSync(`${agents}/agent-a1.jsonl`, sidechain);
  writeFileSync(`${agents}/agent-a1.meta.json`, JSON.stringify({ agentType: 'Explore' }));
  writeFileSync(`${folder}/history.jsonl`, historyLines(cwd));
  writeFileSync(`${folder}/stats-cache.json`, JSON.stringify(STATISTICS));
}

function historyLines(project: string): string {
  const lines = [
    { display: 'Round the cents once', timestamp: BEGIN + 500, project, sessionId: ORIGIN },
    { display: '/clear', timestamp: BEGIN - 90_000_000, project, sessionId: 'old' },
    { display: 'Write the invoice', timestamp: BEGIN - 90_000_000, project, sessionId: 'old' },
    { display: 'Print it', timestamp: BEGIN - 89_000_000, project, sessionId: 'old' },
    { display: 'Thanks', timestamp: BEGIN + 10_000, project },
    { display: 'Before ids', timestamp: BEGIN - 900_000_000, project },
  ];
  return lines.map((line) => `${JSON.stringify({ pastedContents: {}, ...line })}\n`).join('');
}

const STATISTICS = {
  version: 2,
  dailyActivity: [
    { date: '2026-11-10', messageCount: 12, sessionCount: 2, toolCallCount: 5 },
    { date: '2026-11-20', messageCount: 8, sessionCount: 1, toolCallCount: 2 },
  ],
  dailyModelTokens: [{ date: '2026-11-10', tokensByModel: { 'claude-opus-4-8': 12_345 } }],
};
