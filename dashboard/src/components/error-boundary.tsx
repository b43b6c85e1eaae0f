import { Component, type ReactNode } from 'react';

import { PartNotLoaded } from './lazy-part.js';
import { NotLoaded } from './not-loaded.js';

interface BoundaryProps {
  readonly children: ReactNode;
  /** Whether it is only a part of a view: the page does not reload itself for it, which would lose input elsewhere. */
  readonly isPart?: boolean;
}

/**
 * Keeps the rest of the page alive when one part fails. Code that could not be loaded (the connection was lost, or the
 * gateway was updated since the page was opened) is loaded once that is possible; a defect is shown.
 */
export class ErrorBoundary extends Component<BoundaryProps, { readonly error: Error | undefined }> {
  override state = { error: undefined as Error | undefined };

  static getDerivedStateFromError(error: Error): { readonly error: Error } {
    return { error };
  }

  private readonly retry = (): void => {
    this.setState({ error: undefined });
  };

  override render(): ReactNode {
    const { error } = this.state;
    const { children, isPart = false } = this.props;
    if (!error) return children;
    if (error instanceof PartNotLoaded)
      return <NotLoaded error={error} isPart={isPart} onLoaded={this.retry} />;
    return (
      <div className="notice bad stack" role="alert">
        <p>This view failed: {error.message}</p>
        <div className="row">
          <button type="button" onClick={() => location.reload()}>
            Reload the page
          </button>
        </div>
      </div>
    );
  }
}
