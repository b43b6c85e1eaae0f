import type { ReactNode } from 'react';

import { useKey } from '../api/key.js';
import { linkTo } from '../common/location.js';
import { CopyLine } from '../components/copy-line.js';
import { SnippetTabs } from './snippet-tabs.js';
import { isLoopback, urlForDevices, useAbout } from './use-about.js';

/** Programs that send readings to this gateway, and what must be so that they can reach it. */
export function SendReadings(): ReactNode {
  const needsKey = useKey() !== '';
  const about = useAbout();
  const url = urlForDevices(about);
  const isLoopbackOnly = about?.isLoopbackOnly === true;
  return (
    <>
      {isLoopbackOnly && <LoopbackNotice hasKeys={needsKey} />}
      {!isLoopbackOnly && isLoopback(url) && (
        <p className="muted">
          On another machine, write the address of the gateway instead of <code>{new URL(url).hostname}</code>
          .
        </p>
      )}
      <SnippetTabs target={{ url, needsKey }} />
      {needsKey && (
        <p className="muted">
          Set <code>KEY</code> to the key of a device. An admin creates such keys under{' '}
          <a href={linkTo(['keys'])}>Keys</a>, or with{' '}
          <code>npm run keys -- create --name pumps --role device</code>.
        </p>
      )}
      <p className="muted">
        Telegraf, Node-RED, Home Assistant and InfluxDB clients can send here, too. The HTTP interface is
        described at <a href="api/docs">/api/docs</a>.
      </p>
    </>
  );
}

/** Says why no device reaches the gateway, and how to change that. */
function LoopbackNotice({ hasKeys }: { hasKeys: boolean }): ReactNode {
  return (
    <div className="notice stack" role="note">
      <p>
        <strong>Only this machine reaches the gateway:</strong> it listens on loopback alone. To let devices
        on the network send readings,{' '}
        {hasKeys
          ? 'start it on all addresses. Each device needs a key.'
          : 'make a key for yourself and one for the devices, then start it on all addresses. Without keys it does not start there.'}
      </p>
      {!hasKeys && (
        <>
          <CopyLine
            text="npm run keys -- create --name me --role admin"
            label="command that creates a key for you"
          />
          <CopyLine
            text="npm run keys -- create --name pumps --role device"
            label="command that creates a key for devices"
          />
        </>
      )}
      <CopyLine text="HOST=0.0.0.0 npm start" label="command that starts the gateway on all addresses" />
      <p>
        Run {hasKeys ? 'it' : 'them'} with the same <code>PORT</code> and <code>DATA_DIR</code> as now, if you
        set these.
      </p>
    </div>
  );
}
