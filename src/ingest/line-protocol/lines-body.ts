/** A body in line protocol. */
export class LinesBody {
  static readonly EMPTY = new LinesBody('', undefined);

  /** @param ascii the same text as bytes, one for each character; undefined when it has others than those of ASCII */
  constructor(
    readonly text: string,
    readonly ascii: Buffer | undefined,
  ) {}
}
