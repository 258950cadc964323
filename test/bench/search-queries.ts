import { splitWords } from '../../lib/search/words.ts';
import type { HistoryFigures } from './search-history.ts';

type Kind = 'rare' | 'phrase' | 'frequent';

/**
 * What people ask for: half with few matches, a quarter phrases, a quarter frequent words and
 * beginnings.
 */
export class SearchQueries {
  static readonly KINDS: readonly Kind[] = ['rare', 'phrase', 'frequent'];
  static readonly SHARE: Readonly<Record<Kind, number>> = {
    rare: 0.5,
    phrase: 0.25,
    frequent: 0.25,
  };

  readonly #history: HistoryFigures;
  readonly #random: () => number;

  constructor(history: HistoryFigures, random: () => number) {
    this.#history = history;
    this.#random = random;
  }

  of(kind: Kind, count: number): readonly string[] {
    return Array.from({ length: Math.round(count) }, (_, n) => this.#make(kind, n));
  }

  #make(kind: Kind, n: number): string {
    const { prose, code } = this.#history;
    if (kind === 'phrase') return this.#phrase();
    if (kind === 'rare')
      return n % 2 === 0
        ? `${this.#at(prose, 20_000, 60_000)} ${this.#at(prose, 50, 500)}`
        : `${this.#at(code, 5_000, 60_000)} ${this.#at(code, 500, 5_000)}`;
    if (n % 2 === 0) return `${this.#at(prose, 0, 20)} ${this.#at(code, 0, 50)}`;
    return `${this.#at(prose, 20, 400).slice(0, 3 + Math.floor(this.#random() * 2))}*`;
  }

  #phrase(): string {
    const { samples } = this.#history;
    const words = splitWords(samples[Math.floor(this.#random() * samples.length)] ?? '');
    const start = Math.floor(this.#random() * Math.max(1, words.length - 3));
    const length = 2 + Math.floor(this.#random() * 2);
    return `"${words
      .slice(start, start + length)
      .map(({ folded }) => folded)
      .join(' ')}"`;
  }

  #at(words: readonly string[], from: number, to: number): string {
    return words[Math.floor(from + this.#random() * (to - from))] ?? '';
  }
}
