import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, type SubmitEvent, useRef, useState } from 'react';

import { api, RequestError } from '../api/client.js';
import type { NewRule, Rule } from '../api/schemas.js';
import { linkTo, navigate } from '../common/location.js';
import { ErrorNotice } from '../components/error-notice.js';
import { Field } from '../components/field.js';
import { View } from '../components/view.js';
import { live } from '../live/live.js';
import { DeleteRule } from './delete-rule.js';
import { describeRule, KIND_NAMES } from './describe-rule.js';
import { KindFields } from './kind-fields.js';
import { Preview } from './preview.js';
import { ReaderNotice } from './reader-notice.js';
import { discardDraft, keepDraft, keptDraft } from './kept-drafts.js';
import {
  type FieldName,
  isTypedOut,
  parseDraft,
  type Problems,
  type RuleDraft,
  type RuleKind,
} from './rule-draft.js';
import { ScopeFields } from './scope-fields.js';
import { RULES_KEY, useCanEditRules } from './use-rules.js';

const FIELDS: readonly string[] = [
  'name',
  'zone',
  'sensorId',
  'threshold',
  'hysteresis',
  'forSeconds',
  'perSecond',
  'afterSeconds',
  'sensitivity',
] satisfies FieldName[];

interface RuleEditorProps {
  readonly title: string;
  readonly initialDraft: RuleDraft;
  /** The rule to edit; undefined for a new one. */
  readonly existing: Rule | undefined;
  /** Names the form among others, so that its input is kept while another view is open. */
  readonly form: string;
}

/** The form of a rule, beside a preview on past readings. */
export function RuleEditor({ title, initialDraft, existing, form }: RuleEditorProps): ReactNode {
  const [draft, setDraft] = useState(() => keptDraft(form) ?? initialDraft);
  const [isKept, setKept] = useState(() => keptDraft(form) !== undefined);
  const [visited, setVisited] = useState<ReadonlySet<FieldName>>(new Set());
  const [refused, setRefused] = useState<Error>();
  const [isSaving, setSaving] = useState(false);
  const [isDeleting, setDeleting] = useState(false);
  const element = useRef<HTMLFormElement>(null);
  const queries = useQueryClient();
  const canEdit = useCanEditRules();
  const { rule, problems } = parseDraft(draft);
  const shownProblems: Problems = {
    ...pick(problems, (field) => visited.has(field) || isTypedOut(draft, field)),
    ...problemsOf(refused),
  };

  const change = (changes: Partial<RuleDraft>): void => {
    const changed = { ...draft, ...changes };
    setDraft(changed);
    keepDraft(form, changed);
    // The refusal was about the rule before this change.
    setRefused(undefined);
  };
  const startOver = (): void => {
    discardDraft(form);
    setDraft(initialDraft);
    setVisited(new Set());
    setRefused(undefined);
    setKept(false);
  };
  const done = async (): Promise<void> => {
    discardDraft(form);
    navigate(['rules']);
    await queries.invalidateQueries({ queryKey: RULES_KEY });
  };
  const save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setVisited(new Set(FIELDS as FieldName[]));
    if (rule) {
      setSaving(true);
      try {
        await send(rule, existing);
        // States of sensors depend on the rules. If loading fails now, it is repeated later.
        await live.loadRules().catch(() => undefined);
        await done();
        return;
      } catch (error) {
        setRefused(error as Error);
      } finally {
        setSaving(false);
      }
    }
    // Moves the focus to the first field with a problem.
    requestAnimationFrame(() =>
      element.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(),
    );
  };

  return (
    <View
      title={title}
      actions={
        existing && (
          <div className="row">
            <a className="button" href={linkTo(['log'], { ruleId: existing.id })}>
              Its events in the log
            </a>
            {canEdit && (
              <button type="button" className="danger" onClick={() => setDeleting(true)}>
                Delete
              </button>
            )}
          </div>
        )
      }
    >
      {!canEdit && <ReaderNotice />}
      {isKept && (
        <div className="notice row spread" role="status">
          <span>Your input from before is still here; it is not saved yet.</span>
          <button type="button" onClick={startOver}>
            Start over
          </button>
        </div>
      )}
      <div className="rule-editor">
        <form ref={element} className="card padded stack" noValidate onSubmit={(event) => void save(event)}>
          <KindChoice selected={draft.kind} onSelect={(kind) => change({ kind })} />
          <KindFields
            draft={draft}
            problems={shownProblems}
            change={change}
            onLeave={(field) => setVisited((before) => new Set(before).add(field))}
          />
          <ScopeFields
            draft={draft}
            problems={shownProblems}
            change={change}
            onLeave={(field) => setVisited((before) => new Set(before).add(field))}
          />
          <Field
            label="Name"
            hint="Optional. Without a name, the rule is named by its condition."
            problem={shownProblems.name}
          >
            {(attributes) => (
              <input
                {...attributes}
                autoComplete="off"
                placeholder={rule ? describeRule(rule) : ''}
                value={draft.name}
                onChange={({ target }) => change({ name: target.value })}
              />
            )}
          </Field>
          {refused && Object.keys(problemsOf(refused)).length === 0 && (
            <ErrorNotice error={explain(refused)} />
          )}
          <div className="row">
            <button type="submit" className="primary" disabled={isSaving || !canEdit}>
              {existing ? 'Save' : 'Create rule'}
            </button>
            <a className="button" href={linkTo(['rules'])} onClick={() => discardDraft(form)}>
              Cancel
            </a>
            {!canEdit && <span className="muted">Only an admin key can save rules.</span>}
          </div>
          {existing && (
            <p className="field-hint">
              Any change except of the name resets the rule for every sensor. It may then repeat earlier
              events.
            </p>
          )}
        </form>
        <Preview draft={draft} rule={rule} />
      </div>
      {existing && isDeleting && (
        <DeleteRule rule={existing} onClose={() => setDeleting(false)} onDeleted={done} />
      )}
    </View>
  );
}

interface KindChoiceProps {
  readonly selected: RuleKind;
  readonly onSelect: (kind: RuleKind) => void;
}

function KindChoice({ selected, onSelect }: KindChoiceProps): ReactNode {
  return (
    <fieldset className="rule-fieldset">
      <legend>Condition</legend>
      <div className="kinds">
        {Object.entries(KIND_NAMES).map(([kind, [name, description]]) => (
          <label key={kind}>
            <input
              type="radio"
              name="kind"
              checked={kind === selected}
              onChange={() => onSelect(kind as RuleKind)}
            />
            <span>
              {name} <small className="muted">{description}</small>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

async function send(rule: NewRule, existing: Rule | undefined): Promise<void> {
  if (existing) await api.PUT('/api/rules/{id}', { params: { path: { id: existing.id } }, body: rule });
  else await api.POST('/api/rules', { body: rule });
}

/** The problems in the gateway's answer, by field. */
function problemsOf(error: Error | undefined): Problems {
  if (!(error instanceof RequestError)) return {};
  return Object.fromEntries(
    error.errors.filter(({ path }) => FIELDS.includes(path)).map(({ path, message }) => [path, message]),
  );
}

function explain(error: Error): Error {
  if (!(error instanceof RequestError) || error.code !== 'RULE_NOT_FOUND') return error;
  return new RequestError(
    'Somebody has deleted this rule in the meantime. Create a new one if you still need it.',
    error.status,
    error.code,
  );
}

function pick(problems: Problems, isWanted: (field: FieldName) => boolean): Problems {
  return Object.fromEntries(Object.entries(problems).filter(([field]) => isWanted(field as FieldName)));
}
