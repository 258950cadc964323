/** A failed call of git. */
export class GitFailure extends Error {
  /** Whether git is not installed. */
  readonly isMissing: boolean;

  constructor(problem: string, isMissing = false) {
    super(problem);
    this.name = 'GitFailure';
    this.isMissing = isMissing;
  }
}

/** Git was ended, as it waited for what is in the place of one of its files. */
export class GitBlocked extends GitFailure {
  /** What git waited for. */
  readonly path: string;

  constructor(path: string) {
    super(`${path} is a pipe or a device, and git waits for it`);
    this.name = 'GitBlocked';
    this.path = path;
  }
}
