import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

/** A text in the source that somebody may read. */
export interface Message {
  readonly file: string;
  readonly line: number;
  /** Values that are put in stand as `{name}`. */
  readonly text: string;
}

const FOLDERS = ['lib', 'installer', 'hooks'];

/** Rooms and files whose texts nobody reads: queries, definitions of tables, expressions. */
const NOT_READ = /^lib\/(?:store\/schema|secrets\/compiled-tokens|secrets\/token-table)/;

const SQL =
  /\b(?:SELECT|INSERT|UPDATE|DELETE|FROM|WHERE|JOIN|PRAGMA|CREATE|COMMIT|ORDER BY|CONFLICT)\b/;

/** Every text of several words in the source, by file and line. */
export function messagesOfSource(): readonly Message[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => join(folder, name))
      .filter((file) => !NOT_READ.test(file))
      .sort()
      .flatMap((file) => messagesOf(file, readFileSync(file, 'utf8'))),
  );
}

/** Texts of a file, in their order. */
export function messagesOf(file: string, source: string): readonly Message[] {
  const found: Array<readonly [start: number, text: string]> = [];
  const { program } = parseSync(file, source);
  new Visitor({
    Literal: ({ value, start }) => {
      if (typeof value === 'string') found.push([start, value]);
    },
    JSXText: ({ value, start }) => found.push([start, value.replace(/\s+/g, ' ').trim()]),
    TemplateLiteral: ({ quasis, expressions, start }) => {
      const values = expressions.map((one) => `{${source.slice(one.start, one.end)}}`);
      const parts = quasis.map(({ value }, index) => `${value.cooked}${values[index] ?? ''}`);
      found.push([start, parts.join('')]);
    },
  }).visit(program);
  return found
    .toSorted(([one], [other]) => one - other)
    .filter(([, text]) => isRead(text))
    .map(([start, text]) => ({ file, line: lineAt(source, start), text }));
}

/** Whether a text has words of a sentence in it. */
function isRead(text: string): boolean {
  const plain = text.replace(/\{[^{}]*\}/g, '{}');
  return /[A-Za-z]{2,}[^\w]* +[^\w]*[a-z{]/.test(plain) && !SQL.test(plain);
}

function lineAt(source: string, start: number): number {
  return source.slice(0, start).split('\n').length;
}
