/** What must be undone at the end, latest first. */
export class EndActions {
  #actions: (() => void | Promise<void>)[] = [];

  add(action: () => void | Promise<void>): void {
    this.#actions.push(action);
  }

  /** Runs all of them once; one that fails keeps no other from running. */
  async run(): Promise<void> {
    const actions = this.#actions.reverse();
    this.#actions = [];
    for (const action of actions) {
      try {
        await action();
      } catch (error) {
        process.stderr.write(`Cannot clean up: ${String(error)}\n`);
      }
    }
  }
}
