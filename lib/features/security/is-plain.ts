import type { EventEnvelope } from '../../core/envelope.ts';
import { hasSecretName, redactTokens, TEXT_GAP } from '../../core/redact.ts';
import { isJsonObject } from '../../core/json.ts';
import { MAX_DEPTH } from './map-strings.ts';
import { mayHoldSecret } from './prefilter.ts';

interface Collected {
  readonly texts: string[];
  readonly names: string[];
}

/** Whether a look at all texts of the event as one finds nothing to take out: what most events pay, a third of going through them one by one. */
export function isPlain(event: EventEnvelope): boolean {
  const { source, correlation_id: correlation, metadata, payload } = event;
  const found: Collected = { texts: [source, correlation ?? '', metadata?.master ?? '', ...(metadata?.tags ?? [])], names: [] };
  if (!collect(payload, found, 0) || hasSecretName(found.names.join('\n'))) return false;
  const text = [...found.names, ...found.texts].join(TEXT_GAP);
  return !mayHoldSecret(text) && redactTokens(text) === text;
}

/** Gathers the texts and field names below `value`; false when it is nested too deep to be walked. */
function collect(value: unknown, found: Collected, depth: number): boolean {
  if (typeof value === 'string') found.texts.push(value);
  else if (Array.isArray(value)) return depth <= MAX_DEPTH && value.every((item) => collect(item, found, depth + 1));
  else if (isJsonObject(value)) {
    if (depth > MAX_DEPTH) return false;
    for (const name in value) {
      found.names.push(name);
      if (!collect(value[name], found, depth + 1)) return false;
    }
  }
  return true;
}
