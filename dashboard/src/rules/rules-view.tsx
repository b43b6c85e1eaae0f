import type { ReactNode } from 'react';

import { RequestError } from '../api/client.js';
import { linkTo, useLocation } from '../common/location.js';
import { ErrorNotice } from '../components/error-notice.js';
import { View } from '../components/view.js';
import { draftFromQuery, toDraft } from './rule-draft.js';
import { RuleEditor } from './rule-editor.js';
import { RuleList } from './rule-list.js';
import './rules.css';
import { useRules } from './use-rules.js';

/** The list of rules, or the editor of one. @param props.ruleId `new` for a new rule */
export function RulesView({ ruleId }: { ruleId: string | undefined }): ReactNode {
  if (ruleId === undefined) return <RuleList />;
  return ruleId === 'new' ? <NewRule /> : <ExistingRule key={ruleId} ruleId={ruleId} />;
}

function NewRule(): ReactNode {
  const { query } = useLocation();
  const initialDraft = draftFromQuery(query);
  // Another link gives another form; what the preview writes into the URL does not.
  const form = `new ${JSON.stringify(initialDraft)}`;
  return (
    <RuleEditor key={form} form={form} title="New rule" initialDraft={initialDraft} existing={undefined} />
  );
}

function ExistingRule({ ruleId }: { ruleId: string }): ReactNode {
  const { data: rules, error, isPending, refetch } = useRules();
  const rule = rules?.find(({ id }) => id === ruleId);
  if (rule)
    return (
      <RuleEditor
        form={`${rule.id} ${rule.since}`}
        title={rule.name}
        initialDraft={toDraft(rule)}
        existing={rule}
      />
    );
  if (isPending) return <View title="Rule">Loading …</View>;
  return (
    <View title={error ? 'Rule' : 'Rule not found'}>
      <ErrorNotice error={error} />
      {error && !(error instanceof RequestError && error.status === 403) && (
        <div className="row">
          <button type="button" onClick={() => void refetch()}>
            Try again
          </button>
        </div>
      )}
      {!error && <p>The rule was deleted, or the link is wrong. Its events are still in the log.</p>}
      <p className="row">
        <a href={linkTo(['rules'])}>All rules</a>
        {!error && <a href={linkTo(['log'], { ruleId })}>Its events in the log</a>}
      </p>
    </View>
  );
}
