import { type JsonObject, objectField, stringField } from '../../core/json.ts';

/** A block that is neither text nor a call: what it is and its size as JSON, in bytes. */
export type BlockStub =
  | {
      readonly kind: 'image';
      readonly what: string;
      readonly bytes: number;
      /** Itself as a `data:` address, where a browser can show it. */
      readonly picture?: string;
    }
  /** Of a kind that is not known. */
  | { readonly kind: 'unknown'; readonly what: string; readonly bytes: number };

/** Longest picture that is kept, in letters of base64: 3 MB of it. */
const MAX_LETTERS = 4 << 20;

/**
 * How a picture of each kind begins, in base64. No kind that can hold a script or a link, such as
 * SVG.
 */
const BEGINNINGS: Readonly<Record<string, RegExp>> = {
  'image/png': /^iVBORw0KGg/,
  'image/jpeg': /^\/9j\//,
  'image/gif': /^R0lGOD/,
  'image/webp': /^UklGR/,
};

/** What is shown of a block that a conversation has no words for. */
export function describeBlock(block: JsonObject): BlockStub {
  const bytes = sizeOf(block);
  const type = (stringField(block, 'type') ?? 'block').slice(0, 40);
  const what = stringField(objectField(block, 'source'), 'media_type')?.slice(0, 40) ?? type;
  if (type !== 'image') return { kind: 'unknown', what, bytes };
  const picture = pictureIn(block);
  return { kind: 'image', what, bytes, ...(picture === undefined ? {} : { picture }) };
}

/** As JSON; 0 for what is nested so deeply that it cannot be written. */
function sizeOf(block: JsonObject): number {
  try {
    return JSON.stringify(block).length;
  } catch {
    return 0;
  }
}

function pictureIn(block: JsonObject): string | undefined {
  const source = objectField(block, 'source');
  const media = stringField(source, 'media_type') ?? '';
  const data = stringField(source, 'data') ?? '';
  const beginning = Object.hasOwn(BEGINNINGS, media) ? BEGINNINGS[media] : undefined;
  if (source['type'] !== 'base64' || beginning?.test(data) !== true) return undefined;
  const isWhole = data.length <= MAX_LETTERS && /^[A-Za-z0-9+/]+={0,2}$/.test(data);
  return isWhole ? `data:${media};base64,${data}` : undefined;
}
