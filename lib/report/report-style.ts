/** What the page of a report has beside that of a session: figures, tables, charts, print. */
export const REPORT_STYLE = `
:root { --s0: #2f6bbf; --s1: #c8792b; --s2: #4d8f5b; --s3: #8a63b8; --s4: #77756f; }
@media (prefers-color-scheme: dark) {
  :root { --s0: #6ea3ec; --s1: #e0a060; --s2: #7fc18e; --s3: #b79be0; --s4: #a09d96; }
}
body { max-width: 60rem; }
h2 { margin: 2.5rem 0 .75rem; padding-bottom: .35rem; border-bottom: 1px solid var(--line); font-size: 1.1rem; color: var(--text); }
section { margin: 0; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .75rem; margin: 1rem 0; padding: 0; border: 0; }
.figures div { display: block; padding: .7rem .85rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--card); }
.figures dd { font-size: 1.35rem; font-weight: 600; line-height: 1.3; }
.figures dd small { display: block; font-size: .75rem; font-weight: 400; color: var(--soft); }
.scroll { overflow-x: auto; }
table { width: 100%; margin: .75rem 0; border-collapse: collapse; font-size: .88rem; }
th, td { padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
th.n, td.n { padding-right: 0; padding-left: .9rem; text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
th.n + th:not(.n), td.n + td:not(.n) { padding-left: .9rem; }
details .scroll { padding: 0 .75rem; }
.scroll:focus-visible { outline: 2px solid var(--prompt-line); outline-offset: 2px; }
tfoot td { border-bottom: 0; font-weight: 600; }
figure { margin: 1rem 0 1.5rem; }
figcaption { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; margin-bottom: .35rem; font-size: .85rem; color: var(--soft); }
figcaption b { color: var(--text); font-weight: 600; }
.key::before { content: ""; display: inline-block; width: .7em; height: .7em; margin-right: .4em; border-radius: .15em; background: var(--key); }
.k0 { --key: var(--s0); } .k1 { --key: var(--s1); } .k2 { --key: var(--s2); } .k3 { --key: var(--s3); } .k4 { --key: var(--s4); }
svg { display: block; width: 100%; height: auto; }
.grid { stroke: var(--line); }
.tick { fill: var(--soft); font: 11px system-ui, sans-serif; }
.s0 { fill: var(--s0); } .s1 { fill: var(--s1); } .s2 { fill: var(--s2); } .s3 { fill: var(--s3); } .s4 { fill: var(--s4); }
.l0, .l1, .l2, .l3, .l4 { fill: none; stroke-width: 2; }
.l0 { stroke: var(--s0); } .l1 { stroke: var(--s1); } .l2 { stroke: var(--s2); } .l3 { stroke: var(--s3); } .l4 { stroke: var(--s4); }
.findings, .checks { margin: .75rem 0; padding: 0; list-style: none; }
.findings li, .checks li { margin: .5rem 0; padding: .6rem .85rem; border: 1px solid var(--line); border-left: 3px solid var(--s4); border-radius: .4rem; background: var(--card); font-size: .92rem; }
.findings .high, .checks .grave { border-left-color: var(--bad); }
.findings .medium, .checks .open { border-left-color: var(--told-line); }
.checks .good { border-left-color: var(--good); }
.findings p, .checks p { margin: .2rem 0 0; color: var(--soft); }
.findings .badge, .checks .badge { margin-right: .5rem; }
.saves { color: var(--good); font-weight: 600; }
.empty, .note { color: var(--soft); font-size: .92rem; }
@media screen and (max-width: 40rem) {
  svg { overflow: visible; }
  .tick { font-size: 16px; }
}
@media print {
  :root {
    --page: #ffffff; --text: #000000; --soft: #444444; --line: #bbbbbb; --card: #ffffff; --code: #f2f2f2; --bad: #8c1d18; --good: #14532d;
    --s0: #2f6bbf; --s1: #c8792b; --s2: #4d8f5b; --s3: #8a63b8; --s4: #77756f;
  }
  body { max-width: none; padding: 0; font-size: 10pt; }
  h2 { break-after: avoid; }
  figure, tr, li, .figures div { break-inside: avoid; }
  figure details { display: none; }
  rect, circle, .key::before { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
