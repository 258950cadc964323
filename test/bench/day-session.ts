import { appendFileSync, mkdirSync } from 'node:fs';
import { type HookRun, runHookCommand } from '../../lib/actions/run-hook-command.ts';
import type { JsonObject } from '../../lib/core/json.ts';
import { HOOKS } from '../../lib/hook/manifest.ts';
import type { BenchHome } from './bench-home.ts';
import { childEnvironment } from './children.ts';

/** One call of a tool as Claude makes it. */
export interface DayCall {
  readonly tool: 'Bash' | 'Edit' | 'Read';
  readonly input: JsonObject;
  /** The error of a call that fails. */
  readonly error?: string;
}

/**
 * A session of Claude Code that works: its hooks run as installed, its transcript grows as the
 * client writes it.
 */
export class DaySession {
  readonly id: string;
  readonly #home: BenchHome;
  readonly #transcript: string;
  #calls = 0;
  #tokens = 16_000;

  constructor(home: BenchHome, id: string) {
    this.id = id;
    this.#home = home;
    const folder = `${home.root}/home/.claude/projects/-project`;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#transcript = `${folder}/${id}.jsonl`;
  }

  async start(): Promise<void> {
    await this.#hook('SessionStart', { source: 'startup', model: 'claude-opus-4-8' });
  }

  async prompt(text: string): Promise<void> {
    this.#write({ type: 'user', message: { role: 'user', content: text } });
    await this.#hook('UserPromptSubmit', { prompt: text });
  }

  async stop(): Promise<void> {
    this.#answer([{ type: 'text', text: 'Done so far.' }]);
    await this.#hook('Stop', { stop_hook_active: false, last_assistant_message: 'Done so far.' });
  }

  async call({ tool, input, error }: DayCall): Promise<void> {
    this.#calls += 1;
    const id = `toolu_${this.id.slice(-4)}${String(this.#calls).padStart(18, '0')}`;
    this.#answer([{ type: 'tool_use', name: tool, id, input }]);
    const own = { tool_name: tool, tool_input: input, tool_use_id: id, duration_ms: 20 };
    if (tool !== 'Read') {
      if (error === undefined)
        await this.#hook('PostToolUse', { ...own, tool_response: { stdout: 'ok', stderr: '' } });
      else await this.#hook('PostToolUseFailure', { ...own, error, is_interrupt: false });
    }
    const result = { tool_use_id: id, type: 'tool_result', content: error ?? 'ok'.repeat(400) };
    this.#write({
      type: 'user',
      message: {
        role: 'user',
        content: [error === undefined ? result : { ...result, is_error: true }],
      },
    });
  }

  #answer(content: readonly JsonObject[]): void {
    this.#tokens += 300;
    const usage = {
      input_tokens: 12,
      cache_creation_input_tokens: 800,
      cache_read_input_tokens: this.#tokens,
      output_tokens: 60,
    };
    const message = { role: 'assistant', model: 'claude-opus-4-8', usage, content };
    this.#write({ type: 'assistant', message });
  }

  #write(line: JsonObject): void {
    const own = {
      sessionId: this.id,
      cwd: this.#home.project,
      version: '2.1.197',
      gitBranch: 'main',
      timestamp: new Date().toISOString(),
    };
    appendFileSync(this.#transcript, `${JSON.stringify({ ...line, ...own })}\n`);
  }

  async #hook(event: string, own: JsonObject): Promise<void> {
    const name = HOOKS.find((hook) => hook.event === event)?.name ?? event;
    const run = await runHookCommand({
      command: `${this.#home.folder.bin}/${name}`,
      args: [],
      input: {
        session_id: this.id,
        transcript_path: this.#transcript,
        cwd: this.#home.project,
        hook_event_name: event,
        ...own,
      },
      cwd: this.#home.project,
      environment: childEnvironment({
        ...this.#home.environment,
        WAYMARK_AUTOSTART: '0',
        CLAUDE_PROJECT_DIR: this.#home.project,
        CLAUDE_CODE_SESSION_ID: this.id,
      }),
      timeoutMs: 10_000,
    });
    requireSuccess(event, run);
  }
}

function requireSuccess(event: string, { status, problem, stderr }: HookRun): void {
  if (status !== 0) throw new Error(`The ${event} hook failed: ${problem ?? stderr}`);
}
