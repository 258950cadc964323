import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { isoTime } from '../../core/clock.ts';
import {
  isJsonObject,
  type JsonObject,
  numberField,
  objectField,
  stringField,
} from '../../core/json.ts';

/**
 * A recorded transcript that is written to its file bit by bit, each line dated when it is written.
 */
export class GrowingTranscript {
  readonly #file: string;
  readonly #clock: () => number;
  readonly #left: JsonObject[];
  #lastTime = 0;
  #tokens: number | undefined;

  constructor(file: string, lines: readonly JsonObject[], clock: () => number) {
    this.#file = file;
    this.#clock = clock;
    this.#left = [...lines];
  }

  /** Writes up to and with the last line that fits; nothing when none does. */
  writeThrough(fits: (line: JsonObject) => boolean): void {
    this.#write(this.#left.findLastIndex(fits) + 1);
  }

  /** Writes what comes before the first line that fits; everything when none does. */
  writeUntil(fits: (line: JsonObject) => boolean): void {
    const first = this.#left.findIndex(fits);
    this.#write(first === -1 ? this.#left.length : first);
  }

  /** What the model was given with the last answer that was written. */
  get tokens(): number | undefined {
    return this.#tokens;
  }

  #write(count: number): void {
    const lines = this.#left.splice(0, count);
    if (lines.length === 0) return;
    this.#tokens = lines.map(tokensOf).findLast((tokens) => tokens !== undefined) ?? this.#tokens;
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
    appendFileSync(
      this.#file,
      lines.map((line) => `${JSON.stringify({ ...line, timestamp: this.#nextTime() })}\n`).join(''),
    );
  }

  #nextTime(): string {
    this.#lastTime = Math.max(this.#clock(), this.#lastTime + 1);
    return isoTime(this.#lastTime);
  }
}

/** Whether a line holds the call with this id. */
export function holdsCall(toolUseId: string): (line: JsonObject) => boolean {
  return (line) =>
    contentOf(line).some((part) => part['type'] === 'tool_use' && part['id'] === toolUseId);
}

/** Whether a line holds the result of the call with this id. */
export function holdsResult(toolUseId: string): (line: JsonObject) => boolean {
  return (line) =>
    contentOf(line).some(
      (part) => part['type'] === 'tool_result' && part['tool_use_id'] === toolUseId,
    );
}

/** Whether a line belongs to this prompt. */
export function belongsTo(promptId: string): (line: JsonObject) => boolean {
  return (line) => stringField(line, 'promptId') === promptId;
}

function tokensOf(line: JsonObject): number | undefined {
  const usage = objectField(objectField(line, 'message'), 'usage');
  const kinds = ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'];
  const counts = kinds.flatMap((kind) => numberField(usage, kind) ?? []);
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
}

function contentOf(line: JsonObject): readonly JsonObject[] {
  const content = objectField(line, 'message')['content'];
  return Array.isArray(content) ? content.filter(isJsonObject) : [];
}
