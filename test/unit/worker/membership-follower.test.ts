import { utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type Membership,
  removeMembership,
  writeMembership,
} from '../../../lib/fleet/membership.ts';
import { MembershipFollower } from '../../../lib/worker/membership-follower.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const MEMBERSHIP: Membership = {
  ...{ target: 'postgres://ann@db/team', host: 'h', salt: 's', name: 'laptop', person: 'ann' },
  joinedAt: '2026-11-22T00:00:00.000Z',
};

function scene() {
  const root = tempFolder();
  const opened: string[] = [];
  const closed: string[] = [];
  const failures: string[] = [];
  let seconds = 1_000;
  /** Each change of the file has a time of its own. */
  const stamp = (): void => {
    seconds += 1;
    utimesSync(`${root}/fleet.json`, seconds, seconds);
  };
  const follower = new MembershipFollower({
    root,
    open: ({ target }) => {
      opened.push(target);
      return { target, close: async () => void closed.push(target) };
    },
    onFailure: (reason) => failures.push(reason),
  });
  const join = (target: string, more: Partial<Membership> = {}): void => {
    writeMembership(root, { ...MEMBERSHIP, target, ...more });
    stamp();
  };
  return { root, follower, join, stamp, opened, closed, failures };
}

describe('MembershipFollower', () => {
  it('opens nothing while the machine belongs to no team', async () => {
    const { follower, opened, failures } = scene();
    expect(await follower.current()).toBeUndefined();
    expect([opened, failures]).toEqual([[], []]);
  });

  it('opens once for each time that the machine joins, and closes what was before', async () => {
    const { follower, join, opened, closed } = scene();
    join('postgres://a/team');
    expect((await follower.current())?.target).toBe('postgres://a/team');
    await follower.current();
    expect(opened).toEqual(['postgres://a/team']);
    join('postgres://b/team');
    expect((await follower.current())?.target).toBe('postgres://b/team');
    expect(closed).toEqual(['postgres://a/team']);
  });

  it('closes when the machine has left, or wants to', async () => {
    const { root, follower, join, closed } = scene();
    join('postgres://a/team');
    await follower.current();
    join('postgres://a/team', { leaving: 'wish' });
    expect(await follower.current()).toBeUndefined();
    expect(closed).toEqual(['postgres://a/team']);
    removeMembership(root);
    expect(await follower.current()).toBeUndefined();
    follower.close();
    expect(closed).toEqual(['postgres://a/team']);
  });

  it('tells once why a membership cannot be read', async () => {
    const { root, follower, stamp, failures } = scene();
    writeFileSync(`${root}/fleet.json`, '{}');
    stamp();
    expect(await follower.current()).toBeUndefined();
    expect(await follower.current()).toBeUndefined();
    expect(failures).toEqual([expect.stringContaining('not what `waymark fleet join` wrote')]);
  });
});
