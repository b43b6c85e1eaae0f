import fc from 'fast-check';

import { sentKey } from '../../src/auth/sent-key.js';

const header = fc.oneof(
  fc.string({ maxLength: 600 }),
  fc
    .tuple(
      fc.constantFrom('Bearer', 'token', 'Basic', ''),
      fc.string({ unit: fc.constantFrom(' ', '\t', 'a', ',') }),
    )
    .map((parts) => parts.join(' ')),
);

describe('the key of a request, whatever its headers', () => {
  it('is a text of at most 512 characters, or none', () => {
    fc.assert(
      fc.property(
        fc.option(header, { nil: undefined }),
        fc.option(header, { nil: undefined }),
        (authorization, apiKey) => {
          for (const takesBasic of [false, true]) {
            const key = sentKey({ authorization, 'x-api-key': apiKey }, takesBasic);
            if (key !== undefined) {
              expect(key.length).toBeGreaterThan(0);
              expect(key.length).toBeLessThanOrEqual(512);
            }
          }
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('is found after Bearer and Token, in upper or lower case, and in X-API-Key', () => {
    const secret = fc.string({
      unit: fc.constantFrom(...Array.from('pxk_-AZaz09')),
      minLength: 1,
      maxLength: 100,
    });
    const scheme = fc.mixedCase(fc.constantFrom('Bearer', 'Token'));
    const spaces = fc.string({ unit: fc.constant(' '), minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(secret, scheme, spaces, (key, name, between) => {
        expect(sentKey({ authorization: `${name}${between}${key}` })).toBe(key);
        expect(sentKey({ 'x-api-key': key })).toBe(key);
      }),
    );
  });

  it('is the password of Basic, where that is allowed, and only there', () => {
    const user = fc.string({ unit: 'binary' }).map((name) => name.replaceAll(':', ''));
    fc.assert(
      fc.property(user, fc.string({ unit: 'binary', minLength: 1, maxLength: 100 }), (name, key) => {
        const credentials = Buffer.from(`${name}:${key}`);
        const authorization = `Basic ${credentials.toString('base64')}`;
        // Texts with half a surrogate pair have no bytes of their own.
        const sent = credentials.toString().slice(Buffer.from(name).toString().length + 1);
        expect(sentKey({ authorization }, true)).toBe(sent);
        expect(sentKey({ authorization })).toBeUndefined();
      }),
    );
    for (const text of ['', ':', 'me', 'me:'])
      expect(sentKey({ authorization: `Basic ${btoa(text)}` }, true)).toBeUndefined();
  });
});
