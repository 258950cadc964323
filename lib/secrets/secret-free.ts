import type { EventEnvelope } from '../events/envelope.ts';
import { hasSecretName, redactTokens, TEXT_GAP } from './redact.ts';
import { isJsonObject } from '../core/json.ts';
import { MAX_DEPTH } from './map-strings.ts';

/**
 * Caches what earlier events proved to be free of secrets. Names and texts are separate, because a
 * name may say that its value is a secret.
 */
export interface SecretFreeCache {
  readonly names: TextCache;
  readonly texts: TextCache;
}

/** Makes an empty cache. */
export function makeSecretFreeCache(): SecretFreeCache {
  return { names: makeTextCache(), texts: makeTextCache() };
}

interface Collected {
  readonly known: SecretFreeCache;
  readonly texts: string[];
  readonly names: string[];
}

/** Most characters that are checked as one text. */
const MAX_TOGETHER = 65_536;

/**
 * Whether one check of all texts of the event finds no secret. Most events need only this: a third
 * of the cost of checking each text.
 */
export function isSecretFree(
  event: EventEnvelope,
  known: SecretFreeCache = makeSecretFreeCache(),
): boolean {
  const found: Collected = { known, texts: [], names: [] };
  return collectEvent(event, found) && isTextSecretFree(found);
}

/**
 * Whether one check of a whole batch finds no secret. If it finds one, or the batch is too large,
 * each event is checked alone.
 */
export function areSecretFree(events: readonly EventEnvelope[], known: SecretFreeCache): boolean {
  const found: Collected = { known, texts: [], names: [] };
  if (!events.every((event) => collectEvent(event, found))) return false;
  const length = found.texts.reduce((sum, text) => sum + text.length, 0);
  return length <= MAX_TOGETHER && isTextSecretFree(found);
}

function isTextSecretFree({ known, names, texts }: Collected): boolean {
  if (names.length > 0 && hasSecretName(names.join('\n'))) return false;
  const text = [...names, ...texts].join(TEXT_GAP);
  if (text !== '' && redactTokens(text) !== text) return false;
  for (const name of names) known.names.add(name);
  for (const seen of texts) known.texts.add(seen);
  return true;
}

/**
 * Collects the texts and field names that are not cached yet. Returns false if the payload is
 * nested too deep.
 */
function collectEvent(
  { source, correlation_id: correlation, metadata, payload }: EventEnvelope,
  found: Collected,
): boolean {
  addText(source, found);
  if (correlation !== undefined) addText(correlation, found);
  if (metadata?.master !== undefined) addText(metadata.master, found);
  for (const tag of metadata?.tags ?? []) addText(tag, found);
  return collect(payload, found, 0);
}

function collect(value: unknown, found: Collected, depth: number): boolean {
  if (typeof value === 'string') addText(value, found);
  else if (Array.isArray(value))
    return depth <= MAX_DEPTH && value.every((item) => collect(item, found, depth + 1));
  else if (isJsonObject(value)) {
    if (depth > MAX_DEPTH) return false;
    for (const name in value) {
      if (!found.known.names.has(name)) found.names.push(name);
      if (!collect(value[name], found, depth + 1)) return false;
    }
  }
  return true;
}

function addText(text: string, found: Collected): void {
  if (!found.known.texts.has(text)) found.texts.push(text);
}

/** A cache of texts without secrets. Paths, ids and names recur in nearly every event. */
export interface TextCache {
  has(text: string): boolean;
  add(text: string): void;
}

/** Longer texts seldom recur. */
const LONGEST = 160;

/** Makes a cache of the `size` texts used last, or up to twice as many. */
export function makeTextCache(size = 1_000): TextCache {
  let young = new Set<string>();
  let old = new Set<string>();
  const add = (text: string): void => {
    if (text.length > LONGEST) return;
    if (young.size >= size) [old, young] = [young, new Set()];
    young.add(text);
  };
  return {
    add,
    has(text) {
      if (young.has(text)) return true;
      if (!old.has(text)) return false;
      add(text);
      return true;
    },
  };
}
