import type { ReactNode } from 'react';

import './stacked-table.css';

interface StackedTableProps {
  readonly label: string;
  /** Headings; one that is only heard is given as hidden. */
  readonly columns: readonly {
    readonly name: string;
    readonly isNumber?: boolean;
    readonly isHidden?: boolean;
  }[];
  /** Rows of Cells. */
  readonly children: ReactNode;
}

/** A table whose rows are blocks on a phone. The roles say that it is a table still: browsers forget it by then. */
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
  /** The column's name, shown beside it on a phone. */
  readonly label: string;
  readonly className?: string;
  readonly children: ReactNode;
}

export function Cell({ label, className, children }: CellProps): ReactNode {
  return (
    <td role="cell" data-label={label} className={className}>
      {/* One element, whatever is in it, so that it stands beside its label. */}
      <div>{children}</div>
    </td>
  );
}
