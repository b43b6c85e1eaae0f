import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react';

import { CopyLine } from '../components/copy-line.js';
import { arduino } from './snippets/arduino.js';
import { curl } from './snippets/curl.js';
import { microPython } from './snippets/micropython.js';
import { python } from './snippets/python.js';
import type { Target } from './snippets/target.js';

interface Language {
  readonly name: string;
  /** What a screen reader says of the snippet. */
  readonly label: string;
  readonly write: (target: Target) => string;
}

const LANGUAGES: readonly Language[] = [
  { name: 'curl', label: 'command that sends a reading', write: curl },
  { name: 'Python', label: 'Python program', write: python },
  { name: 'MicroPython', label: 'MicroPython program', write: microPython },
  { name: 'Arduino, ESP32', label: 'sketch for the ESP32', write: arduino },
];

interface SnippetTabsProps {
  readonly target: Target;
}

/** Programs that send readings, to copy, one tab for each language. */
export function SnippetTabs({ target }: SnippetTabsProps): ReactNode {
  const [selected, setSelected] = useState(0);
  const tabs = useRef<(HTMLButtonElement | null)[]>([]);
  const id = useId();
  const select = (index: number): void => {
    const next = (index + LANGUAGES.length) % LANGUAGES.length;
    setSelected(next);
    tabs.current[next]?.focus();
  };
  const move = (event: KeyboardEvent): void => {
    const to = { ArrowRight: selected + 1, ArrowLeft: selected - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    select(to);
  };
  const language = LANGUAGES[selected];
  return (
    <div className="stack snippets">
      <div className="snippet-tabs" role="tablist" aria-label="Language" onKeyDown={move}>
        {LANGUAGES.map(({ name }, index) => (
          <button
            key={name}
            ref={(element) => {
              tabs.current[index] = element;
            }}
            type="button"
            role="tab"
            id={`${id}-tab-${index}`}
            aria-controls={`${id}-panel`}
            aria-selected={index === selected}
            tabIndex={index === selected ? 0 : -1}
            onClick={() => select(index)}
          >
            {name}
          </button>
        ))}
      </div>
      {language && (
        <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-tab-${selected}`}>
          <CopyLine key={language.name} text={language.write(target)} label={language.label} />
        </div>
      )}
    </div>
  );
}
