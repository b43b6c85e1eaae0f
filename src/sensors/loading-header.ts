/** Marks an answer from which sensors are missing. */
export const LOADING_HEADER = 'Latest-Loading';

/** How the interface is described. */
export const API_LOADING_HEADER = {
  [LOADING_HEADER]: {
    description:
      'true while the latest readings that the store held before this gateway came are still being loaded: sensors are missing; otherwise absent',
    schema: { type: 'string' as const, enum: ['true'] },
  },
};
