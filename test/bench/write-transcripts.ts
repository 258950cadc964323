import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../support/seeded-random.ts';

/**
 * Writes a config folder with made-up transcripts of about so many megabytes, as the client would:
 * `tsx test/bench/write-transcripts.ts FOLDER MEGABYTES [SEED]`. Prompts, answers, edits, commands
 * that fail and are put right, agents, large results; the same for the same seed. What is in it is
 * printed as one JSON object, counted while it is written.
 */
export interface Written {
  sessions: number;
  bytes: number;
  lines: number;
  prompts: number;
  answers: number;
  calls: number;
  failures: number;
  agents: number;
  usage: number;
}

const WORDS =
  'the cents are rounded twice when an invoice has more than one line so round them once at the end and keep the sum in a column of its own then test what happens with negative amounts'.split(
    ' ',
  );
const FILES = ['src/invoice.ts', 'src/money.ts', 'test/invoice.test.ts', 'docs/rounding.md'];
const COMMANDS = [
  'npm test',
  'npx vitest run test/invoice.test.ts',
  'git status',
  'ls -la src',
  'npx tsc --noEmit',
];
const FAILING = [
  ['npm run tests', 'npm error Missing script: "tests"', 'npm test'],
  ['python scripts/sum.py', 'python: command not found', 'python3 scripts/sum.py'],
  ['git push', 'fatal: The current branch has no upstream branch.', 'git push -u origin HEAD'],
] as const;

/**
 * Writes it. @param day The day of the first session, in milliseconds; each session begins an hour
 * after the one before.
 */
export function writeTranscripts(
  folder: string,
  megabytes: number,
  seed = 1,
  day = Date.UTC(2026, 7, 1),
): Written {
  const random = seededRandom(seed);
  const counts: Written = {
    sessions: 0,
    bytes: 0,
    lines: 0,
    prompts: 0,
    answers: 0,
    calls: 0,
    failures: 0,
    agents: 0,
    usage: 0,
  };
  while (counts.bytes < megabytes * 1e6) {
    const bucket = join(folder, 'projects', `-home-dev-project-${counts.sessions % 7}`);
    mkdirSync(bucket, { recursive: true });
    new SessionWriter(
      bucket,
      counts,
      random,
      day + counts.sessions * 3_600_000,
      megabytes * 1e6,
    ).write();
    counts.sessions += 1;
  }
  return counts;
}

class SessionWriter {
  readonly #counts: Written;
  readonly #random: () => number;
  readonly #id: string;
  readonly #bucket: string;
  readonly #most: number;
  #at: number;
  #lines: string[] = [];
  #serial = 0;

  constructor(bucket: string, counts: Written, random: () => number, at: number, most: number) {
    this.#counts = counts;
    this.#random = random;
    this.#at = at;
    this.#bucket = bucket;
    this.#most = most;
    const digits = Math.floor(random() * 1e12)
      .toString(16)
      .padStart(12, '0');
    this.#id = `${String(counts.sessions).padStart(8, '0')}-0000-4000-8000-${digits}`;
  }

  write(): void {
    const file = join(this.#bucket, `${this.#id}.jsonl`);
    writeFileSync(file, '');
    const turns = 5 + Math.floor(this.#random() * 60);
    this.#line({ type: 'ai-title', aiTitle: this.#words(4), sessionId: this.#id });
    for (let turn = 0; turn < turns && this.#counts.bytes < this.#most; turn += 1) {
      this.#prompt();
      const steps = 1 + Math.floor(this.#random() * 12);
      for (let step = 0; step < steps; step += 1) this.#step();
      if (this.#random() < 0.05) this.#agent();
      this.#answer(this.#words(30 + Math.floor(this.#random() * 200)));
      this.#flush(file);
    }
  }

  #prompt(): void {
    this.#counts.prompts += 1;
    this.#line({
      type: 'user',
      message: { role: 'user', content: this.#words(5 + Math.floor(this.#random() * 40)) },
    });
  }

  #step(): void {
    const kind = this.#random();
    if (kind < 0.04) {
      const [command, error, fix] = this.#pick(FAILING);
      this.#call('Bash', { command, description: 'try' }, `Exit code 1\n${error}`, true);
      this.#call('Bash', { command: fix, description: 'again' }, 'done', false);
    } else if (kind < 0.4) {
      const size = Math.floor(10 ** (2 + this.#random() * 2.5));
      this.#call(
        'Bash',
        { command: this.#pick(COMMANDS), description: 'run' },
        this.#text(size),
        false,
      );
    } else if (kind < 0.7) {
      const size = Math.floor(10 ** (3 + this.#random() * 1.5));
      this.#call(
        'Read',
        { file_path: `/home/dev/project/${this.#pick(FILES)}` },
        this.#text(size),
        false,
      );
    } else {
      const text = this.#text(400);
      const input = {
        file_path: `/home/dev/project/${this.#pick(FILES)}`,
        old_string: text,
        new_string: text.toUpperCase(),
      };
      this.#call('Edit', input, 'The file has been updated successfully.', false, {
        originalFile: this.#text(6_000),
      });
    }
  }

  #agent(): void {
    const agent = `a${this.#at.toString(16)}`;
    this.#counts.agents += 1;
    const main = this.#lines;
    this.#lines = [];
    for (let step = 0; step < 5; step += 1)
      this.#call(
        'Bash',
        { command: this.#pick(COMMANDS), description: 'look' },
        this.#text(900),
        false,
        {},
        agent,
      );
    const folder = join(this.#bucket, this.#id, 'subagents');
    mkdirSync(folder, { recursive: true });
    this.#flush(join(folder, `agent-${agent}.jsonl`));
    this.#lines = main;
    const input = { description: 'Look', prompt: 'look', subagent_type: 'general-purpose' };
    this.#call('Agent', input, `agentId: ${agent} (use SendMessage)`, false);
  }

  #answer(text: string): void {
    this.#counts.answers += 1;
    this.#assistant([{ type: 'text', text }]);
  }

  #call(
    name: string,
    input: object,
    result: string,
    failed: boolean,
    more: object = {},
    agentId?: string,
  ): void {
    const id = `toolu_${this.#counts.sessions}_${this.#next()}`;
    this.#counts.calls += 1;
    if (failed) this.#counts.failures += 1;
    const side = agentId === undefined ? {} : { agentId, isSidechain: true };
    this.#assistant([{ type: 'tool_use', id, name, input }], side);
    const content = [{ type: 'tool_result', tool_use_id: id, content: result, is_error: failed }];
    this.#line({
      type: 'user',
      message: { role: 'user', content },
      toolUseResult: { stdout: result, ...more },
      ...side,
    });
  }

  #assistant(content: readonly object[], side: object = {}): void {
    this.#counts.usage += 1;
    const id = `msg_${this.#counts.sessions}_${this.#next()}`;
    const usage = {
      input_tokens: 12,
      cache_creation_input_tokens: 800,
      cache_read_input_tokens: 20_000 + this.#serial * 10,
      output_tokens: 60,
      cache_creation: { ephemeral_5m_input_tokens: 800, ephemeral_1h_input_tokens: 0 },
      service_tier: 'standard',
    };
    const message = {
      id,
      type: 'message',
      role: 'assistant',
      model: 'claude-opus-4-8',
      content,
      usage,
    };
    this.#line({ type: 'assistant', requestId: `req_${id}`, message, ...side });
  }

  #line(fields: object): void {
    this.#at += 1_000 + Math.floor(this.#random() * 4_000);
    const place = {
      parentUuid: null,
      isSidechain: false,
      cwd: '/home/dev/project',
      sessionId: this.#id,
      version: '2.1.330',
    };
    this.#lines.push(
      `${JSON.stringify({ ...place, ...fields, uuid: `u-${this.#at}`, timestamp: new Date(this.#at).toISOString() })}\n`,
    );
  }

  #next(): number {
    this.#serial += 1;
    return this.#serial;
  }

  #flush(file: string): void {
    const text = this.#lines.join('');
    this.#counts.lines += this.#lines.length;
    this.#counts.bytes += Buffer.byteLength(text);
    appendFileSync(file, text);
    this.#lines = [];
  }

  #words(count: number): string {
    return Array.from({ length: count }, () => this.#pick(WORDS)).join(' ');
  }

  /** Output or code: lines of words and numbers. */
  #text(length: number): string {
    const lines: string[] = [];
    for (let size = 0; size < length; ) {
      const line = `${Math.floor(this.#random() * 1e6)}: ${this.#words(8)}(${this.#pick(FILES)})`;
      lines.push(line);
      size += line.length + 1;
    }
    return lines.join('\n').slice(0, length);
  }

  #pick<T>(list: readonly T[]): T {
    const found = list[Math.floor(this.#random() * list.length)];
    if (found === undefined) throw new Error('an empty list');
    return found;
  }
}

const [folder, megabytes, seed = '1'] = process.argv.slice(2);
if (process.argv[1] === import.meta.filename && folder !== undefined && megabytes !== undefined) {
  rmSync(folder, { recursive: true, force: true });
  process.stdout.write(
    `${JSON.stringify(writeTranscripts(folder, Number(megabytes), Number(seed)))}\n`,
  );
}
