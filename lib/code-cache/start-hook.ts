import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
} from 'node:fs';
import { Script } from 'node:vm';
import { packageLoader } from '../core/package-loader.ts';
import { HEAD_BYTES, MAX_BYTES, WRAP_HEAD, WRAP_TAIL } from './cached-code.ts';
import { type CodeCache, RENEW_MS } from './run-script.ts';

start(import.meta.dirname);

/**
 * Starts the hook that the first argument names, as V8 compiled it at an earlier start. A launcher
 * runs the copy of this program in `bin/`. Not the environment but that place says where compiled
 * code is kept, because a project may set variables for hooks. Ends with 0 whatever breaks.
 *
 * V8 compiles each function at its first call, which takes longer than what it does here: so this
 * is one function, and does by itself what `readCachedCode` and `runScript` do with code that is
 * right. Everything else is left to `run-script.cjs` beside it.
 */
function start(bin: string): void {
  process.argv.splice(1, 1); // From here on, the process is as if Node had started the hook.
  const hook = process.argv[1] ?? '';
  const load = packageLoader(); // Node's own: another one would take half a millisecond.
  const root = bin.slice(0, bin.lastIndexOf('/'));
  const folder = `${root}/cache/hooks`;
  let script: Script | undefined;
  try {
    const name = hook.slice(hook.lastIndexOf('/') + 1, -4);
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    const path = `${folder}/${name}-${process.versions.node}-${process.arch}`;
    const fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const { size, mode, uid, mtimeMs } = fstatSync(fd);
    const age = Date.now() - mtimeMs;
    const isMine = (mode & 0o170077) === constants.S_IFREG && uid === process.getuid?.();
    if (isMine && age >= 0 && age < RENEW_MS && size > HEAD_BYTES && size < MAX_BYTES) {
      const kept = Buffer.allocUnsafeSlow(size);
      const isRead = readSync(fd, kept, 0, size, 0) === size;
      const source = readFileSync(hook);
      const [textBytes, bytes] = [kept.readUInt32LE(0), kept.readUInt32LE(4)];
      // Node takes `#!` for a comment, V8 does not.
      const head = source[0] === 35 ? `${WRAP_HEAD}//` : WRAP_HEAD;
      const begin = HEAD_BYTES + head.length;
      const [last, end] = [begin + source.length, HEAD_BYTES + textBytes];
      const data = kept.subarray(end, end + bytes);
      const isSame =
        size === end + 2 * bytes &&
        kept.toString('latin1', HEAD_BYTES, begin) === head &&
        kept.subarray(begin, last).equals(source) &&
        kept.toString('latin1', last, end).trimEnd() === WRAP_TAIL &&
        kept.subarray(end + bytes).equals(data);
      if (isRead && isSame)
        script = new Script(kept.toString('utf8', HEAD_BYTES, end), {
          filename: hook,
          columnOffset: -WRAP_HEAD.length,
          cachedData: data,
        });
    }
    closeSync(fd);
  } catch {
    // There is none, or nothing that can be read.
  }
  const isRefused = script?.cachedDataRejected === true;
  const run = (path: string): unknown => {
    let loadScript: (path: string, cache: CodeCache) => unknown = load;
    try {
      // A trial with another state folder leaves nothing in this one.
      const isHome = realpathSync.native(process.env['WAYMARK_HOME'] ?? '') === root;
      if (isHome) loadScript = load('./run-script.cjs').runScript;
    } catch {
      // Without folder or file, the hook is compiled at each start.
    }
    return loadScript(path, {
      ...{ root, folder, load, isRefused },
      now: () => Date.now(),
      atExit: (callback: (status: number) => void) => void process.once('exit', callback),
    });
  };
  try {
    if (script === undefined || isRefused) {
      run(hook);
    } else {
      const beside = hook.slice(0, hook.lastIndexOf('/'));
      const find = (id: string): unknown =>
        id.startsWith('./') ? run(`${beside}${id.slice(1)}`) : load(id);
      const module = { exports: {} };
      script.runInThisContext()(module.exports, find, module, hook, beside);
    }
  } catch {
    // A hook reports its own faults; what is left is a file that is no script.
  }
}
