/**
 * Returns 16 hex digits that name `text`. Equal texts have equal names; two of a million texts
 * collide with a chance of about one in forty million. Two multiply-and-mix lanes over UTF-16
 * units, because loading `node:crypto` is too slow for a hook. For names, not for secrets.
 */
export function shortHash16(text: string): string {
  let left = 0x9e3779b9 ^ text.length;
  let right = 0x85ebca6b;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    left = Math.imul(left ^ unit, 0x9e3779b1);
    right = Math.imul(right ^ unit, 0x5f356495);
  }
  const first = mix(left ^ (right >>> 15));
  const second = mix(right ^ (left >>> 13) ^ first);
  return hex(first) + hex(second);
}

/** Makes every bit of the result depend on every bit of `value`. */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
