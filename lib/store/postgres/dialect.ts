/**
 * Queries are written for SQLite. Where PostgreSQL says a thing in another way, this file knows
 * how; functions and operators that it lacks are in `schema-functions.ts`.
 */

interface Token {
  readonly kind: 'text' | 'name' | 'word' | 'other';
  readonly text: string;
}

const TOKEN =
  /('(?:[^']|'')*')|("(?:[^"]|"")*")|([A-Za-z_][A-Za-z_0-9]*)|(\?\d*|--[^\n]*|\s+|\d+(?:\.\d+)?|[<>=!|]+|[\s\S])/g;

function tokensOf(sql: string): readonly Token[] {
  return [...sql.matchAll(TOKEN)]
    .map(([text, literal, name, word]): Token => {
      if (literal !== undefined) return { kind: 'text', text };
      if (name !== undefined) return { kind: 'name', text };
      return { kind: word === undefined ? 'other' : 'word', text };
    })
    .map((token) =>
      /^\s+$|^--/.test(token.text) && token.kind === 'other' ? { ...token, text: ' ' } : token,
    );
}

const known = new Map<string, string>();

/** A query for PostgreSQL that answers what this one answers in SQLite. */
export function forPostgres(sql: string): string {
  const found = known.get(sql);
  if (found !== undefined) return found;
  const made = translate(tokensOf(sql)).trim();
  if (known.size < 1_000) known.set(sql, made);
  return made;
}

/** Words that PostgreSQL reserves and our columns have. */
const RESERVED = new Set(['window', 'offset', 'user']);

function translate(tokens: readonly Token[]): string {
  const parts: string[] = [];
  let parameters = 0;
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    const word = token.kind === 'word' ? token.text.toLowerCase() : '';
    if (token.kind === 'other' && token.text.startsWith('?')) {
      if (token.text === '?') parameters += 1;
      parts.push(`$${token.text === '?' ? parameters : token.text.slice(1)}`);
    } else if (word === 'order' && wordAfter(tokens, at) === 'by') {
      const end = endOfOrder(tokens, at);
      const whole = tokens.slice(indexOfWordAfter(tokens, at) + 1, end);
      const items = splitAtCommas(whole).map((item) => {
        const text = translateFrom(item, parameters);
        parameters = text.parameters;
        return withNulls(text.sql);
      });
      parts.push(`ORDER BY ${items.join(', ')} `);
      at = end - 1;
    } else if ((word === 'max' || word === 'min') && nextText(tokens, at) === '(') {
      const close = closing(tokens, at);
      const inside = tokens.slice(indexOfNext(tokens, at) + 1, close);
      const text = translateFrom(inside, parameters);
      parameters = text.parameters;
      const isScalar = splitAtCommas(inside).length > 1;
      const name = isScalar ? (word === 'max' ? 'GREATEST' : 'LEAST') : word;
      parts.push(`${name}(${text.sql})`);
      at = close;
    } else if (word === 'limit' && /^ ?-1/.test(textFrom(tokens, at + 1, 3))) {
      parts.push('OFFSET 0'); // keeps the query apart from the one around it, as there
      at = tokens.findIndex(({ text }, index) => index > at && text === '1');
    } else parts.push(inPlace(tokens, at, word, token));
  }
  return parts.join('');
}

function inPlace(tokens: readonly Token[], at: number, word: string, token: Token): string {
  if (word === 'cross' && isJoinedOn(tokens, at)) return ''; // the order of joins is left open
  if (word === 'glob') return '~@~';
  if (word === 'like') return 'ILIKE';
  if (word === 'char' && nextText(tokens, at) === '(') return 'chr';
  if (word === 'is') return comparison(tokens, at);
  if (word === 'not' && wordBefore(tokens, at) === 'is' && !isAfterIs(wordAfter(tokens, at)))
    return ''; // said by the IS before it
  if (word === 'integer' && wordBefore(tokens, at) === 'as') return 'bigint';
  if (RESERVED.has(word) && !isKeyword(tokens, at, word)) return `"${word}"`;
  return token.text;
}

/** SQLite takes a condition after CROSS JOIN, and keeps the order of the tables then. */
function isJoinedOn(tokens: readonly Token[], at: number): boolean {
  const words = tokens
    .slice(at + 1)
    .filter(({ kind }) => kind === 'word')
    .map(({ text }) => text.toLowerCase());
  const [first, ...rest] = words;
  // another join comes first: the condition is of that
  return first === 'join' && rest.find((one) => AFTER_JOINED.has(one)) === 'on';
}

const AFTER_JOINED = new Set([
  ...['on', 'where', 'group', 'order', 'limit'],
  ...['join', 'inner', 'left', 'cross'],
]);

/** IS and IS NOT compare values in SQLite; with NULL they are the same in both. */
function comparison(tokens: readonly Token[], at: number): string {
  const next = wordAfter(tokens, at);
  if (next !== 'not') return isAfterIs(next) ? 'IS' : 'IS NOT DISTINCT FROM';
  const then = wordAfter(tokens, indexOfWordAfter(tokens, at));
  return isAfterIs(then) ? 'IS' : 'IS DISTINCT FROM';
}

function isAfterIs(word: string): boolean {
  return ['null', 'true', 'false', 'distinct'].includes(word);
}

function isKeyword(tokens: readonly Token[], at: number, word: string): boolean {
  if (word !== 'offset') return false;
  return /^[\s]*[?\d(]/.test(textFrom(tokens, at + 1, 3));
}

function translateFrom(
  tokens: readonly Token[],
  parameters: number,
): { readonly sql: string; readonly parameters: number } {
  let count = parameters;
  const numbered = tokens.map((token) => {
    if (token.kind !== 'other' || token.text !== '?') return token;
    count += 1;
    return { ...token, text: `?${count}` };
  });
  return { sql: translate(numbered).trim(), parameters: count };
}

/** NULL comes first in SQLite, and last in a falling order. */
function withNulls(item: string): string {
  return /\bdesc$/i.test(item) ? `${item} NULLS LAST` : `${item} NULLS FIRST`;
}

const AFTER_ORDER = new Set(['limit', 'offset', 'union', 'range', 'rows', 'groups', 'for']);

/** The index of the first token behind the list of an ORDER BY. */
function endOfOrder(tokens: readonly Token[], from: number): number {
  let depth = 0;
  for (let at = from; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token?.text === '(') depth += 1;
    if (token?.text === ')' && token.kind === 'other') depth -= 1;
    const isEnd =
      depth === 0 && token?.kind === 'word' && AFTER_ORDER.has(token.text.toLowerCase());
    if (depth < 0 || isEnd) return at;
  }
  return tokens.length;
}

function splitAtCommas(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const items: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === 'other' && token.text === '(') depth += 1;
    if (token.kind === 'other' && token.text === ')') depth -= 1;
    if (depth === 0 && token.kind === 'other' && token.text === ',') items.push([]);
    else items.at(-1)?.push(token);
  }
  return items;
}

function closing(tokens: readonly Token[], from: number): number {
  let depth = 0;
  for (let at = from; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token?.kind !== 'other') continue;
    if (token.text === '(') depth += 1;
    if (token.text === ')') depth -= 1;
    if (token.text === ')' && depth === 0) return at;
  }
  return tokens.length;
}

function indexOfNext(tokens: readonly Token[], at: number): number {
  return tokens.findIndex(({ text }, index) => index > at && text !== ' ');
}

function nextText(tokens: readonly Token[], at: number): string {
  return tokens[indexOfNext(tokens, at)]?.text ?? '';
}

function indexOfWordAfter(tokens: readonly Token[], at: number): number {
  const next = indexOfNext(tokens, at);
  return tokens[next]?.kind === 'word' ? next : -1;
}

function wordAfter(tokens: readonly Token[], at: number): string {
  if (at < 0) return '';
  return tokens[indexOfWordAfter(tokens, at)]?.text.toLowerCase() ?? '';
}

function wordBefore(tokens: readonly Token[], at: number): string {
  const before = tokens.slice(0, at).findLast(({ text }) => text !== ' ');
  return before?.kind === 'word' ? before.text.toLowerCase() : '';
}

function textFrom(tokens: readonly Token[], at: number, count: number): string {
  return tokens
    .slice(at, at + count)
    .map(({ text }) => text)
    .join('');
}
