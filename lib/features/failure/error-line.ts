/**
 * Returns the line that distinguishes failures; `undefined` if nothing was printed. For the line
 * that a person would quote, see `errorHeadline`.
 */
export function findErrorLine(body: string): string | undefined {
  const lines = body.split('\n').flatMap((line) => (line.trim() === '' ? [] : line.trim()));
  const wanted = lines.filter((line) => !NOISE.test(line));
  return (
    wanted.findLast((line) => EXCEPTION.test(line)) ??
    wanted.find((line) => TELLING.test(line)) ??
    wanted[0] ??
    lines[0]
  );
}

const NOISE =
  /^(?:> |at |File "|npm (?:error|ERR!|warn) (?:code|syscall|path|errno|A complete log|command|Lifecycle|workspace|notice|\s*$)|Traceback|node:internal|Node\.js v|\^+|[~\-=*_\s]+$|warning:|hint: )/i;
const EXCEPTION = /^\w*(?:Error|Exception|NotFound)(?: \[\w+\])?: /;
const TELLING =
  /error|fatal|fail|cannot|can't|could ?n[o']t|denied|not found|no such|unknown|invalid|missing|unable|refused|unrecognized|usage|panic|not |nicht|keine|fehler|erreur|aucun|introuvable|refusée|non |错误|没有|未找到|权限|不是|无法|失败/i;
