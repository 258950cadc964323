import type { Problem } from '../server/answer.ts';
import { pageKey } from './page-key.ts';

/** A request that failed, with what the server said about it. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

const UNREACHABLE: Problem = {
  code: 'UNREACHABLE',
  message: 'Cannot reach the server of the dashboard: it has stopped, or this machine was asleep',
  remedy: 'Start it again: `waymark dashboard`. This page then reconnects.',
};

/** The answer to a question. @throws {@link ProblemError} */
export async function ask<T>(path: string, signal?: AbortSignal): Promise<T> {
  return await send(path, signal === undefined ? {} : { signal });
}

/** Makes a change, and returns what the server says about it. @throws {@link ProblemError} */
export async function change<T>(path: string, body: object): Promise<T> {
  return await send(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

type Options = Omit<RequestInit, 'headers'> & {
  readonly headers?: Readonly<Record<string, string>>;
};

async function send<T>(path: string, options: Options): Promise<T> {
  const response = await reach(path, options);
  if (response.ok) return await response.json();
  throw new ProblemError(await problemIn(response));
}

async function reach(path: string, options: Options): Promise<Response> {
  try {
    const headers = { ...options.headers, 'x-waymark-key': pageKey() };
    return await fetch(path, {
      ...options,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ProblemError(UNREACHABLE);
  }
}

async function problemIn(response: Response): Promise<Problem> {
  try {
    const { error }: { error: Problem } = await response.json();
    return error.message === undefined ? unknown(response) : error;
  } catch {
    return unknown(response);
  }
}

function unknown({ status }: Response): Problem {
  return {
    code: 'UNKNOWN',
    message: `Cannot read the answer of the server: it has status ${status}`,
    remedy: 'Load the page again.',
  };
}

/** The problem in anything that was thrown. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  return {
    code: 'BUG',
    message: `This is a bug in the page: ${String(error)}`,
    remedy: 'Load the page again.',
  };
}
