// The minimum of work for a durable reply on one thread: append, fdatasync, reply. Texts that arrive during a commit are written
// together in the next one.
import { fdatasync, openSync, write } from 'node:fs';

/** Opens a file. @returns a function that appends text and resolves once it is on disk */
export function openGroupCommit(file) {
  const fd = openSync(file, 'a');
  let texts = [];
  let waiting = [];
  let busy = false;

  const flush = () => {
    busy = waiting.length > 0;
    if (!busy) return;
    const data = Buffer.from(texts.join(''));
    const replies = waiting;
    texts = [];
    waiting = [];
    const finish = (error) => {
      for (const { resolve, reject } of replies) {
        if (error) reject(error);
        else resolve();
      }
      flush();
    };
    write(fd, data, 0, data.length, undefined, (error, written) => {
      if (error || written !== data.length) finish(error ?? new Error('A write was cut short.'));
      else fdatasync(fd, finish);
    });
  };

  return (text) =>
    new Promise((resolve, reject) => {
      texts.push(text);
      waiting.push({ resolve, reject });
      if (busy) return;
      busy = true;
      // The other requests of this turn of the event loop join the first commit.
      setImmediate(flush);
    });
}
