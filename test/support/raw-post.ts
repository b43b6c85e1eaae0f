import { RawConnection } from './raw-connection.js';

export interface PostAnswer {
  readonly status: number;
  readonly body: string;
}

/** Posts with these header lines and no others but Host, Content-Length and Connection: fetch() would add a Content-Type. */
export async function rawPost(
  url: string,
  path: string,
  body: string | Uint8Array,
  headers: readonly string[] = [],
): Promise<PostAnswer> {
  const lines = [
    `POST ${path} HTTP/1.1`,
    `Host: ${new URL(url).host}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
    'Connection: close',
  ];
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  const [answer] = await new RawConnection(url).send(Buffer.concat([head, Buffer.from(body)])).ended();
  return { status: answer?.status ?? 0, body: answer?.body ?? '' };
}
