/**
 * Remembers the answers to the questions that were asked last, at most `most` of them: a session's calls are taken apart and compared again and again.
 * For functions of their question alone.
 */
export class Lately<Answer> {
  readonly #most: number;
  readonly #known = new Map<string, Answer>();

  constructor(most: number) {
    this.#most = most;
  }

  answer(question: string, find: () => Answer): Answer {
    const known = this.#known.get(question) ?? find();
    this.#known.delete(question); // it goes to the end: the one that nobody asked for longest leaves first
    this.#known.set(question, known);
    if (this.#known.size > this.#most) this.#known.delete(this.#known.keys().next().value ?? '');
    return known;
  }
}
