import { type FindFilter, SCOPES } from './find-filter.ts';
import { buildPhraseQuery, buildWordQuery, markQuery, type Term } from './parse-query.ts';
import { KINDS } from './table.ts';
import type { WordTable } from './table-words.ts';
import { FAILED_MARK, folderMark, kindMark } from './write.ts';

/** A question to one table of words. */
export interface PartQuery {
  readonly table: WordTable;
  readonly text: string;
  readonly isCertain: boolean;
}

/**
 * The questions to each part of the index; a scope that is a kind of document asks for its mark.
 */
export function queriesFor(
  terms: readonly Term[],
  { scopes = SCOPES }: FindFilter,
  marks: readonly string[],
): readonly PartQuery[] {
  const phrases = buildPhraseQuery(terms);
  const all = (...parts: readonly string[]): string => [...parts, ...marks].join(' AND ');
  const kinds = KINDS.filter((kind) => scopes.includes(`${kind}s`));
  const said = (text: string): PartQuery => ({ table: 'said', text, isCertain: true });
  const queries: PartQuery[] = [];
  const isWhole = kinds.length === KINDS.length;
  if (isWhole && scopes.includes('errors')) queries.push(said(all(`(${phrases})`)));
  else {
    const ofKind = `(${kinds.map((kind) => markQuery(kindMark(kind))).join(' OR ')})`;
    if (kinds.length > 0)
      queries.push(said(all(`{main} : (${phrases})`, ...(isWhole ? [] : [ofKind]))));
    if (scopes.includes('errors')) queries.push(said(all(`{error} : (${phrases})`)));
  }
  if (scopes.includes('outputs'))
    queries.push({ table: 'seen', text: all(`(${buildWordQuery(terms)})`), isCertain: false });
  return queries;
}

/** What documents must be marked with, in the form of a question. */
export function marksOf(
  { failedOnly }: FindFilter,
  folders: readonly number[] | undefined,
): readonly string[] {
  return [
    ...(failedOnly === true ? [markQuery(FAILED_MARK)] : []),
    ...(folders === undefined
      ? []
      : [`(${folders.map((folder) => markQuery(folderMark(folder))).join(' OR ')})`]),
  ];
}
