import { Component, type ReactNode } from 'react';

interface BoundaryProps {
  readonly children: ReactNode;
}

/**
 * Keeps what fails in one view from taking the rest of the page with it: a part that could not be loaded, because the
 * connection was lost or the gateway was replaced by a newer one meanwhile, or a defect of ours.
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
        <p>This view cannot be shown: {error.message}</p>
        <div className="row">
          <button type="button" onClick={() => location.reload()}>
            Load the page anew
          </button>
        </div>
      </div>
    );
  }
}
