import type { EventEnvelope } from '../events/envelope.ts';
import { hasSecretName, redactTokens, TEXT_GAP } from './redact.ts';
import { isJsonObject } from '../core/json.ts';
import { MAX_DEPTH } from './map-strings.ts';

/** What earlier events have shown to be plain, names and texts apart: a name may say that its value is a secret. */
export interface PlainKnowledge {
  readonly names: PlainMemory;
  readonly texts: PlainMemory;
}

/** Nothing known yet. */
export function plainKnowledge(): PlainKnowledge {
  return { names: plainMemory(), texts: plainMemory() };
}

interface Collected {
  readonly known: PlainKnowledge;
  readonly texts: string[];
  readonly names: string[];
}

/** More text than this is not looked at as one, in characters. */
const MOST_TOGETHER = 65_536;

/** Whether a look at all texts of the event as one finds nothing to take out: what most events pay, a third of going through them one by one. */
export function isPlain(event: EventEnvelope, known: PlainKnowledge = plainKnowledge()): boolean {
  const found: Collected = { known, texts: [], names: [] };
  return collectEvent(event, found) && isAllPlain(found);
}

/** Whether one look at a whole batch finds nothing. Where it does, or where that is too much to look at, each event is looked at alone. */
export function arePlain(events: readonly EventEnvelope[], known: PlainKnowledge): boolean {
  const found: Collected = { known, texts: [], names: [] };
  if (!events.every((event) => collectEvent(event, found))) return false;
  const length = found.texts.reduce((sum, text) => sum + text.length, 0);
  return length <= MOST_TOGETHER && isAllPlain(found);
}

function isAllPlain({ known, names, texts }: Collected): boolean {
  if (names.length > 0 && hasSecretName(names.join('\n'))) return false;
  const text = [...names, ...texts].join(TEXT_GAP);
  if (text !== '' && redactTokens(text) !== text) return false;
  for (const name of names) known.names.add(name);
  for (const seen of texts) known.texts.add(seen);
  return true;
}

/** Gathers what is not known yet of the texts and field names; false when the payload is nested too deep to be walked. */
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

/** Texts of which is known that nothing has to be taken out of them: paths, ids and names come again with nearly every event. */
export interface PlainMemory {
  has(text: string): boolean;
  add(text: string): void;
}

/** Longer texts seldom come twice. */
const LONGEST = 160;

/** Remembers the `size` texts that were used last, or up to twice as many. */
export function plainMemory(size = 1_000): PlainMemory {
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
