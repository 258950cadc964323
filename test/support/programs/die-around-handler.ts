import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import type { WorkerOrder } from './order.ts';

/**
 * From now on this process dies by SIGKILL around a program that it starts: just before, when its
 * delivery is claimed already, or just after its end, when nothing of that is written yet.
 */
export function dieAroundHandler({
  path,
  moment,
}: NonNullable<WorkerOrder['diesAroundHandler']>): void {
  const die = (): void => void process.kill(process.pid, 'SIGKILL');
  childProcess.spawn = new Proxy(childProcess.spawn, {
    apply(spawn, self, args: readonly unknown[]) {
      if (args[0] === path && moment === 'before its start') die();
      const child = Reflect.apply(spawn, self, args);
      if (args[0] === path) child.once('exit', die);
      return child;
    },
  });
  syncBuiltinESMExports();
}
