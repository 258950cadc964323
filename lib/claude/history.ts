import { numberField, parseJsonObject, stringField } from '../core/json.ts';
import { shortHash16 } from '../core/short-hash.ts';
import { redactHead } from './tool-target.ts';
import { folderField, plausibleTime } from './transcript/line-fields.ts';

/** A prompt in `history.jsonl`, which the client keeps when the transcript has gone. */
export interface HistoryPrompt {
  /** As {@link TranscriptText} has it for a prompt of the same time and text. */
  readonly id: string;
  /** Redacted and cut. */
  readonly text: string;
  /** Of the whole text, in UTF-16 units. */
  readonly length: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly project: string;
  /** Absent in lines of older clients. */
  readonly sessionId?: string;
}

const TEXT_LIMIT = 2_000;
const SESSION = /^\w[\w-]{0,127}$/;

/**
 * The prompt in one line of `history.jsonl`; `undefined` for a command of the client without
 * arguments, and for whatever else is no prompt. Never throws.
 */
export function parseHistoryLine(line: string): HistoryPrompt | undefined {
  const entry = parseJsonObject(line) ?? {};
  const text = stringField(entry, 'display')?.trim() ?? '';
  const project = folderField(entry, 'project');
  const at = plausibleTime(numberField(entry, 'timestamp') ?? Number.NaN);
  if (text === '' || /^\/\S*$/.test(text) || project === undefined || at === undefined)
    return undefined;
  const sessionId = stringField(entry, 'sessionId');
  return {
    id: `prompt/${at}/${shortHash16(text)}`,
    text: redactHead(text, TEXT_LIMIT),
    length: text.length,
    at,
    project,
    ...(sessionId !== undefined && SESSION.test(sessionId) ? { sessionId } : {}),
  };
}
