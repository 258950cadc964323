/** What moves the cursor or starts a sequence: C0, DEL, C1, and the line and paragraph separators. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/**
 * What is not seen but changes what is: marks of direction, of no width, of joining, fillers, selectors of a variant, annotations, and tag characters. Text can be hidden
 * in most of them.
 */
const INVISIBLE =
  /[\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|\u034f|[\u17b4\u17b5]|[\u180b-\u180f]|[\ufe00-\ufe0f]|\udb40[\udc00-\udfff]/g;

/**
 * `text` on one line: line breaks and other control characters become spaces, and marks that cannot be seen go, so that nothing recorded can move the cursor or
 * turn the text around.
 */
export function oneLine(text: string): string {
  return withoutMarks(text).replace(/ {2,}/g, ' ').trim();
}

/** The same for text of several lines, which stay, as do their spaces. */
export function plainLines(text: string): string {
  return text.split('\n').map(withoutMarks).join('\n');
}

/** The colours of our own texts. */
const COLOUR = /(\u001b\[(?:[0-4]|2[2-9]|3[0-9])m)/;

/**
 * Text for a terminal, whatever it was put together from: of all that {@link oneLine} takes away, line breaks alone stay, and, on request, our colours.
 */
export function terminalText(text: string, hasColour: boolean): string {
  if (!hasColour) return plainLines(text);
  return text
    .split(COLOUR)
    .map((part) => (COLOUR.test(part) ? part : plainLines(part)))
    .join('');
}

/**
 * JSON in which every character that {@link oneLine} takes away is escaped: it says the same, and harms no terminal. Of text that is no JSON line breaks alone stay as they are.
 */
export function plainJson(json: string): string {
  return json
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/g, escaped)
    .replace(INVISIBLE, escapedUnits);
}

function withoutMarks(text: string): string {
  return text.replace(CONTROL, ' ').replace(INVISIBLE, '');
}

/** A sign beyond the first plane has two units. */
function escapedUnits(sign: string): string {
  return sign.split('').map(escaped).join('');
}

function escaped(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
