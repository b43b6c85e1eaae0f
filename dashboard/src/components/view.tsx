import './touch.css';

import { type ReactNode, useEffect, useRef } from 'react';

interface ViewProps {
  readonly title: string;
  /** Buttons and links beside the title. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** One view of the page. Its title gets the focus when the view opens, so that a screen reader reads it. */
export function View({ title, actions, children }: ViewProps): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} – PredictionX`;
    // When the page is first loaded the focus stays where the browser puts it.
    if (document.body.dataset.visited) heading.current?.focus();
    document.body.dataset.visited = 'yes';
  }, [title]);
  return (
    <div className="stack">
      <div className="row spread">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {actions}
      </div>
      {children}
    </div>
  );
}
