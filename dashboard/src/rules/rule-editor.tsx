import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, type SubmitEvent, useRef, useState } from 'react';

import { navigate, linkTo } from '../common/location.js';
import { api, type NewRule, RequestError, type Rule } from '../api/client.js';
import { live } from '../live/live.js';
import { ErrorNotice } from '../components/error-notice.js';
import { View } from '../components/view.js';
import { DeleteRule } from './delete-rule.js';
import { type RuleDraft, type FieldName, type Problems, type RuleKind, parseDraft } from './rule-draft.js';
import { Field } from '../components/field.js';
import { describeRule, KIND_NAMES } from './describe-rule.js';
import { KindFields } from './kind-fields.js';
import { Preview } from './preview.js';
import { ReaderNotice } from './rule-list.js';
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
  readonly begin: RuleDraft;
  /** The rule that is changed; undefined for a new one. */
  readonly kept: Rule | undefined;
}

/** A rule's form, and beside it what the rule would have said of the past. */
export function RuleEditor({ title, begin, kept }: RuleEditorProps): ReactNode {
  const [draft, setDraft] = useState(begin);
  const [seen, setSeen] = useState<ReadonlySet<FieldName>>(new Set());
  const [refused, setRefused] = useState<Error>();
  const [isSaving, setSaving] = useState(false);
  const [isDeleting, setDeleting] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const queries = useQueryClient();
  const canEdit = useCanEditRules();
  const { rule, problems } = parseDraft(draft);
  const said: Problems = {
    ...pick(problems, (field) => seen.has(field)),
    ...problemsOf(refused),
  };

  const change = (changes: Partial<RuleDraft>): void => {
    setDraft((before) => ({ ...before, ...changes }));
    // What the gateway refused was of another rule than this.
    setRefused(undefined);
  };
  const done = async (): Promise<void> => {
    navigate(['rules']);
    await queries.invalidateQueries({ queryKey: RULES_KEY });
  };
  const save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setSeen(new Set(FIELDS as FieldName[]));
    if (rule) {
      setSaving(true);
      try {
        await send(rule, kept);
        // The board tells silence from other rules; when it cannot load them now, it does later.
        await live.loadRules().catch(() => undefined);
        await done();
        return;
      } catch (error) {
        setRefused(error as Error);
      } finally {
        setSaving(false);
      }
    }
    // Where something is wrong, there the reader goes on.
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };

  return (
    <View
      title={title}
      actions={
        kept && (
          <div className="row">
            <a className="button" href={linkTo(['log'], { ruleId: kept.id })}>
              Its entries in the log
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
      <div className="rule-editor">
        <form ref={form} className="card padded stack" noValidate onSubmit={(event) => void save(event)}>
          <KindChoice chosen={draft.kind} choose={(kind) => change({ kind })} />
          <KindFields
            draft={draft}
            problems={said}
            change={change}
            leave={(field) => setSeen((before) => new Set(before).add(field))}
          />
          <ScopeFields
            draft={draft}
            problems={said}
            change={change}
            leave={(field) => setSeen((before) => new Set(before).add(field))}
          />
          <Field label="Name" hint="What people call it; without one, what it looks for." problem={said.name}>
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
              {kept ? 'Save' : 'Create rule'}
            </button>
            <a className="button" href={linkTo(['rules'])}>
              Cancel
            </a>
            {!canEdit && <span className="muted">Saving needs an admin’s key.</span>}
          </div>
          {kept && (
            <p className="field-hint">
              With anything but a new name it begins anew with every sensor, and may say again what it has
              said.
            </p>
          )}
        </form>
        <Preview draft={draft} rule={rule} />
      </div>
      {kept && isDeleting && <DeleteRule rule={kept} onClose={() => setDeleting(false)} onDeleted={done} />}
    </View>
  );
}

interface KindChoiceProps {
  readonly chosen: RuleKind;
  readonly choose: (kind: RuleKind) => void;
}

function KindChoice({ chosen, choose }: KindChoiceProps): ReactNode {
  return (
    <fieldset className="rule-fieldset">
      <legend>Looks for</legend>
      <div className="kinds">
        {Object.entries(KIND_NAMES).map(([kind, [name, what]]) => (
          <label key={kind}>
            <input
              type="radio"
              name="kind"
              checked={kind === chosen}
              onChange={() => choose(kind as RuleKind)}
            />
            <span>
              {name} <small className="muted">{what}</small>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

async function send(rule: NewRule, kept: Rule | undefined): Promise<void> {
  if (kept) await api.PUT('/api/rules/{id}', { params: { path: { id: kept.id } }, body: rule });
  else await api.POST('/api/rules', { body: rule });
}

/** What the gateway says is wrong, by field. */
function problemsOf(error: Error | undefined): Problems {
  if (!(error instanceof RequestError)) return {};
  return Object.fromEntries(
    error.errors.filter(({ path }) => FIELDS.includes(path)).map(({ path, message }) => [path, message]),
  );
}

function explain(error: Error): Error {
  if (!(error instanceof RequestError) || error.code !== 'RULE_NOT_FOUND') return error;
  return new RequestError(
    'Somebody has deleted this rule meanwhile. Make a new one, if it is wanted still.',
    error.status,
    error.code,
  );
}

function pick(problems: Problems, isWanted: (field: FieldName) => boolean): Problems {
  return Object.fromEntries(Object.entries(problems).filter(([field]) => isWanted(field as FieldName)));
}
