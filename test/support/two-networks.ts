import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

/** One of two networks: that of laptops, and that of servers. */
export type Side = 'laptops' | 'servers';

/**
 * What goes wrong between them. A link that is down is known on both sides; packets that are
 * dropped on their way to one side are not.
 */
export type Weather = { readonly down: Side } | { readonly droppedTo: readonly Side[] };

/** Two network namespaces with a cable between them. */
export interface TwoNetworks {
  /** The words that run a program in one of them. */
  readonly within: (side: Side) => readonly string[];
  readonly address: (side: Side) => string;
  readonly cut: (weather: Weather) => void;
  readonly heal: () => void;
  /** Ends it, and the programs within. */
  readonly remove: () => void;
}

const SIDES: readonly Side[] = ['laptops', 'servers'];
const ADDRESSES: Readonly<Record<Side, string>> = {
  laptops: '10.213.7.1',
  servers: '10.213.7.2',
};
const FOLDER = '/run/netns';
const NAME = /^waymark-test-(\d+)-\d+-/;

let made = 0;

/** Why there are none here; `undefined`: they can be made. */
export function whyNoNetworks(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are of Linux';
  if (process.getuid?.() !== 0) return 'only root makes network namespaces';
  try {
    twoNetworks().remove();
    return undefined;
  } catch (error) {
    return `cannot make network namespaces: ${String(error).split('\n')[0]}`;
  }
}

/** The network of this machine stays as it is. */
export function twoNetworks(): TwoNetworks {
  removeAbandoned();
  made += 1;
  const nameOf = (side: Side): string => `waymark-test-${process.pid}-${made}-${side}`;
  const inside = (side: Side, ...words: readonly string[]): void =>
    ip('-n', nameOf(side), ...words);
  const remove = (): void => {
    process.off('exit', remove);
    removeNamespaces(SIDES.map(nameOf));
  };
  process.once('exit', remove);
  try {
    for (const side of SIDES) ip('netns', 'add', nameOf(side));
    inside(
      'laptops',
      'link',
      'add',
      'cable',
      'type',
      'veth',
      'peer',
      'cable',
      'netns',
      nameOf('servers'),
    );
    for (const side of SIDES) {
      inside(side, 'address', 'add', `${ADDRESSES[side]}/24`, 'dev', 'cable');
      for (const device of ['lo', 'cable']) inside(side, 'link', 'set', device, 'up');
    }
  } catch (error) {
    remove();
    throw error;
  }
  /** A frame to an address that no card has is dropped, and its sender hears nothing. */
  const misdirect = (to: Side): void =>
    inside(
      otherOf(to),
      ...['neighbour', 'replace', ADDRESSES[to], 'lladdr', '02:00:00:00:00:01'],
      ...['nud', 'permanent', 'dev', 'cable'],
    );
  let healing: Array<() => void> = [];
  return {
    within: (side) => ['ip', 'netns', 'exec', nameOf(side)],
    address: (side) => ADDRESSES[side],
    cut: (weather) => {
      if ('down' in weather) {
        inside(weather.down, 'link', 'set', 'cable', 'down');
        healing.push(() => inside(weather.down, 'link', 'set', 'cable', 'up'));
        return;
      }
      for (const to of weather.droppedTo) {
        misdirect(to);
        healing.push(() =>
          inside(otherOf(to), 'neighbour', 'delete', ADDRESSES[to], 'dev', 'cable'),
        );
      }
    },
    heal: () => {
      for (const step of healing) step();
      healing = [];
    },
    remove,
  };
}

function otherOf(side: Side): Side {
  return side === 'laptops' ? 'servers' : 'laptops';
}

function ip(...words: readonly string[]): void {
  execFileSync('ip', words, { stdio: 'pipe' });
}

/** Programs within end with them: they would keep the network alive without its name. */
function removeNamespaces(names: readonly string[]): void {
  for (const name of names) {
    if (!existsSync(`${FOLDER}/${name}`)) continue;
    const pids = execFileSync('ip', ['netns', 'pids', name], { encoding: 'utf8' });
    for (const pid of pids.split('\n').filter((line) => line !== '')) kill(Number(pid));
    ip('netns', 'delete', name);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended in between
  }
}

/** A test that was killed leaves its own behind. */
function removeAbandoned(): void {
  const names = existsSync(FOLDER) ? readdirSync(FOLDER) : [];
  removeNamespaces(
    names.filter((name) => {
      const [, pid] = NAME.exec(name) ?? [];
      return pid !== undefined && !existsSync(`/proc/${pid}`);
    }),
  );
}
