/** What class-transformer knows of decorated classes; it ships this without types at the path that can be loaded. */
declare module 'class-transformer/cjs/storage.js' {
  export { defaultMetadataStorage } from 'class-transformer/types/storage.js';
}
