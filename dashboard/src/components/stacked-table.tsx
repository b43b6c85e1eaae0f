import type { ReactNode } from 'react';

import './stacked-table.css';

interface StackedTableProps {
  readonly label: string;
  /** Headings; only screen readers read a hidden one. */
  readonly columns: readonly {
    readonly name: string;
    readonly isNumber?: boolean;
    readonly isHidden?: boolean;
  }[];
  /** Rows, which hold Cells. */
  readonly children: ReactNode;
}

/** A table whose rows become blocks on a phone. Without the roles, browsers would then no longer treat it as a table. */
export function StackedTable({ label, columns, children }: StackedTableProps): ReactNode {
  return (
    <table role="table" className="stacked-table" aria-label={label}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ name, isNumber = false, isHidden = false }) => (
            <th key={name} role="columnheader" scope="col" className={isNumber ? 'number' : undefined}>
              {isHidden ? <span className="hidden">{name}</span> : name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">{children}</tbody>
    </table>
  );
}

export function Row({ children, className }: { children: ReactNode; className?: string }): ReactNode {
  return (
    <tr role="row" className={className}>
      {children}
    </tr>
  );
}

interface CellProps {
  /** The name of the column, shown beside the cell on a phone. */
  readonly label: string;
  readonly className?: string;
  readonly children: ReactNode;
}

export function Cell({ label, className, children }: CellProps): ReactNode {
  return (
    <td role="cell" data-label={label} className={className}>
      {/* A single element, so that it stays beside its label. */}
      <div>{children}</div>
    </td>
  );
}
