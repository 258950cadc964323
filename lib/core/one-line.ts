/**
 * Characters that move the cursor or start a sequence: C0, DEL, C1, and line and paragraph
 * separators.
 */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/**
 * Invisible characters that change or hide text: direction marks, zero-width characters, joiners,
 * fillers, variation selectors, annotations and tag characters.
 */
const INVISIBLE =
  /[\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|\u034f|[\u17b4\u17b5]|[\u180b-\u180f]|[\ufe00-\ufe0f]|\udb40[\udc00-\udfff]/g;

/**
 * Puts `text` on one line. Replaces line breaks and other control characters with spaces and
 * removes invisible characters, so that recorded text can neither move the cursor nor reorder a
 * line.
 */
export function oneLine(text: string): string {
  return withoutMarks(text).replace(/ {2,}/g, ' ').trim();
}

/** As {@link oneLine}, but keeps line breaks and spaces. */
export function plainLines(text: string): string {
  return text.split('\n').map(withoutMarks).join('\n');
}

/** The colours that our own texts use. */
const COLOUR = /(\u001b\[(?:[0-4]|2[2-9]|3[0-9])m)/;

/**
 * Makes any text safe for a terminal. Removes what {@link oneLine} removes, except line breaks and,
 * on request, our colours.
 */
export function terminalText(text: string, hasColour: boolean): string {
  if (!hasColour) return plainLines(text);
  return text
    .split(COLOUR)
    .map((part) => (COLOUR.test(part) ? part : plainLines(part)))
    .join('');
}

/**
 * Escapes in JSON every character that {@link oneLine} removes: the same value, safe for a
 * terminal. Of text that is not JSON, only line breaks stay.
 */
export function plainJson(json: string): string {
  return json
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/g, escaped)
    .replace(INVISIBLE, escapedUnits);
}

function withoutMarks(text: string): string {
  return text.replace(CONTROL, ' ').replace(INVISIBLE, '');
}

/** Characters beyond the BMP have two UTF-16 units. */
function escapedUnits(sign: string): string {
  return sign.split('').map(escaped).join('');
}

function escaped(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
