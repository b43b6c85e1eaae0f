import type { components } from '../../schema.js';

export type Schemas = components['schemas'];
export type SystemEvent = Schemas['LogEntryDto'];
export type Latest = Schemas['LatestDto'];
export type Sensor = Schemas['SensorDto'];
export type Bucket = Schemas['BucketDto'];
export type LatencyBucket = Schemas['LatencyBucketDto'];
export type StoredReading = Schemas['StoredReadingDto'];
export type PipelineStatus = Schemas['PipelineStatusDto'];
export type DeadLetter = Schemas['DeadLetterDto'];
export type Key = Schemas['KeyDto'];
export type CreatedKey = Schemas['MadeKeyDto'];
/** A stored rule. */
export type Rule = NewRule & { readonly id: string; readonly name: string; readonly since: string };
export type NewRule = Schemas['RuleDto'];
export type EventType = SystemEvent['type'];
