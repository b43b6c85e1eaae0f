import { useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, type ReactNode, useState } from 'react';

import { ask, GATEWAY_URL, RequestError } from '../api/client.js';
import { setKey } from '../api/key.js';
import { completeSignIn, useSignInReason } from '../api/sign-in-state.js';
import { Dialog } from './dialog.js';

/** Asks for a key once the gateway wants one; it is kept for this tab alone. */
export function SignIn(): ReactNode {
  const why = useSignInReason();
  return why === undefined ? undefined : <SignInDialog />;
}

function SignInDialog(): ReactNode {
  const [key, type] = useState('');
  const [problem, setProblem] = useState('');
  const queries = useQueryClient();
  const signIn = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    try {
      // What any key that may read can do.
      await ask(`${GATEWAY_URL}/api/latest?sensorId=-`, { headers: { Authorization: `Bearer ${key}` } });
    } catch (error) {
      setProblem(refusalOf(error));
      return;
    }
    setKey(key);
    completeSignIn();
    await queries.resetQueries();
  };
  return (
    <Dialog title="Sign in">
      <p>
        This gateway serves nobody without a key. One for a reader shows everything; an admin’s may change
        rules, keys and dead letters, too.
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
            onChange={({ target }) => type(target.value.trim())}
          />
          <small id="key-hint">
            Kept until this tab is closed. Whoever runs the gateway makes one with{' '}
            <code>npm run keys -- create --name me --role reader</code>.
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

function refusalOf(error: unknown): string {
  if (!(error instanceof RequestError)) return String(error);
  if (error.code === 'ROLE_NOT_ALLOWED')
    return 'This key is a device’s: it may send readings, and read nothing';
  return error.message;
}
