import { useState } from 'preact/hooks';

/** Copies a text. Says so, and says when the browser refuses. */
export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const [said, setSaid] = useState('Copy');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied');
    } catch {
      setSaid('Cannot copy the text: select it instead');
    }
  };
  return (
    <button type="button" class="quiet" aria-label={`${said} ${what}`} onClick={() => void copy()}>
      {said}
    </button>
  );
}
