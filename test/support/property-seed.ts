import fc from '../../node_modules/fast-check/lib/fast-check.js';

/**
 * Stands for the package: property tests try the same cases in every run, so that one fails because
 * of a change and not by chance. `npm run test:properties` draws others, and more where a test does
 * not say how many.
 */
if (process.env['WAYMARK_NEW_CASES'] === undefined)
  fc.configureGlobal({ seed: 20_261_128, numRuns: 50 });

export * from '../../node_modules/fast-check/lib/fast-check.js';
// biome-ignore lint/style/noDefaultExport: as the package has it
export default fc;
