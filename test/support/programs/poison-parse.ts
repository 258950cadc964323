/**
 * From now on this process dies by SIGKILL when it parses a text with the word POISON in it: no
 * catch block will ever see that.
 */
export function poisonParse(): void {
  const parse = JSON.parse;
  JSON.parse = (text: string, ...others) => {
    if (text.includes('POISON')) process.kill(process.pid, 'SIGKILL');
    return parse(text, ...others);
  };
}
