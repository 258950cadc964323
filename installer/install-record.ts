import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { parseJsonObject, stringField, type JsonObject } from '../lib/core/json.ts';
import { replaceFile } from '../lib/core/replace-file.ts';
import { makePrivateFolder } from '../lib/core/state-folder.ts';

/** What is remembered of one settings file, so that uninstalling can give back what was there. */
export interface InstallRecord {
  /** With links followed. */
  readonly file: string;
  /** Its folder, as Claude Code names it; absent in records of earlier versions. */
  readonly place?: string | undefined;
  /** Whether there was a file before. */
  readonly existed: boolean;
  /**
   * Byte copy of the file as it was before; absent when there was none, or when another program
   * changed the file in between.
   */
  readonly firstBackup?: string;
  /** Of what was written last; absent as `firstBackup` is. */
  readonly sha256?: string;
  /** Folders that were made for the file, outermost first. */
  readonly madeFolders: readonly string[];
  /** Hooks that were installed, by name. */
  readonly names: readonly string[];
  /** Chosen features; absent while all are installed. */
  readonly features?: readonly string[] | undefined;
  /** Whether our status line is wanted. */
  readonly statusLine?: boolean | undefined;
  /** The status line that was there before ours, byte for byte. */
  readonly ownStatusLine?: string | undefined;
}

/** The folder of records and backups. */
function recordFolder(stateRoot: string): string {
  return `${stateRoot}/install`;
}

/** Path of the record and, without its ending, of the backups of one settings file. */
export function recordStem(stateRoot: string, file: string): string {
  return `${recordFolder(stateRoot)}/${sha256(file).slice(0, 16)}`;
}

/** The record of `file`, or `undefined` without a readable one. */
export function readRecord(stateRoot: string, file: string): InstallRecord | undefined {
  return readRecordFile(`${recordStem(stateRoot, file)}.json`);
}

/** All records of this state folder. */
export function listRecords(stateRoot: string): readonly InstallRecord[] {
  const folder = recordFolder(stateRoot);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return files.flatMap((name) => readRecordFile(`${folder}/${name}`) ?? []);
}

/** Replaces the record of `record.file`. */
export function writeRecord(stateRoot: string, record: InstallRecord): void {
  makePrivateFolder(recordFolder(stateRoot));
  replaceFile(
    `${recordStem(stateRoot, record.file)}.json`,
    `${JSON.stringify(record, null, 2)}\n`,
    { mode: 0o600 },
  );
}

/** Forgets `file`; its dated backups stay. */
export function removeRecord(stateRoot: string, file: string): void {
  const stem = recordStem(stateRoot, file);
  rmSync(`${stem}.json`, { force: true });
  rmSync(`${stem}.first-backup`, { force: true });
}

/** Hexadecimal. */
export function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function readRecordFile(path: string): InstallRecord | undefined {
  const found = existsSync(path) ? parseJsonObject(readFileSync(path, 'utf8')) : undefined;
  const file = found === undefined ? undefined : stringField(found, 'file');
  if (found === undefined || file === undefined) return undefined;
  const firstBackup = stringField(found, 'firstBackup');
  const hash = stringField(found, 'sha256');
  const place = stringField(found, 'place');
  return {
    file,
    ...(place === undefined ? {} : { place }),
    existed: found['existed'] !== false,
    ...(firstBackup === undefined ? {} : { firstBackup }),
    ...(hash === undefined ? {} : { sha256: hash }),
    madeFolders: texts(found, 'madeFolders'),
    names: texts(found, 'names'),
    ...(Array.isArray(found['features']) ? { features: texts(found, 'features') } : {}),
    ...(typeof found['statusLine'] === 'boolean' ? { statusLine: found['statusLine'] } : {}),
    ...(typeof found['ownStatusLine'] === 'string'
      ? { ownStatusLine: found['ownStatusLine'] }
      : {}),
  };
}

function texts(object: JsonObject, key: string): readonly string[] {
  const list = object[key];
  return Array.isArray(list) ? list.filter((part): part is string => typeof part === 'string') : [];
}
