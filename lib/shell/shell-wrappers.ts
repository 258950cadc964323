/** Programs that run the program named after them, with those of their options that take a value. */
const WRAPPERS: Readonly<Record<string, RegExp>> = {
  sudo: /^-[ugCDhpRT]$/,
  doas: /^-[uC]$/,
  env: /^-[uCS]$/,
  time: /^-[fo]$/,
  nohup: /^$/,
  nice: /^-n$/,
  ionice: /^-[cnp]$/,
  timeout: /^-[ks]$/,
  command: /^$/,
  exec: /^-a$/,
  builtin: /^$/,
  stdbuf: /^-[ioe]$/,
};

/** How many of the first words only say how the program after them is run: 5 for `sudo -u x env A=1 git push`. 0 where nothing follows them. */
export function wrapperWords(words: readonly string[]): number {
  let from = 0;
  for (;;) {
    const next = behindWrapper(words, from);
    if (next === from) return from;
    from = next;
  }
}

function behindWrapper(words: readonly string[], from: number): number {
  const wrapper = words[from] ?? '';
  const takesValue = Object.hasOwn(WRAPPERS, wrapper) ? WRAPPERS[wrapper] : undefined;
  if (takesValue === undefined) return from;
  let next = from + 1;
  for (; next < words.length; next += 1) {
    const word = words[next] ?? '';
    if (wrapper === 'command' && /^-[vV]/.test(word)) return from;
    if (takesValue.test(word)) next += 1;
    else if (!word.startsWith('-') && !/^\w+=/.test(word)) break;
  }
  if (wrapper === 'timeout') next += 1;
  return next < words.length ? next : from;
}
