import { describe, expect, it } from 'vitest';
import { nameCheck } from '../../../lib/fleet/name-free.ts';

describe('nameCheck', () => {
  const isNameFree = nameCheck(['ann', 'anns-laptop.example', 'root', 'dev', 'bob.smith']);

  it.each([
    'npm run build',
    'npm install react@19.1.0 @types/node@latest',
    './gradlew test --info',
    'cat ~/.npmrc',
    'sudo -u root systemctl restart docker',
    '/usr/bin/env python3 -m pytest',
    'npm run dev',
    'git clone git@github.com:org/shop.git',
    'curl http://localhost:3000/api/users',
    'rg -n banner src/scanner',
    'sed -i s/a/b/ src/x.ts',
    'ls *.ts {a,b}/c ../d $HOME/e',
  ])('passes %s', (text) => expect(isNameFree(text)).toBe(true));

  it.each([
    'cd /home/carl/work/shop && npm ci',
    'node "/Users/carl/x.js"',
    'ENOENT: no such file, open /srv/shop/x.json',
    'docker run -v /data:/data shop',
    'NODE_PATH=/opt/ours node x.js',
    'cat ~carl/notes',
    'type C:\\Users\\carl\\x.txt',
    'open file:///home/x',
    'ssh Ann@build.example',
    'ping anns-laptop',
    'git config user.email carl@corp.example',
    'chown ann: dist',
    'mail bob.smith',
  ])('does not pass %s', (text) => expect(isNameFree(text)).toBe(false));
});
