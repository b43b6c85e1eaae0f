import { type ReactNode, useState } from 'react';

import './copy-line.css';

/** A line for a terminal, with a button that copies it. */
export function CopyLine({ text, label }: { text: string; label: string }): ReactNode {
  const [told, setTold] = useState('');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setTold('Copied');
    } catch {
      // Browsers keep the clipboard from pages that come by plain HTTP from elsewhere.
      setTold('Select it and copy it by hand');
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
        {told}
      </span>
    </div>
  );
}
