import { readFileSync } from 'node:fs';
import { isoTime } from '../../core/clock.ts';
import { reasonOf, WaymarkError } from '../../core/errors.ts';
import { isJsonObject, type JsonObject, parseJsonObject } from '../../core/json.ts';
import { packageVersion } from '../../core/package-folder.ts';
import {
  checkFormat,
  KNOWLEDGE_FORMAT,
  type KnowledgeEntry,
  readKnowledge,
} from '../../features/failure/knowledge-entry.ts';
import type { StoredPattern } from '../../features/failure/stored-patterns.ts';

/** What `failures export` writes. */
export interface KnowledgeFile {
  readonly format: typeof KNOWLEDGE_FORMAT;
  readonly waymark: string;
  readonly exportedAt: string;
  readonly patterns: readonly KnowledgeEntry[];
}

export function knowledgeFile(patterns: readonly StoredPattern[], now: number): KnowledgeFile {
  return {
    format: KNOWLEDGE_FORMAT,
    waymark: packageVersion(),
    exportedAt: isoTime(now),
    patterns: patterns.map(entryOf),
  };
}

/**
 * The changes that bring in what a file holds. All of it is checked before any of it is sent.
 * @param everywhere Takes what it says for every project. @throws {@link WaymarkError} KNOWLEDGE_INVALID, KNOWLEDGE_TOO_NEW
 */
export function readKnowledgeFile(file: string, everywhere: boolean): readonly JsonObject[] {
  const content = parseJsonObject(textOf(file));
  if (content === undefined)
    throw new WaymarkError('KNOWLEDGE_INVALID', `Cannot import ${file}: it is not a JSON object`);
  checkFormat(content['format']);
  const patterns: unknown = content['patterns'];
  if (!Array.isArray(patterns))
    throw new WaymarkError(
      'KNOWLEDGE_INVALID',
      `Cannot import ${file}: it has no list of patterns`,
    );
  return patterns.map((found: unknown) => {
    const { id, ...imported } = readKnowledge(isJsonObject(found) ? found : {}, content['format']);
    return {
      pattern_id: id,
      format: KNOWLEDGE_FORMAT,
      imported: { ...imported, ...(everywhere ? { scope: 'global' } : {}) },
    };
  });
}

function textOf(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new WaymarkError('KNOWLEDGE_INVALID', `Cannot read ${file}: ${reasonOf(error)}`, {
      cause: error,
      remedy: 'Check the path.',
    });
  }
}

function entryOf({
  key,
  command,
  needle,
  isGeneral,
  chosenAt,
  pattern,
}: StoredPattern): KnowledgeEntry {
  const {
    id,
    tool,
    error,
    kind,
    scope,
    count,
    sessions,
    lastError,
    lastCommand,
    projects,
    failed,
    fix,
  } = pattern;
  return {
    ...{
      id,
      key,
      tool,
      command,
      error,
      kind,
      needle,
      isGeneral,
      scope,
      count,
      sessions,
      lastError,
      lastCommand,
      projects,
      fix,
    },
    firstSeen: isoTime(pattern.firstAt),
    lastSeen: isoTime(pattern.lastAt),
    failed: failed.map(({ exact, at }) => ({ exact, at })),
    action: pattern.isSet ? pattern.action : null,
    actionAt: chosenAt === null ? null : isoTime(chosenAt),
  };
}
