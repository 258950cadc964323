/**
 * While a session is at work its transcript brings what happens, so its rows in the store are
 * looked through this often: to compare them with the index costs more the longer the session is.
 */
export const ROWS_PACE_MS = 60_000;

/** Decides in which round the rows of a session at work are compared with the index. */
export class RowRounds {
  /** By session: when its rows were last compared. */
  readonly #comparedAt = new Map<string, number>();
  #now = 0;
  #isCalm = true;
  #hasPutOff = false;

  /** @param isCalm Whether the store has been at rest: then all rows are compared. */
  begin(now: number, isCalm: boolean): void {
    for (const [id, at] of this.#comparedAt)
      if (Math.abs(now - at) >= ROWS_PACE_MS) this.#comparedAt.delete(id);
    this.#now = now;
    this.#isCalm = isCalm;
    this.#hasPutOff = false;
  }

  /** Whether the rows of this session are compared in this round; if not, a later round is due. */
  isDue(session: string): boolean {
    const isDue = this.#isCalm || !this.#comparedAt.has(session);
    if (!isDue) this.#hasPutOff = true;
    return isDue;
  }

  noteCompared(session: string): void {
    this.#comparedAt.set(session, this.#now);
  }

  /** Whether rows of any session were put off since {@link begin}. */
  get hasPutOff(): boolean {
    return this.#hasPutOff;
  }
}
