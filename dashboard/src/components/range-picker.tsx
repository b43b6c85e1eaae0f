import './range-picker.css';

import { type ReactNode, useId, useState } from 'react';

import { TIME_ZONE } from '../common/format.js';
import { FIRST_YEAR, LAST_YEAR } from '../common/time-limits.js';
import { Field } from './field.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
/** Up to this length the fields show seconds. */
const MAX_WITH_SECONDS_MS = 60 * MINUTE_MS;
/** By how much clocks are put back at the end of summer. */
const REPEATED_MS = [30 * MINUTE_MS, 60 * MINUTE_MS];

/** Milliseconds since the Unix epoch. */
interface PickedRange {
  readonly fromMs: number;
  readonly toMs: number;
}

interface RangePickerProps {
  /** The range that is shown now; the fields start with it. */
  readonly range: PickedRange;
  /** Called with a range that ends after it starts. */
  readonly onSelect: (range: PickedRange) => void;
}

/** A button that opens two fields for the start and the end of a range, in the browser's time zone. */
export function RangePicker({ range, onSelect }: RangePickerProps): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <div className="range-picker">
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        Pick dates
      </button>
      {isOpen && (
        <RangeForm
          id={id}
          range={range}
          onSelect={(selected) => {
            setOpen(false);
            onSelect(selected);
          }}
        />
      )}
    </div>
  );
}

/** The fields keep what someone types while the range behind them moves on. */
function RangeForm({ id, range, onSelect }: RangePickerProps & { readonly id: string }): ReactNode {
  const [stepMs] = useState(range.toMs - range.fromMs <= MAX_WITH_SECONDS_MS ? SECOND_MS : MINUTE_MS);
  const [shown] = useState(() => ({
    from: fieldOf(Math.floor(range.fromMs / stepMs) * stepMs, stepMs),
    to: fieldOf(Math.ceil(range.toMs / stepMs) * stepMs, stepMs),
  }));
  const [from, setFrom] = useState(shown.from.text);
  const [to, setTo] = useState(shown.to.text);
  const [isChecked, setChecked] = useState(false);
  const fromMs = timeOf(from, shown.from);
  const toMs = laterThan(fromMs, timeOf(to, shown.to), to, stepMs);
  const fromProblem = problemOf(from, fromMs, 'Enter the date and the time of the start');
  const toProblem =
    problemOf(to, toMs, 'Enter the date and the time of the end') ??
    (toMs <= fromMs ? 'The end must be later than the start' : undefined);
  return (
    <form
      id={id}
      className="range-picker-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setChecked(true);
        if (fromProblem === undefined && toProblem === undefined) onSelect({ fromMs, toMs });
      }}
    >
      <Field label="From" hint={`Times in ${TIME_ZONE}`} problem={isChecked ? fromProblem : undefined}>
        {(attributes) => (
          <input
            {...attributes}
            type="datetime-local"
            step={stepMs / 1000}
            value={from}
            autoFocus
            onChange={({ target }) => setFrom(target.value)}
          />
        )}
      </Field>
      <Field label="To" problem={isChecked ? toProblem : undefined}>
        {(attributes) => (
          <input
            {...attributes}
            type="datetime-local"
            step={stepMs / 1000}
            value={to}
            onChange={({ target }) => setTo(target.value)}
          />
        )}
      </Field>
      <button type="submit" className="primary">
        Show
      </button>
    </form>
  );
}

/** The text of a field that nobody has changed, and its time: in an hour that a clock repeats, the text has two. */
interface ShownTime {
  readonly text: string;
  readonly timeMs: number;
}

function fieldOf(timeMs: number, stepMs: number): ShownTime {
  return { text: localText(timeMs, stepMs), timeMs };
}

function timeOf(text: string, shown: ShownTime): number {
  return text === shown.text ? shown.timeMs : Date.parse(text);
}

/** The time of an end, or the second one of its text when only that is later than the start. */
function laterThan(fromMs: number, toMs: number, text: string, stepMs: number): number {
  if (!(toMs <= fromMs)) return toMs;
  const again = REPEATED_MS.map((byMs) => toMs + byMs).find((timeMs) => localText(timeMs, stepMs) === text);
  return again ?? toMs;
}

function problemOf(text: string, timeMs: number, missing: string): string | undefined {
  if (Number.isNaN(timeMs)) return missing;
  const year = Number(text.slice(0, text.indexOf('-')));
  return year < FIRST_YEAR || year > LAST_YEAR
    ? `The year must be between ${FIRST_YEAR} and ${LAST_YEAR}`
    : undefined;
}

/** A time as such a field takes it, in the browser's time zone; '' for what is not a time. */
function localText(timeMs: number, stepMs: number): string {
  const local = new Date(timeMs - new Date(timeMs).getTimezoneOffset() * MINUTE_MS);
  if (Number.isNaN(local.getTime())) return '';
  return local.toISOString().slice(0, stepMs < MINUTE_MS ? 19 : 16);
}
