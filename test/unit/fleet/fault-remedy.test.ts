import { describe, expect, it } from 'vitest';
import { remedyOf } from '../../../lib/fleet/fault-remedy.ts';
import { redisFault } from '../../../lib/fleet/redis/redis-fault.ts';
import { postgresFault } from '../../../lib/store/postgres/postgres-fault.ts';

const failed = (message: string, code: string): Error =>
  Object.assign(new Error(message), { code });

describe('remedyOf', () => {
  it.each([
    ['self-signed certificate in certificate chain', 'SELF_SIGNED_CERT_IN_CHAIN'],
    ['unable to verify the first certificate', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ["Hostname/IP does not match certificate's altnames", 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['certificate has expired', 'CERT_HAS_EXPIRED'],
  ])('says where an authority is named: %s', (message, code) => {
    for (const fault of [redisFault, postgresFault])
      expect(remedyOf(fault(failed(message, code)))).toMatch(/\?ca=FILE for Redis/);
  });

  it('asks for a look at a server that is not there, and does not speak of certificates', () => {
    const fault = postgresFault(failed('connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED'));
    expect(remedyOf(fault)).toBe('Check that it runs, and that this machine reaches it.');
  });

  it('names the right that a role lacks', () => {
    const fault = postgresFault(failed('permission denied for table hosts', '42501'));
    expect(remedyOf(fault)).toContain('`GRANT waymark_writer TO ROLE`');
  });

  it('takes a limit of time for something that passes', () => {
    for (const code of ['57014', '25P03', '25P04'])
      expect(postgresFault(failed('timeout', code)).kind).toBe('busy');
  });
});
