/** A JSON object whose fields were not checked yet. */
export type JsonObject = { readonly [key: string]: unknown };

/** Narrows a parsed value to a plain JSON object (not null, not an array). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Removes the byte order mark that some programs write first. JSON and all our formats start after
 * it.
 */
export function stripByteOrderMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

/**
 * Parses a JSON text. Returns `undefined` if it is not JSON. Accepts a leading byte order mark.
 * Never throws.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(stripByteOrderMark(text));
  } catch {
    return undefined;
  }
}

/**
 * Parses the object in `text`. Returns `undefined` if it is not JSON or not an object. Never
 * throws.
 */
export function parseJsonObject(text: string): JsonObject | undefined {
  const value = parseJson(text);
  return isJsonObject(value) ? value : undefined;
}

/** Returns a string field, or `undefined` if it is missing, empty or of another type. */
export function stringField(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Returns a finite number field, or `undefined`. */
export function numberField(object: JsonObject, key: string): number | undefined {
  const value = object[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Returns an object field, or an empty object. */
export function objectField(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isJsonObject(value) ? value : {};
}
