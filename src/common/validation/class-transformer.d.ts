/** The metadata of class-transformer; the package has no types at the path that can be loaded. */
declare module 'class-transformer/cjs/storage.js' {
  export { defaultMetadataStorage } from 'class-transformer/types/storage.js';
}
