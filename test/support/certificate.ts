import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { generate } from 'selfsigned';

import { emptyFolder } from './environment.js';

export interface CertificateFiles {
  readonly TLS_CERT: string;
  readonly TLS_KEY: string;
}

/** A new self-signed certificate for localhost and its key, as PEM text. */
export async function makeCertificate(): Promise<{ cert: string; key: string }> {
  const extensions = [{ name: 'subjectAltName' as const, altNames: [{ type: 7 as const, ip: '127.0.0.1' }] }];
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], { extensions });
  return { cert, key };
}

/** Writes both into files, in a folder of their own unless others are to be replaced. */
export function writeCertificate(
  { cert, key }: { readonly cert: string; readonly key: string },
  files = filesIn(emptyFolder()),
): CertificateFiles {
  writeFileSync(files.TLS_CERT, cert);
  writeFileSync(files.TLS_KEY, key);
  return files;
}

function filesIn(folder: string): CertificateFiles {
  return { TLS_CERT: join(folder, 'tls.crt'), TLS_KEY: join(folder, 'tls.key') };
}
