/** The look of a page: light or dark as the system is, and narrow enough to be read. */
export const PAGE_STYLE = `
:root {
  --page: #fbfaf8; --text: #1f1f1e; --soft: #6a6863; --line: #e2dfd8; --card: #ffffff; --code: #f3f1ec;
  --prompt: #e9f0fb; --prompt-line: #2f6bbf; --told: #fdf3dc; --told-line: #b07d10;
  --bad: #b3261e; --bad-back: #fdeceb; --good: #1d6b34; --good-back: #e6f5ea;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #191918; --text: #e8e6e1; --soft: #a09d96; --line: #383734; --card: #222220; --code: #2a2927;
    --prompt: #1c2a3f; --prompt-line: #6ea3ec; --told: #33291a; --told-line: #d8a63d;
    --bad: #ff8f86; --bad-back: #3d2120; --good: #7fd396; --good-back: #1d3324;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 52rem; background: var(--page); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  overflow-wrap: anywhere;
}
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25; }
h2 { margin: 0 0 .35rem; font-size: .8rem; font-weight: 600; color: var(--soft); }
h2 time { font-weight: 400; }
h3 { margin: 1rem 0 .25rem; font-size: 1rem; }
p, ul { margin: .5rem 0; }
ul { padding-left: 1.4rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0 0 2rem; padding-bottom: 1.25rem;
  border-bottom: 1px solid var(--line); font-size: .9rem; }
dl div { display: contents; }
dt { color: var(--soft); }
dd { margin: 0; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .85em; }
code { padding: .1em .3em; border-radius: .25rem; background: var(--code); }
pre { margin: .5rem 0; padding: .65rem .8rem; border-radius: .4rem; background: var(--code); line-height: 1.45;
  white-space: pre-wrap; max-height: 32rem; overflow: auto; }
section { margin: 1.25rem 0; }
section > pre.text { padding: 0; background: none; font: inherit; max-height: none; }
.prompt { padding: .8rem 1rem; border-left: 3px solid var(--prompt-line); border-radius: 0 .4rem .4rem 0; background: var(--prompt); }
.told { padding: .8rem 1rem; border-left: 3px solid var(--told-line); border-radius: 0 .4rem .4rem 0; background: var(--told); font-size: .92rem; }
details { margin: .4rem 0; border: 1px solid var(--line); border-radius: .4rem; background: var(--card); font-size: .92rem; }
summary { padding: .45rem .75rem; cursor: pointer; }
summary b { font-weight: 600; }
summary code { background: none; padding: 0; }
summary:focus-visible { outline: 2px solid var(--prompt-line); outline-offset: 2px; border-radius: .3rem; }
details:not([open]) > summary { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
details > pre { margin: 0; border-radius: 0; border-top: 1px solid var(--line); background: none; }
details > pre:last-child { border-radius: 0 0 .4rem .4rem; }
pre.command { background: var(--code); }
.aside > summary { color: var(--soft); }
.failed { border-color: var(--bad); }
.badge { padding: .05rem .45rem; border-radius: 1rem; background: var(--code); color: var(--soft); font-size: .75rem; font-weight: 600; }
.failed .badge { background: var(--bad-back); color: var(--bad); }
.fix { margin: .3rem 0 .8rem; padding: .4rem .75rem; border-radius: .4rem; background: var(--good-back); color: var(--good); font-size: .9rem; }
.fix code { background: none; }
.diff { padding: .5rem 0; }
.diff span { display: block; padding: 0 .8rem; min-height: 1.45em; }
.diff .add { background: var(--good-back); color: var(--good); }
.diff .del { background: var(--bad-back); color: var(--bad); }
.diff .gap { color: var(--soft); }
.agent > div { padding: 0 1rem .5rem; border-top: 1px solid var(--line); }
.agent { border-left-width: 3px; }
.line { display: flex; align-items: center; gap: .75rem; margin: 2rem 0; color: var(--soft); font-size: .85rem; }
.line::before, .line::after { content: ""; flex: 1; border-top: 1px solid var(--line); }
.picture img { display: block; max-width: 100%; height: auto; border: 1px solid var(--line); border-radius: .4rem; }
.stub { padding: .45rem .75rem; border: 1px dashed var(--line); border-radius: .4rem; color: var(--soft); font-size: .9rem; }
footer { margin-top: 3rem; color: var(--soft); font-size: .8rem; }
@media (max-width: 40rem) {
  body { padding: 1.25rem .85rem 3rem; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .35rem; }
  .agent > div { padding: 0 .6rem .4rem; }
}
@media print { details > pre { max-height: none; } }
`;
