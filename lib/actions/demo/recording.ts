import { readFileSync } from 'node:fs';
import {
  isJsonObject,
  type JsonObject,
  numberField,
  objectField,
  stringField,
} from '../../core/json.ts';

/** One hook payload of a recorded session. */
export interface RecordedPayload {
  readonly event: string;
  /** Milliseconds after the payload before. */
  readonly delayMs: number;
  readonly input: JsonObject;
}

/** A recorded session with its placeholders filled. */
export interface Recording {
  readonly payloads: readonly RecordedPayload[];
  readonly transcript: readonly JsonObject[];
}

/** The recorded sessions, in their order. */
export const RECORDINGS = ['first', 'second'] as const;
export type RecordingName = (typeof RECORDINGS)[number];

/** The values of the placeholders: `PROJECT`, `SESSION`, `TRANSCRIPT`, `TRANSCRIPTS`. */
export type PlaceholderValues = Readonly<Record<string, string>>;

/**
 * Reads a recording from the package's `templates/`.
 * @throws when a line is not JSON or a placeholder has no filling.
 */
export function loadRecording(
  templates: string,
  name: RecordingName,
  fillings: PlaceholderValues,
): Recording {
  const load = (part: string): readonly JsonObject[] =>
    parseLines(readFileSync(`${templates}/demo/${name}-${part}.jsonl`, 'utf8'), fillings);
  return {
    payloads: load('payloads').map((line) => ({
      event: stringField(line, 'event') ?? '',
      delayMs: numberField(line, 'delayMs') ?? 0,
      input: objectField(line, 'input'),
    })),
    transcript: load('transcript'),
  };
}

function parseLines(text: string, fillings: PlaceholderValues): readonly JsonObject[] {
  const filled = text.replace(/\$\{([A-Z]+)\}/g, (placeholder, name: string) => {
    const value = fillings[name];
    if (value === undefined)
      throw new Error(`Cannot fill ${placeholder} of the recording: no such value`);
    return JSON.stringify(value).slice(1, -1);
  });
  return filled
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const value: unknown = JSON.parse(line);
      if (!isJsonObject(value))
        throw new Error('Cannot read the recording: a line is not a JSON object');
      return value;
    });
}
