import { lstatSync, renameSync } from 'node:fs';
import { basename } from 'node:path';
import {
  type FileKind,
  filesBelow,
  isRealFolder,
  type KeptItem,
  withExcess,
} from '../core/file-keeper.ts';
import { namesIn } from '../core/files.ts';
import type { RowKind } from '../store/keeper.ts';
import { archiveFiles, indexOf } from './archive/archive-files.ts';
import { type ArchiveLimits, completeDays, surplusDays } from './archive/prune-archive.ts';
import { type LogFile, logFiles } from './log/log-files.ts';
import { type LogLimits, surplusLogs } from './log/prune-log.ts';
import { type AgedFile, tooMuch } from './too-much.ts';

/** Our own logs are turned over at this size; one old copy of each is kept. Those of events have their own limits. */
const LOG_CAP_BYTES = 5 * 1024 * 1024;

const EVENTS = 'archive/events';

const TRANSCRIPTS = 'archive/transcripts';

/** Logs of workers and hooks, and logs that are watched. */
export const ownLogs: FileKind = {
  name: 'log',
  owns: /^log\/[^/]+\.log(?:\.1)?$/,
  folder: 'log',
  doomed: (items, budget) => {
    const full = new Set(items.filter(isFull).map(({ path }) => `${path}.1`));
    const old = items.filter(({ path }) => path.endsWith('.1'));
    const replaced = old.filter(({ path }) => full.has(path));
    return withExcess(replaced, old, budget);
  },
  tidy: (root) => {
    for (const item of filesBelow(root, 'log'))
      if (isFull(item)) renameSync(`${root}/${item.path}`, `${root}/${item.path}.1`);
  },
};

function isFull({ path, bytes }: KeptItem): boolean {
  return path.endsWith('.log') && bytes >= LOG_CAP_BYTES;
}

/** Each stored event as a line, once more. The journal prunes them by the same limits. */
export function eventLogs(limits: LogLimits): FileKind {
  return {
    name: 'log/events',
    owns: /^log\/.+-events[^/]*\.jsonl(?:\.gz)?(?:\.part)?$/,
    folder: 'log',
    doomed: (_items, budget, now, root) => {
      if (!isRealFolder(root, 'log')) return [];
      const complete = logFiles(`${root}/log`).filter(({ isComplete }) => isComplete);
      const surplus = surplusLogs(`${root}/log`, limits, now);
      return withExcess(surplus.map(logItem), complete.map(logItem), budget);
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
    doomed: (_items, budget, now, root) => {
      if (!isRealFolder(root, EVENTS)) return [];
      const days = completeDays(archiveFiles(`${root}/${EVENTS}`)).map(dayItem);
      const surplus = surplusDays(`${root}/${EVENTS}`, limits, now).map(dayItem);
      return withExcess(surplus, days, budget).flatMap((day) => [
        ...partOfDay(root, day, day.path),
        ...partOfDay(root, day, indexOf(day.path)),
      ]);
    },
  };
}

/** Transcripts of the client, a folder for each session. The archive is all that is left of most: they go last of all files. */
export function archivedTranscripts(limits: ArchiveLimits): FileKind {
  return {
    name: TRANSCRIPTS,
    owns: /^archive\/transcripts\//,
    folder: TRANSCRIPTS,
    items: sessionArchives,
    doomed: (items, budget, now) => {
      const surplus = new Set(
        tooMuch(
          items.map(({ path, bytes, at }) => ({ path, size: bytes, at })),
          { since: now - limits.keepMs, bytes: limits.bytes, beside: 0 },
        ).map(({ path }) => path),
      );
      return withExcess(
        items.filter(({ path }) => surplus.has(path)),
        items,
        budget,
      );
    },
    isOf: (path, session) => path === `${TRANSCRIPTS}/${session}`,
  };
}

/** A container has the time of the latest change that it contains. */
function sessionArchives(root: string): readonly KeptItem[] {
  if (!isRealFolder(root, TRANSCRIPTS)) return [];
  return namesIn(`${root}/${TRANSCRIPTS}`).flatMap((name) => {
    const path = `${TRANSCRIPTS}/${name}`;
    const found = lstatSync(`${root}/${path}`, { throwIfNoEntry: false });
    if (found?.isDirectory() !== true) return [];
    const files = filesBelow(root, path);
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
  staying: {
    event_files: 'one row per file of events; goes with the file',
    event_sinks: 'one row per sink',
  },
  deletions: () => [],
};
