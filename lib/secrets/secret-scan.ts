#!/usr/bin/env node
import { parseJsonObject } from '../core/json.ts';
import { secretFinder } from './find-secrets.ts';
import { lineSplitter } from './json-lines.ts';

// Reads `{id, text}` lines, answers `{id, ranges}` lines, ends with its input, so that it never outlives the worker. Says nothing else anywhere.

const findSecrets = secretFinder();
process.stdout.on('error', () => process.exit(0)); // the reader has gone
process.on('uncaughtException', () => process.exit(1)); // the default would print a text that may hold the secret
// a Ctrl-C in the worker's terminal reaches this process too, and the worker still drains
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.stdin.setEncoding('utf8');
process.stdin.on(
  'data',
  lineSplitter((line) => void answer(line)),
);

async function answer(line: string): Promise<void> {
  const request = parseJsonObject(line);
  if (typeof request?.['text'] !== 'string') process.exit(1);
  const ranges = await findSecrets(request['text']);
  process.stdout.write(`${JSON.stringify({ id: request['id'], ranges })}\n`);
}
