import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, type SubmitEvent, useState } from 'react';

import { GATEWAY_URL, request, RequestError } from '../api/client.js';
import { setKey } from '../api/key.js';
import { completeSignIn, useSignInReason } from '../api/sign-in-state.js';
import { Dialog } from './dialog.js';

/** Asks for a key when the gateway requires one. Only this tab keeps it. */
export function SignIn(): ReactNode {
  const reason = useSignInReason();
  return reason === undefined ? undefined : <SignInDialog />;
}

function SignInDialog(): ReactNode {
  const [key, setTyped] = useState('');
  const [problem, setProblem] = useState('');
  const queries = useQueryClient();
  const signIn = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    try {
      // Every key that may read can do this.
      await request(`${GATEWAY_URL}/api/latest?sensorId=-`, { headers: { Authorization: `Bearer ${key}` } });
    } catch (error) {
      setProblem(messageOf(error));
      return;
    }
    setKey(key);
    completeSignIn();
    await queries.resetQueries();
  };
  return (
    <Dialog title="Sign in">
      <p>
        This gateway requires an API key. A reader key lets you view data; an admin key also lets you change
        rules, keys and dead letters.
      </p>
      <form className="stack" onSubmit={(event) => void signIn(event)}>
        <label className="field">
          Key
          <input
            type="password"
            autoComplete="off"
            autoFocus
            required
            spellCheck={false}
            value={key}
            aria-describedby="key-hint"
            aria-invalid={problem !== ''}
            onChange={({ target }) => setTyped(target.value.trim())}
          />
          <small id="key-hint">
            Kept until you close this tab. To create a key, run{' '}
            <code>npm run keys -- create --name me --role reader</code> on the gateway’s machine.
          </small>
        </label>
        {problem && (
          <p className="wrong" role="alert">
            {problem}
          </p>
        )}
        <div className="row">
          <button type="submit" className="primary">
            Sign in
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function messageOf(error: unknown): string {
  if (!(error instanceof RequestError)) return String(error);
  if (error.code === 'ROLE_NOT_ALLOWED')
    return 'This is a device key: it can send readings, but not read data';
  return error.message;
}
