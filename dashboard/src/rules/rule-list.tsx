import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';

import type { Rule } from '../api/schemas.js';
import { formatCount, formatTime } from '../common/format.js';
import { linkTo, navigate, useLocation } from '../common/location.js';
import { ErrorNotice } from '../components/error-notice.js';
import { Ago } from '../components/time.js';
import { View } from '../components/view.js';
import { stateOfKind, useActiveRules } from './active-rules.js';
import { DeleteRule } from './delete-rule.js';
import { describeRule, KIND_NAMES } from './describe-rule.js';
import { ReaderNotice } from './reader-notice.js';
import { RuleNow } from './rule-now.js';
import { RULES_KEY, useCanEditRules, useRules } from './use-rules.js';

/** From this length on the list has a search field. */
const SEARCH_FROM = 8;

/** All rules: the condition of each, what it applies to, and its state. */
export function RuleList(): ReactNode {
  const { data: rules, error, refetch } = useRules();
  const canEdit = useCanEditRules();
  return (
    <View
      title="Rules"
      actions={
        rules &&
        rules.length > 0 && (
          <a className="button primary" href={linkTo(['rules', 'new'])}>
            New rule
          </a>
        )
      }
    >
      {!canEdit && <ReaderNotice />}
      <ErrorNotice error={error} />
      {error && !rules && (
        <div className="row">
          <button type="button" onClick={() => void refetch()}>
            Try again
          </button>
        </div>
      )}
      {!rules && !error && <p className="muted">Loading …</p>}
      {rules?.length === 0 && <NoRules />}
      {rules && rules.length > 0 && <Rules rules={rules} canEdit={canEdit} />}
    </View>
  );
}

function NoRules(): ReactNode {
  return (
    <section className="card padded stack">
      <p>
        There are no rules yet. A rule watches one sensor, one zone or all sensors, and writes events to the{' '}
        <a href={linkTo(['log'])}>log</a>. Before you save a rule, a preview shows the events that it would
        have made.
      </p>
      <ul className="kind-list">
        {Object.entries(KIND_NAMES).map(([kind, [name, description]]) => (
          <li key={kind}>
            <a className="button" href={linkTo(['rules', 'new'], { kind })}>
              {name}
            </a>
            <span className="muted">{description}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Rules({ rules, canEdit }: { rules: readonly Rule[]; canEdit: boolean }): ReactNode {
  const { query } = useLocation();
  const search = query.get('search') ?? '';
  const [deleting, setDeleting] = useState<Rule>();
  const queries = useQueryClient();
  const active = useActiveRules();
  const isActiveOnly = query.get('show') === 'active';
  const change = (changes: Readonly<Record<string, string>>): void =>
    navigate(['rules'], { ...Object.fromEntries(query), ...changes }, true);
  const words = search.toLowerCase();
  const found = rules.filter(
    (rule) =>
      (!isActiveOnly || active.has(rule.id)) &&
      [rule.name, describeRule(rule), rule.sensorId, rule.zone].join('\n').toLowerCase().includes(words),
  );
  const activeCount = rules.filter(({ id }) => active.has(id)).length;
  return (
    <>
      <div className="row">
        {(rules.length >= SEARCH_FROM || search) && (
          <input
            type="search"
            className="rule-search"
            aria-label="Search rules"
            placeholder="Search rules"
            value={search}
            onChange={({ target }) => change({ search: target.value })}
          />
        )}
        {(activeCount > 0 || isActiveOnly) && (
          <button
            type="button"
            aria-pressed={isActiveOnly}
            onClick={() => change({ show: isActiveOnly ? '' : 'active' })}
          >
            Active only ({formatCount(activeCount)})
          </button>
        )}
      </div>
      <div className="card rule-table">
        <table>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Condition</th>
              <th scope="col">Applies to</th>
              <th scope="col">Now</th>
              <th scope="col">Changed</th>
              <th scope="col">
                <span className="hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {found.map((rule) => (
              <tr
                key={rule.id}
                data-rule={rule.id}
                className={active.has(rule.id) ? `is-active at-${stateOfKind(rule.kind)}` : undefined}
              >
                <th scope="row">
                  <a href={linkTo(['rules', rule.id])}>{rule.name}</a>
                </th>
                <td>{describeRule(rule)}</td>
                <td>
                  <AppliesTo rule={rule} />
                </td>
                <td>
                  <RuleNow rule={rule} active={active.get(rule.id)} />
                </td>
                <td className="muted" title={formatTime(Date.parse(rule.since))}>
                  <span className="only-narrow">changed </span>
                  <Ago timeMs={Date.parse(rule.since)} />
                </td>
                <td>
                  <div className="row rule-actions">
                    <a className="button quiet" href={linkTo(['log'], { ruleId: rule.id })}>
                      Log<span className="hidden"> of {rule.name}</span>
                    </a>
                    {canEdit && (
                      <button type="button" className="quiet danger" onClick={() => setDeleting(rule)}>
                        Delete<span className="hidden"> {rule.name}</span>
                      </button>
                    )}
                  </div>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {found.length === 0 && <p className="muted padded">No rules match.</p>}
      </div>
      {deleting && (
        <DeleteRule
          rule={deleting}
          onClose={() => setDeleting(undefined)}
          onDeleted={() => queries.invalidateQueries({ queryKey: RULES_KEY })}
        />
      )}
    </>
  );
}

function AppliesTo({ rule }: { rule: Rule }): ReactNode {
  const { sensorId, zone } = rule;
  if (sensorId !== undefined)
    return (
      <>
        sensor <a href={linkTo(['sensors', sensorId])}>{sensorId}</a>
      </>
    );
  if (zone !== undefined)
    return (
      <>
        zone <a href={linkTo([], { zone })}>{zone}</a>
      </>
    );
  return 'all sensors';
}
