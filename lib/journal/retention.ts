import { lstatSync, renameSync } from 'node:fs';
import { basename } from 'node:path';
import {
  type FileKind,
  listFilesBelow,
  isRealFolder,
  type KeptItem,
  addForExcess,
} from '../core/file-keeper.ts';
import { namesIn } from '../core/files.ts';
import type { RowKind } from '../store/keeper.ts';
import { archiveFiles, indexOf } from './archive/archive-files.ts';
import { type ArchiveLimits, completeDays, findExcessDays } from './archive/prune-archive.ts';
import { type LogFile, logFiles } from './log/log-files.ts';
import { type LogLimits, findExcessLogs } from './log/prune-log.ts';
import { type AgedFile, selectExcess } from './select-excess.ts';

/**
 * Our own logs are rotated at this size; one old copy is kept. Event logs have limits of their own.
 */
const LOG_CAP_BYTES = 5 * 1024 * 1024;

const EVENTS = 'archive/events';

const TRANSCRIPTS = 'archive/transcripts';

/** Logs of workers and hooks, and watched logs. */
export const ownLogs: FileKind = {
  name: 'log',
  owns: /^log\/[^/]+\.log(?:\.1)?$/,
  folder: 'log',
  selectDeletable: (items, budget) => {
    const full = new Set(items.filter(isFull).map(({ path }) => `${path}.1`));
    const old = items.filter(({ path }) => path.endsWith('.1'));
    const replaced = old.filter(({ path }) => full.has(path));
    return addForExcess(replaced, old, budget);
  },
  tidy: (root) => {
    for (const item of listFilesBelow(root, 'log'))
      if (isFull(item)) renameSync(`${root}/${item.path}`, `${root}/${item.path}.1`);
  },
};

function isFull({ path, bytes }: KeptItem): boolean {
  return path.endsWith('.log') && bytes >= LOG_CAP_BYTES;
}

/** Each stored event as a line. The journal prunes them by the same limits. */
export function eventLogs(limits: LogLimits): FileKind {
  return {
    name: 'log/events',
    owns: /^log\/.+-events[^/]*\.jsonl(?:\.gz)?(?:\.part)?$/,
    folder: 'log',
    selectDeletable: (_items, budget, now, root) => {
      if (!isRealFolder(root, 'log')) return [];
      const complete = logFiles(`${root}/log`).filter(({ isComplete }) => isComplete);
      const surplus = findExcessLogs(`${root}/log`, limits, now);
      return addForExcess(surplus.map(logItem), complete.map(logItem), budget);
    },
  };
}

function logItem({ path, size, changedAt }: LogFile): KeptItem {
  return { path: `log/${basename(path)}`, bytes: size, at: changedAt };
}

/** Days of the archive, each with its index. The journal prunes them by the same limits. */
export function archivedEvents(limits: ArchiveLimits): FileKind {
  return {
    name: EVENTS,
    owns: /^archive\/(?!transcripts\/)/,
    folder: 'archive',
    selectDeletable: (_items, budget, now, root) => {
      if (!isRealFolder(root, EVENTS)) return [];
      const days = completeDays(archiveFiles(`${root}/${EVENTS}`)).map(dayItem);
      const surplus = findExcessDays(`${root}/${EVENTS}`, limits, now).map(dayItem);
      return addForExcess(surplus, days, budget).flatMap((day) => [
        ...partOfDay(root, day, day.path),
        ...partOfDay(root, day, indexOf(day.path)),
      ]);
    },
  };
}

/**
 * Transcripts of the client, one folder per session. Most exist nowhere else, so they are deleted
 * last of all files.
 */
export function archivedTranscripts(limits: ArchiveLimits): FileKind {
  return {
    name: TRANSCRIPTS,
    owns: /^archive\/transcripts\//,
    folder: TRANSCRIPTS,
    items: sessionArchives,
    selectDeletable: (items, budget, now) => {
      const surplus = new Set(
        selectExcess(
          items.map(({ path, bytes, at }) => ({ path, size: bytes, at })),
          { since: now - limits.keepMs, bytes: limits.bytes, beside: 0 },
        ).map(({ path }) => path),
      );
      return addForExcess(
        items.filter(({ path }) => surplus.has(path)),
        items,
        budget,
      );
    },
    isOfSessions: (path, sessions) => sessions.has(basename(path)),
  };
}

/** Lists archived sessions. A container has the time of its latest change. */
function sessionArchives(root: string): readonly KeptItem[] {
  if (!isRealFolder(root, TRANSCRIPTS)) return [];
  return namesIn(`${root}/${TRANSCRIPTS}`).flatMap((name) => {
    const path = `${TRANSCRIPTS}/${name}`;
    const found = lstatSync(`${root}/${path}`, { throwIfNoEntry: false });
    if (found?.isDirectory() !== true) return [];
    const files = listFilesBelow(root, path);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const at = files.reduce((latest, file) => Math.max(latest, file.at), 0) || found.mtimeMs;
    return [{ path, bytes, at, changedAt: found.mtimeMs, isFolder: true }];
  });
}

function dayItem({ path, size, at }: AgedFile): KeptItem {
  return { path: `${EVENTS}/${basename(path)}`, bytes: size, at };
}

function partOfDay(root: string, { at }: KeptItem, path: string): readonly KeptItem[] {
  const found = lstatSync(`${root}/${path}`, { throwIfNoEntry: false });
  return found?.isFile() === true
    ? [{ path, at, bytes: found.size, changedAt: found.mtimeMs }]
    : [];
}

/** How far files of events were written. */
export const eventFileRows: RowKind = {
  name: 'event-files',
  tables: ['event_files', 'event_sinks'],
  neverByAge: {
    event_files: 'one row per file of events; goes with the file',
    event_sinks: 'one row per sink',
  },
  deletions: () => [],
};
