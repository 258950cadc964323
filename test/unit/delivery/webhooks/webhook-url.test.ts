import { describe, expect, it } from 'vitest';
import { parseWebhookUrl, redactUrl } from '../../../../lib/delivery/webhooks/webhook-url.ts';

describe('parseWebhookUrl', () => {
  it.each([
    'https://ci.example/hook?x=1',
    'https://10.0.0.7:8443/',
    'http://localhost:8080/hook',
    'http://127.0.0.1/',
    'http://127.9.9.9/',
    'http://[::1]:80/',
    'http://0x7f.1/',
    'http://2130706433/',
  ])('takes %s', (url) => {
    expect(parseWebhookUrl(url)).toMatchObject({ ok: true });
  });

  it.each([
    'http://ci.example/hook',
    'http://localhost.ci.example/',
    'http://127.0.0.1.ci.example/',
    'http://10.0.0.7/',
    'http://0.0.0.0/',
    'http://[::ffff:10.0.0.7]/',
    'https://user:word@ci.example/',
    'https://user@ci.example/',
    'ftp://ci.example/',
    'file:///etc/passwd',
    'ci.example/hook',
    '',
  ])('refuses %s', (url) => {
    expect(parseWebhookUrl(url)).toMatchObject({ ok: false });
  });

  it('drops the fragment, which is never sent', () => {
    expect(parseWebhookUrl('https://ci.example/hook#part')).toEqual({
      ok: true,
      url: 'https://ci.example/hook',
    });
  });

  it('does not repeat an address that it rejects', () => {
    expect(JSON.stringify(parseWebhookUrl('http://ci.example/s3cret?token=hidden'))).not.toMatch(
      /s3cret|hidden/,
    );
  });
});

describe('redactUrl', () => {
  it('keeps what distinguishes addresses, and hides what may be a secret', () => {
    expect(
      redactUrl('https://hooks.example:8443/services/T0001/B0002/a1b2c3d4e5f6g7h8i9?token=hidden'),
    ).toBe('https://hooks.example:8443/services/T0001/B0002/…?…');
    expect(redactUrl('https://ci.example/hook')).toBe('https://ci.example/hook');
  });
});
