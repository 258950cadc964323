import { isAbsolute } from 'node:path';
import type { Context } from 'hono';
import { reasonOf, WaymarkError } from '../../core/errors.ts';
import { type JsonObject, parseJsonObject, stringField } from '../../core/json.ts';
import { headOf } from '../../core/text.ts';
import { storeError } from '../../query/store-error.ts';

/** What the page shows when a request fails. */
export interface Problem {
  readonly code: string;
  /** "Cannot VERB OBJECT: reason." */
  readonly message: string;
  /** What to do about it; commands are in backticks. */
  readonly remedy: string;
}

type ProblemStatus = 400 | 404 | 409 | 500 | 503;

/** The answer to a request that failed: the fault in waymark's words. */
export function problemOf(
  thrown: unknown,
  runnable: (text: string) => string,
): { readonly status: ProblemStatus; readonly problem: Problem } {
  const expected = thrown instanceof WaymarkError ? thrown : storeError(thrown);
  if (expected === undefined)
    return {
      status: 500,
      problem: {
        code: 'BUG',
        message: `This is a bug in waymark: ${reasonOf(thrown)}`,
        remedy: 'Please report it with what `waymark dashboard` printed.',
      },
    };
  const { code, message, remedy } = expected;
  return { status: statusOf(expected), problem: { code, message, remedy: runnable(remedy) } };
}

function statusOf({ code }: WaymarkError): ProblemStatus {
  if (code === 'NOT_FOUND') return 404;
  if (code === 'USAGE' || code === 'CONFIG_INVALID') return 400;
  return code.startsWith('STORE_') || code.startsWith('QUEUE_') ? 503 : 409;
}

/**
 * A parameter of the query as text, at most 1,000 characters; `undefined` when it is missing or
 * empty.
 */
export function textParameter(context: Context, name: string): string | undefined {
  const text = context.req.query(name)?.trim();
  return text === undefined || text === '' ? undefined : headOf(text, 1_000);
}

/**
 * A parameter of the query as a whole number.
 * @throws {@link WaymarkError} USAGE when it is none, or out of bounds.
 */
export function countParameter(
  context: Context,
  name: string,
  { least = 0, most, usual }: { least?: number; most: number; usual: number },
): number {
  const text = textParameter(context, name);
  if (text === undefined) return usual;
  const count = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (count >= least && count <= most) return count;
  throw new WaymarkError(
    'USAGE',
    `Cannot use ${name}=${headOf(text, 40)}: expected a whole number from ${least} to ${most}`,
  );
}

/** Longest text in an answer, unless a route says otherwise. */
const MAX_UNITS = 4_000;

/**
 * Answers with JSON in which no text is longer than `most` UTF-16 units: one row with a prompt of a
 * megabyte must not slow down a list.
 */
export function sendJson(context: Context, value: object, most = MAX_UNITS): Response {
  const shortened = (_key: string, one: unknown): unknown =>
    typeof one === 'string' ? headOf(one, most) : one;
  const body = JSON.stringify(value, shortened);
  return context.body(body, 200, { 'content-type': 'application/json; charset=utf-8' });
}

/**
 * The JSON object that a change is sent with.
 * @throws {@link WaymarkError} USAGE when the body is none.
 */
export async function bodyOf(context: Context): Promise<JsonObject> {
  const body = parseJsonObject(await context.req.text());
  if (body !== undefined) return body;
  throw new WaymarkError('USAGE', 'Cannot read the change: the body is not a JSON object');
}

/**
 * The folder that a request names. A relative one would be looked up where the server was started.
 * @throws {@link WaymarkError} USAGE when it is no absolute path.
 */
export function requiredFolder(text: string | undefined, name: string): string {
  if (text !== undefined && isAbsolute(text) && !text.includes('\0')) return text;
  throw new WaymarkError('USAGE', `Cannot use ${name}: expected the absolute path of a folder`);
}

/**
 * A field of a change that must be there.
 * @throws {@link WaymarkError} USAGE when it is missing, empty or no text.
 */
export function requiredText(body: JsonObject, name: string): string {
  const text = stringField(body, name);
  if (text !== undefined) return text;
  throw new WaymarkError('USAGE', `Cannot read the change: ${name} is missing`);
}
