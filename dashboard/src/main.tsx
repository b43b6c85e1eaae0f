import './theme.css';

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { RequestError } from './api/client.js';
import { App } from './app.js';
import { live } from './live/live.js';
import { applyTheme } from './common/theme.js';

applyTheme();
live.start();

const queries = new QueryClient({
  defaultOptions: {
    // A gateway on this machine is there without a network, too.
    mutations: { networkMode: 'always' },
    queries: {
      networkMode: 'always',
      // What the gateway refused it refuses again; what did not reach it may reach it now.
      retry: (failures, error) =>
        failures < 2 && !(error instanceof RequestError && error.status >= 400 && error.status < 500),
      staleTime: 5_000,
      gcTime: 60_000,
    },
  },
});

const page = document.getElementById('page');
if (!page) throw new Error('index.html has no element #page');
createRoot(page).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
