import { readFileSync, writeFileSync } from 'node:fs';
import { reasonOf, WaymarkError } from '../core/errors.ts';
import { isJsonObject, type JsonObject, parseJsonObject } from '../core/json.ts';
import {
  requireKnownFormat,
  KNOWLEDGE_FORMAT,
  parseKnowledge,
} from '../features/failure/knowledge-entry.ts';
import { type FailureFilter, readKnowledgeFile } from '../query/failures.ts';
import type { ActionContext } from './action-context.ts';
import { changeByEvents } from './change-by-events.ts';
import { PATTERN_CHANGED } from './change-patterns.ts';

/** What to export, and where to. */
export interface FailureExportRequest extends Pick<FailureFilter, 'project'> {
  /** Absolute path; replaced if it exists. */
  readonly file: string;
}

/** What to import. */
export interface FailureImportRequest {
  /** Absolute path of a file that an export wrote; `-` for standard input. */
  readonly file: string;
  /** Lets the knowledge hold in every project, not only under the paths that it names. */
  readonly everywhere: boolean;
}

export interface FailureImportResult {
  readonly imported: number;
  /** Whether the store has it now; else it waits in the queue for a worker. */
  readonly stored: boolean;
}

/**
 * Writes what is known of failures into a file.
 * @returns how many patterns.
 * @throws {@link WaymarkError} USAGE when the file cannot be written.
 */
export async function exportFailures(
  { folder, clock }: ActionContext,
  { file, ...filter }: FailureExportRequest,
): Promise<number> {
  const known = await readKnowledgeFile(folder, filter, clock());
  try {
    writeFileSync(file, `${JSON.stringify(known, null, 2)}\n`, { mode: 0o600 });
  } catch (error) {
    throw new WaymarkError('USAGE', `Cannot write ${file}: ${reasonOf(error)}`, {
      cause: error,
      remedy: 'Check the path.',
    });
  }
  return known.patterns.length;
}

/**
 * Adds what another store learned, and waits until this store has it. All of the file is checked
 * before any of it is sent.
 * @throws {@link WaymarkError} KNOWLEDGE_INVALID, KNOWLEDGE_TOO_NEW, QUEUE_FULL,
 * QUEUE_WRITE_FAILED.
 */
export async function importFailures(
  actionContext: ActionContext,
  order: FailureImportRequest,
): Promise<FailureImportResult> {
  const changes = changesIn(order);
  const stored = await changeByEvents(actionContext, PATTERN_CHANGED, changes);
  return { imported: changes.length, stored };
}

function changesIn({ file, everywhere }: FailureImportRequest): readonly JsonObject[] {
  const content = parseJsonObject(readText(file));
  if (content === undefined) throw invalid(file, 'it is not a JSON object');
  requireKnownFormat(content['format']);
  const patterns: unknown = content['patterns'];
  if (!Array.isArray(patterns)) throw invalid(file, 'it has no list of patterns');
  return patterns.map((found: unknown) => {
    const { id, ...imported } = parseKnowledge(isJsonObject(found) ? found : {}, content['format']);
    return {
      pattern_id: id,
      format: KNOWLEDGE_FORMAT,
      imported: { ...imported, ...(everywhere ? { scope: 'global' } : {}) },
    };
  });
}

function invalid(file: string, reason: string): WaymarkError {
  return new WaymarkError('KNOWLEDGE_INVALID', `Cannot import ${file}: ${reason}`);
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new WaymarkError('KNOWLEDGE_INVALID', `Cannot read ${file}: ${reasonOf(error)}`, {
      cause: error,
      remedy: 'Check the path.',
    });
  }
}
