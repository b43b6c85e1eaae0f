import { type ReactNode, useState } from 'react';

import './copy-line.css';

/** A line of text, such as a command, with a button that copies it. */
export function CopyLine({ text, label }: { text: string; label: string }): ReactNode {
  const [result, setResult] = useState('');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setResult('Copied');
    } catch {
      // Browsers deny the clipboard to pages loaded over plain HTTP from another machine.
      setResult('Select the text and copy it yourself');
    }
  };
  return (
    <div className="copy-line">
      <pre tabIndex={0} aria-label={label}>
        <code>{text}</code>
      </pre>
      <button type="button" onClick={() => void copy()}>
        Copy<span className="hidden"> {label}</span>
      </button>
      <span role="status" className="muted">
        {result}
      </span>
    </div>
  );
}
