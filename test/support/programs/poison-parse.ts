/**
 * From now on this process sends itself a signal when it first parses a text with the word POISON.
 * It dies by SIGKILL, which no catch block ever sees. By SIGSTOP it stops with the entries of a
 * batch that it has claimed and not applied.
 */
export function poisonParse(signal: 'SIGKILL' | 'SIGSTOP'): void {
  const parse = JSON.parse;
  let isArmed = true; // one that goes on may parse the text again
  JSON.parse = (text: string, ...others) => {
    if (isArmed && text.includes('POISON')) {
      isArmed = false;
      process.kill(process.pid, signal);
    }
    return parse(text, ...others);
  };
}
