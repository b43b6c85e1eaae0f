/** What is wrong with one field of a request. */
export interface FieldError {
  /** The field, or the parameter, as the client wrote it. */
  readonly path: string;
  readonly message: string;
}
