import { type ReactNode, Suspense, useEffect } from 'react';

import { setKey, useKey } from './api/key.js';
import './app.css';
import { linkTo, useLocation } from './common/location.js';
import { ConnectionLostNotice, ConnectionStatus } from './components/connection-status.js';
import { ErrorBoundary } from './components/error-boundary.js';
import { lazyPart } from './components/lazy-part.js';
import { SignIn } from './components/sign-in.js';
import { ThemeSelect } from './components/theme-select.js';
import { TimeZone } from './components/time-zone.js';
import { View } from './components/view.js';
import { Overview } from './overview/overview.js';

// Most people open the overview first, so the other views are loaded on demand.
const SensorView = lazyPart(async () => (await import('./sensor/sensor-view.js')).SensorView);
const CompareView = lazyPart(async () => (await import('./compare/compare-view.js')).CompareView);
const LogView = lazyPart(async () => (await import('./log/log-view.js')).LogView);
const RulesView = lazyPart(async () => (await import('./rules/rules-view.js')).RulesView);
const PipelineView = lazyPart(async () => (await import('./pipeline/pipeline-view.js')).PipelineView);
const ConnectView = lazyPart(async () => (await import('./overview/connect-view.js')).ConnectView);
const KeysView = lazyPart(async () => (await import('./keys/keys-view.js')).KeysView);

const VIEWS: readonly (readonly [path: string, name: string])[] = [
  ['', 'Overview'],
  ['log', 'Log'],
  ['rules', 'Rules'],
  ['pipeline', 'Pipeline'],
  ['keys', 'Keys'],
];

export function App(): ReactNode {
  const { path } = useLocation();
  const [view = ''] = path;
  const key = useKey();
  // A new view starts at the top.
  useEffect(() => {
    window.scrollTo(0, 0);
  }, [view]);
  return (
    <>
      <a className="skip" href="#main" onClick={skipToMain}>
        Skip to the content
      </a>
      <header className="head">
        <a className="brand" href={linkTo([])}>
          <svg viewBox="0 0 32 32" aria-hidden>
            <path d="M3 18h6l3-9 6 15 4-10 2 4h5" />
          </svg>
          PredictionX
        </a>
        <nav aria-label="Views">
          {VIEWS.map(([name, title]) => (
            <a
              key={name}
              href={linkTo(name ? [name] : [])}
              aria-current={
                view === name || (name === '' && (view === 'sensors' || view === 'compare'))
                  ? 'page'
                  : undefined
              }
            >
              {title}
            </a>
          ))}
        </nav>
        <div className="head-end">
          <ConnectionStatus />
          <ThemeSelect />
          {key && (
            <button
              type="button"
              className="quiet"
              onClick={() => {
                setKey('');
                // Removes everything that was loaded with the key.
                location.reload();
              }}
            >
              Sign out
            </button>
          )}
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        <ConnectionLostNotice />
        <ErrorBoundary key={path.join('/')}>
          <Suspense fallback={<p className="muted">Loading …</p>}>{viewOf(path)}</Suspense>
        </ErrorBoundary>
      </main>
      <TimeZone />
      <SignIn />
    </>
  );
}

/** Moves the focus; following the link would change the URL's fragment, which names the view. */
function skipToMain(event: React.MouseEvent): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function viewOf([view = '', ...rest]: readonly string[]): ReactNode {
  const [id] = rest;
  switch (view) {
    case '':
      return <Overview />;
    case 'sensors':
      return id === undefined ? <Overview /> : <SensorView key={id} sensorId={id} />;
    case 'compare':
      return <CompareView />;
    case 'connect':
      return <ConnectView />;
    case 'log':
      return <LogView />;
    case 'rules':
      return <RulesView ruleId={id} />;
    case 'pipeline':
      return <PipelineView />;
    case 'keys':
      return <KeysView />;
    default:
      return (
        <View title="Page not found">
          <p>
            <a href={linkTo([])}>All sensors</a>
          </p>
        </View>
      );
  }
}
