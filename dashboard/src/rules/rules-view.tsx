import type { ReactNode } from 'react';

import { linkTo, useLocation } from '../common/location.js';
import { RequestError } from '../api/client.js';
import { ErrorNotice } from '../components/error-notice.js';
import { View } from '../components/view.js';
import { toDraft, draftFromQuery } from './rule-draft.js';
import { RuleEditor } from './rule-editor.js';
import { RuleList } from './rule-list.js';
import './rules.css';
import { useRules } from './use-rules.js';

/** All rules; or one of them, to be changed; or a new one. @param props.ruleId `new` for that */
export function RulesView({ ruleId }: { ruleId: string | undefined }): ReactNode {
  if (ruleId === undefined) return <RuleList />;
  return ruleId === 'new' ? <NewRule /> : <ExistingRule key={ruleId} ruleId={ruleId} />;
}

function NewRule(): ReactNode {
  const { query } = useLocation();
  return <RuleEditor title="New rule" begin={draftFromQuery(query)} kept={undefined} />;
}

function ExistingRule({ ruleId }: { ruleId: string }): ReactNode {
  const { data: rules, error, isPending, refetch } = useRules();
  const rule = rules?.find(({ id }) => id === ruleId);
  if (rule) return <RuleEditor title={rule.name} begin={toDraft(rule)} kept={rule} />;
  if (isPending) return <View title="Rule">Loading …</View>;
  return (
    <View title={error ? 'Rule' : 'There is no such rule'}>
      <ErrorNotice error={error} />
      {error && !(error instanceof RequestError && error.status === 403) && (
        <div className="row">
          <button type="button" onClick={() => void refetch()}>
            Try again
          </button>
        </div>
      )}
      {!error && <p>It was deleted, or the link is wrong. What it said is still in the log.</p>}
      <p className="row">
        <a href={linkTo(['rules'])}>All rules</a>
        {!error && <a href={linkTo(['log'], { ruleId })}>Its entries in the log</a>}
      </p>
    </View>
  );
}
