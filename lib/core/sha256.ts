/** First 32 bits of the fractions of the cube roots of the first 64 primes. */
const ROUND_CONSTANTS = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];

/** The same of the square roots of the first eight. */
const INITIAL_STATE = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

const BLOCK_BYTES = 64;

/**
 * Returns the SHA-256 of a text in hexadecimal digits. For short texts in programs that need no
 * other hash: Node's own takes 4 ms to load, and this one 14 µs for 250 letters.
 */
export function sha256(text: string): string {
  const state = Uint32Array.from(INITIAL_STATE);
  const words = new Uint32Array(BLOCK_BYTES);
  const content = padded(Buffer.from(text));
  for (let at = 0; at < content.length; at += BLOCK_BYTES) {
    for (let index = 0; index < 16; index += 1) words[index] = content.readUInt32BE(at + 4 * index);
    expand(words);
    addBlock(state, words);
  }
  return [...state].map((word) => word.toString(16).padStart(8, '0')).join('');
}

/** Ends a text as the algorithm needs it: a bit, zeros, and its length in bits. */
function padded(content: Buffer): Buffer {
  const bytes = Math.ceil((content.length + 9) / BLOCK_BYTES) * BLOCK_BYTES;
  const whole = Buffer.alloc(bytes);
  content.copy(whole);
  whole[content.length] = 0x80;
  whole.writeBigUInt64BE(BigInt(content.length) * 8n, bytes - 8);
  return whole;
}

/** Makes 64 words of the 16 of a block. */
function expand(words: Uint32Array): void {
  for (let index = 16; index < BLOCK_BYTES; index += 1) {
    const [near, far] = [words[index - 2] ?? 0, words[index - 15] ?? 0];
    const first = rotated(near, 17) ^ rotated(near, 19) ^ (near >>> 10);
    const second = rotated(far, 7) ^ rotated(far, 18) ^ (far >>> 3);
    words[index] = first + (words[index - 7] ?? 0) + second + (words[index - 16] ?? 0);
  }
}

function addBlock(state: Uint32Array, words: Uint32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let index = 0; index < BLOCK_BYTES; index += 1) {
    const turned = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const chosen = (e & f) ^ (~e & g);
    const added = h + turned + chosen + (ROUND_CONSTANTS[index] ?? 0) + (words[index] ?? 0);
    const mixed = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
    const most = (a & b) ^ (a & c) ^ (b & c);
    [h, g, f, e] = [g, f, e, (d + added) | 0];
    [d, c, b, a] = [c, b, a, (added + mixed + most) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, index) => {
    state[index] = (state[index] ?? 0) + word;
  });
}

function rotated(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}
