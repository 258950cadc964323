import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import {
  prepareSteps,
  pathsBelow,
  type PrepareRequest,
} from '../../lib/snapshots/restore/prepare.ts';
import type { JournalPlan } from '../../lib/snapshots/restore/journal.ts';
import {
  pathBytes,
  type PathState,
  type PathStates,
} from '../../lib/snapshots/restore/path-state.ts';
import { readRootIdentity } from '../../lib/snapshots/restore/apply-restore.ts';
import type { BlobReader } from '../../lib/snapshots/restore/stage-drafts.ts';

/** What a test puts at a path: a file with its mode, or a link. */
export type Leaf = { readonly text: string; readonly mode: number } | { readonly link: string };

/** Files and links by their path. */
export type Tree = Readonly<Record<string, Leaf>>;

/** Contents by the name that git gives them. */
export type Contents = Map<string, Buffer>;

/** Puts `tree` into `root` and nothing else. */
export function plant(root: string, tree: Tree): void {
  for (const name of readdirSync(root)) rmSync(`${root}/${name}`, { recursive: true });
  for (const [path, leaf] of Object.entries(tree)) put(root, path, leaf);
}

export function put(root: string, path: string, leaf: Leaf): void {
  const at = `${root}/${path}`;
  mkdirSync(dirname(at), { recursive: true });
  rmSync(at, { recursive: true, force: true });
  if ('link' in leaf) symlinkSync(leaf.link, at);
  else {
    writeFileSync(at, leaf.text);
    chmodSync(at, leaf.mode);
  }
}

/** Everything below `root` as a snapshot has it; contents go into `contents`. */
export function shoot(root: string, contents: Contents, folder = ''): PathStates {
  const states = new Map<string, PathState>();
  for (const name of readdirSync(placeOf(root, folder), { encoding: 'latin1' })) {
    const path = folder === '' ? name : `${folder}/${name}`;
    const at = placeOf(root, path);
    const found = lstatSync(at, { bigint: true });
    if (found.isDirectory())
      for (const [inner, state] of shoot(root, contents, path)) states.set(inner, state);
    else {
      const bytes = found.isSymbolicLink()
        ? readlinkSync(at, { encoding: 'buffer' })
        : readFileSync(at);
      const oid = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
      contents.set(oid, bytes);
      const mtimeNs = String(found.mtimeNs);
      if (found.isSymbolicLink()) states.set(path, { kind: 'link', oid, mtimeNs });
      else states.set(path, { kind: 'file', oid, mtimeNs, mode: Number(found.mode & 0o7777n) });
    }
  }
  return states;
}

function placeOf(root: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(`${root}/`), pathBytes(path)]);
}

/** States with times as exact as a file can be given one. */
export function comparable(states: PathStates): Readonly<Record<string, unknown>> {
  const rows = [...states].map(([path, state]) => [
    path,
    'mtimeNs' in state && state.mtimeNs !== undefined
      ? { ...state, mtimeNs: String(BigInt(state.mtimeNs) / 1000n) }
      : state,
  ]);
  return Object.fromEntries(rows.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
}

export function readerOf(contents: Contents): BlobReader {
  return async function* read(oids) {
    for (const oid of oids) {
      const bytes = contents.get(oid);
      if (bytes === undefined) throw new Error(`no object ${oid}`);
      yield [oid, bytes];
    }
  };
}

/** The plan for the journal, with nothing in its way. */
export function journalPlan(request: PrepareRequest, undoes: string | null = null): JournalPlan {
  const { obstacles, ...prepared } = prepareSteps(request);
  if (obstacles.length > 0) throw new Error(JSON.stringify(obstacles));
  return {
    ...{ format: 1, at: 0, root: request.root, rootIdentity: readRootIdentity(request.root) },
    ...{ target: 'target', present: 'present', undoes, mark: request.mark, ...prepared },
  };
}

export function onDiskIn(root: string): (path: string) => readonly string[] | undefined {
  return (path) => pathsBelow(root, path);
}
