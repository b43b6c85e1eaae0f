import { Component, type ReactNode } from 'react';

interface BoundaryProps {
  readonly children: ReactNode;
}

/**
 * Keeps the rest of the page alive when one view fails: when its code could not be loaded (the connection was lost, or
 * the gateway was updated since the page was opened), or when it has a defect.
 */
export class ErrorBoundary extends Component<BoundaryProps, { readonly error: Error | undefined }> {
  override state = { error: undefined as Error | undefined };

  static getDerivedStateFromError(error: Error): { readonly error: Error } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
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
