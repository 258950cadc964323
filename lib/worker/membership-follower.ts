import { reasonOf } from '../core/errors.ts';
import { type Membership, membershipChangedAt, readMembership } from '../fleet/membership.ts';

export interface MembershipFollowerParts<T> {
  /** The state folder. */
  readonly root: string;
  readonly open: (membership: Membership) => T;
  /** Told why the membership cannot be read. */
  readonly onFailure: (reason: string) => void;
}

/**
 * Keeps what works for a team open as long as this machine belongs to one, and opens it anew when
 * the machine joins another, or joins again.
 */
export class MembershipFollower<T extends { close(): Promise<unknown> }> {
  readonly #parts: MembershipFollowerParts<T>;
  #readAt = 0;
  #opened: T | undefined;

  constructor(parts: MembershipFollowerParts<T>) {
    this.#parts = parts;
  }

  /** @returns `undefined` while the machine belongs to no team, or leaves it. */
  async current(): Promise<T | undefined> {
    const changedAt = membershipChangedAt(this.#parts.root);
    if (changedAt === this.#readAt) return this.#opened;
    this.#readAt = changedAt;
    await this.#opened?.close();
    this.#opened = this.#open();
    return this.#opened;
  }

  /** Ends it at once. */
  close(): void {
    void this.#opened?.close();
  }

  #open(): T | undefined {
    try {
      const membership = readMembership(this.#parts.root);
      if (membership === undefined || membership.leaving !== undefined) return undefined;
      return this.#parts.open(membership);
    } catch (error) {
      this.#parts.onFailure(reasonOf(error));
      return undefined;
    }
  }
}
