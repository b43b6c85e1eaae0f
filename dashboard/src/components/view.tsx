import { type ReactNode, useEffect, useRef } from 'react';

interface ViewProps {
  readonly title: string;
  /** Beside the title. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** One view of the page. Its title takes the focus when the reader comes to it, so that a screen reader reads it. */
export function View({ title, actions, children }: ViewProps): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} – PredictionX`;
    // At the first sight of the page the focus stays where browsers put it.
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
