import { sqliteDriver } from '../../lib/store/driver.ts';
import { openStore } from '../../lib/store/open-store.ts';
import type { TestHome } from './test-home.ts';

/**
 * Makes the store of a home, which counts from now on how often the effect of a prompt is
 * committed. The rows themselves cannot show it: an effect that comes twice changes nothing. SQLite
 * runs a BEFORE trigger also for a row that is there already.
 */
export function countEffects({ folder }: TestHome): void {
  const database = openStore(folder.store, sqliteDriver());
  database.exec(`CREATE TABLE effects_run (id TEXT NOT NULL);
    CREATE TRIGGER effect_runs BEFORE INSERT ON prompts BEGIN INSERT INTO effects_run (id) VALUES (NEW.id); END`);
  database.close();
}

/** How many effects of prompts were committed, repeats included. */
export function effectsRun(home: TestHome): number {
  return home.count('effects_run');
}
