import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { isoTime } from '../../core/clock.ts';
import { isJsonObject, type JsonObject, objectField, stringField } from '../../core/json.ts';

/**
 * A recorded transcript that is written to its file bit by bit, each line dated when it is written.
 */
export class GrowingTranscript {
  readonly #file: string;
  readonly #clock: () => number;
  readonly #left: JsonObject[];
  #lastTime = 0;
  #answeredAt: number | undefined;

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

  /** The time of the last answer of the model that was written, in milliseconds since the epoch. */
  get answeredAt(): number | undefined {
    return this.#answeredAt;
  }

  #write(count: number): void {
    const lines = this.#left.splice(0, count);
    if (lines.length === 0) return;
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
    appendFileSync(
      this.#file,
      lines.map((line) => `${JSON.stringify(this.#dated(line))}\n`).join(''),
    );
  }

  #dated(line: JsonObject): JsonObject {
    this.#lastTime = Math.max(this.#clock(), this.#lastTime + 1);
    if (isAnswer(line)) this.#answeredAt = this.#lastTime;
    return { ...line, timestamp: isoTime(this.#lastTime) };
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

function isAnswer(line: JsonObject): boolean {
  return line['type'] === 'assistant' && isJsonObject(objectField(line, 'message')['usage']);
}

function contentOf(line: JsonObject): readonly JsonObject[] {
  const content = objectField(line, 'message')['content'];
  return Array.isArray(content) ? content.filter(isJsonObject) : [];
}
