/**
 * Ends this process, once it has nothing left to do, without the clean-up of its memory that Node
 * makes before: it takes a twentieth of the time of an empty script. Callbacks for `exit` are
 * called, and the status is `process.exitCode`.
 * @param mayEnd Whether nothing depends on that clean-up.
 */
export function endAtOnce(mayEnd: () => boolean = () => true): void {
  process.once('beforeExit', () => {
    if (mayEnd()) process.exit();
  });
}
