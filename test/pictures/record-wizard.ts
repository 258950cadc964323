// Records `waymark install` on terminals of two sizes as text, screen by screen:
// `npm run docs:wizard`, after a build.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RECORDED_SIZES, recordingOf, recordWizard } from './wizard-screens.ts';

for (const size of RECORDED_SIZES) {
  const home = mkdtempSync(join(tmpdir(), 'wizard-'));
  try {
    writeFileSync(recordingOf(size), (await recordWizard(home, size)).screens);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
