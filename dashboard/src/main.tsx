import './theme.css';

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { RequestError } from './api/client.js';
import { App } from './app.js';
import { applyTheme } from './common/theme.js';
import { live } from './live/live.js';

applyTheme();
live.start();

const queries = new QueryClient({
  defaultOptions: {
    // A gateway on this machine is reachable without a network.
    mutations: { networkMode: 'always' },
    queries: {
      networkMode: 'always',
      // A refused request fails again; one that did not reach the gateway may reach it now.
      retry: (failures, error) =>
        failures < 2 && !(error instanceof RequestError && error.status >= 400 && error.status < 500),
      staleTime: 5_000,
      gcTime: 60_000,
    },
  },
});

live.onRules(() => void queries.invalidateQueries({ queryKey: ['rules'] }));

const page = document.getElementById('page');
if (!page) throw new Error('index.html has no element #page');
createRoot(page).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
