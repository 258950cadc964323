/** Control characters that have a picture of their own in Unicode. */
const CONTROL = /[\u0000-\u001f\u007f]/g;

/**
 * Invisible characters that change how text looks: direction marks, zero-width and joining
 * characters, line separators, C1 controls, tags.
 */
const HIDDEN =
  /[\u0080-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|\u034f|[\u17b4\u17b5]|[\u180b-\u180d\u180f]|[\ufe00-\ufe0e]|\udb40[\udc00-\udfff]/g;

/**
 * Foreign text as a person can trust it: control characters as their pictures (`␛`), hidden ones by
 * their numbers (`⟨202E⟩`). Line breaks and tabs stay where `lines` is set.
 */
export function visibleText(text: string, lines = false): string {
  return text
    .replace(CONTROL, (sign) => (lines && (sign === '\n' || sign === '\t') ? sign : picture(sign)))
    .replace(HIDDEN, (sign) => `⟨${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase()}⟩`);
}

function picture(sign: string): string {
  const code = sign.charCodeAt(0);
  if (code === 0x7f) return '␡';
  return sign === '\n' || sign === '\r' || sign === '\t' ? ' ' : String.fromCharCode(0x2400 + code);
}
