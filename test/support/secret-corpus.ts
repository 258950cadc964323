import { seededRandom } from './seeded-random.ts';

/** A text and the secrets in it. */
export interface SecretText {
  readonly text: string;
  readonly secrets: readonly string[];
}

const ALPHABETS: Readonly<Record<string, string>> = {
  a: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  b: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  h: '0123456789abcdef',
  l: 'abcdefghijklmnopqrstuvwxyz0123456789',
  U: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
  d: '0123456789',
};

const WORDS = ['Hunter', 'Battery', 'Staple', 'Orange', 'Falcon', 'Winter', 'Copper', 'Marble'];
const SIGNS = '!#%+=?_-.';

/** `template` with a secret drawn for each «kind»; the same for the same seed. */
export function fillSecrets(template: string, seed: number): SecretText {
  const random = seededRandom(seed);
  for (let skip = 0; skip < 8; skip += 1) random();
  const secrets: string[] = [];
  const text = template.replace(/«(\w+)»/g, (_, kind: string) => {
    const secret = drawSecret(kind, random);
    secrets.push(secret);
    return secret;
  });
  return { text, secrets };
}

function drawSecret(kind: string, random: () => number): string {
  if (kind === 'pw') return drawPassword(random);
  if (kind === 'u') return [8, 4, 4, 4, 12].map((length) => drawRun('h', length, random)).join('-');
  return drawRun(kind.slice(0, 1), Number(kind.slice(1)), random);
}

/** Two words with digits between or behind them, one in three with a sign. */
function drawPassword(random: () => number): string {
  const pick = <Item>(items: ArrayLike<Item>): Item | undefined =>
    items[Math.floor(random() * items.length)];
  const digit = String(1 + Math.floor(random() * 98));
  const sign = random() < 0.33 ? (pick(SIGNS) ?? '') : '';
  const [one, other] = [pick(WORDS) ?? '', pick(WORDS) ?? ''];
  return random() < 0.5 ? `${one}${digit}${sign}${other}` : `${one}${sign}${other}${digit}`;
}

function drawRun(kind: string, length: number, random: () => number): string {
  const alphabet = ALPHABETS[kind] ?? '';
  const letters = Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]);
  // a run of some length that has no digit does not happen in practice
  if (length >= 16 && kind !== 'd' && !/\d.*\d/.test(letters.join('')))
    letters[3] = letters[9] = '7';
  return letters.join('');
}
