/** A table of any length: an ARIA grid of which only the rows in sight exist. It knows no runs.
 *
 * The grid itself has the focus, and `aria-activedescendant` names the cell that is meant, so that
 * rows may come and go while somebody scrolls. Row -1 is the row of the heads.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import React, { useCallback, useEffect, useId, useRef, useState } from 'react';

export interface GridColumn {
  readonly key: string;
  readonly label: string;
  readonly title: string;
  readonly width: number;
  readonly isNumeric: boolean;
  readonly sorted: 'ascending' | 'descending' | null;
}

export interface Place {
  readonly row: number;
  readonly column: number;
}

export interface GridProps {
  readonly label: string;
  readonly columns: readonly GridColumn[];
  readonly pinned: number;
  /** Without boxes that select rows. */
  readonly isPlain?: boolean;
  readonly rowCount: number;
  readonly rowHeight: number;
  readonly isSelected: (row: number) => boolean;
  readonly rowClass: (row: number) => string;
  readonly cell: (row: number, column: GridColumn) => React.ReactNode;
  readonly onRange: (first: number, last: number) => void;
  readonly onSort: (column: GridColumn) => void;
  readonly onResize: (column: GridColumn, width: number, done: boolean) => void;
  readonly onOpen: (row: number) => void;
  readonly onSelect: (row: number, how: 'only' | 'toggle' | 'extend') => void;
  readonly onKey: (event: React.KeyboardEvent, place: Place) => void;
  readonly onActive?: (place: Place) => void;
  readonly selectLabel: (row: number) => string;
  /** The head that stands in a row instead of cells; without it there are no groups. */
  readonly groups?: GridGroups | undefined;
}

export interface GridGroups {
  readonly head: (
    row: number
  ) => { readonly isOpen: boolean; readonly told: React.ReactNode } | null;
  readonly headOf: (row: number) => number;
  readonly toggle: (row: number) => void;
}

const MARK_WIDTH = 28;
const LEAST_WIDTH = 48;

export function Grid(props: GridProps): React.JSX.Element {
  const { columns, pinned, rowCount, rowHeight, onRange } = props;
  const id = useId();
  const frame = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<Place>({ row: rowCount > 0 ? 0 : -1, column: 0 });
  // A browser keeps a layer of its own for each cell that sticks; where nothing is scrolled aside,
  // all stand where they belong without it, and every frame takes a third of the time.
  const [isAside, setAside] = useState(false);
  const rows = useVirtualizer({
    count: rowCount,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    scrollPaddingStart: rowHeight
  });
  const items = rows.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => onRange(first, last), [first, last, rowCount, onRange]);
  const markWidth = props.isPlain ? 0 : MARK_WIDTH;
  const firstColumn = props.isPlain ? 1 : 2;
  const width = markWidth + columns.reduce((sum, column) => sum + column.width, 0);

  const row = Math.min(active.row, rowCount - 1);
  const column = Math.min(active.column, columns.length - 1);
  const cellId = (at: number, which: number) => `${id}${at}-${which}`;

  const move = (to: Place, extend: boolean) => {
    const place = {
      row: Math.max(-1, Math.min(to.row, rowCount - 1)),
      column: Math.max(0, Math.min(to.column, columns.length - 1))
    };
    setActive(place);
    props.onActive?.(place);
    if (place.row >= 0) {
      rows.scrollToIndex(place.row);
      if (extend) {
        props.onSelect(place.row, 'extend');
      }
    }
    scrollToColumn(place.column);
  };

  const scrollToColumn = useCallback(
    (which: number) => {
      const element = frame.current;
      if (element === null || which < pinned) {
        return;
      }
      const widths = columns.map(each => each.width);
      const before = (end: number) => widths.slice(0, end).reduce((sum, each) => sum + each, 0);
      const fixed = before(pinned) + markWidth;
      const left = before(which) + markWidth;
      if (left - fixed < element.scrollLeft) {
        element.scrollLeft = left - fixed;
      } else if (left + (widths[which] ?? 0) > element.scrollLeft + element.clientWidth) {
        element.scrollLeft = left + (widths[which] ?? 0) - element.clientWidth;
      }
    },
    [columns, pinned, markWidth]
  );

  const { groups } = props;
  const open = (at: number) => (groups?.head(at) ? groups.toggle(at) : props.onOpen(at));
  const select = (at: number, how: 'toggle' | 'extend') =>
    groups?.head(at) ? groups.toggle(at) : props.onSelect(at, how);

  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.target !== event.currentTarget) {
      return;
    }
    const page = Math.max(1, Math.floor((frame.current?.clientHeight ?? 0) / rowHeight) - 2);
    const head = columns[column];
    const ctrl = event.ctrlKey || event.metaKey;
    const moves: Record<string, () => void> = {
      ArrowDown: () => move({ row: row + 1, column }, event.shiftKey),
      ArrowUp: () => move({ row: row - 1, column }, event.shiftKey && row > 0),
      PageDown: () => move({ row: row + page, column }, event.shiftKey),
      PageUp: () => move({ row: Math.max(0, row - page), column }, event.shiftKey),
      Home: () => move({ row: ctrl ? 0 : row, column: 0 }, false),
      End: () => move({ row: ctrl ? rowCount - 1 : row, column: columns.length - 1 }, false),
      ArrowLeft: () => sideways(-1),
      ArrowRight: () => sideways(1),
      ' ': () => row >= 0 && select(row, event.shiftKey ? 'extend' : 'toggle'),
      Enter: () => (row >= 0 ? open(row) : head && props.onSort(head))
    };
    const sideways = (by: number) => {
      const group = row >= 0 ? groups?.head(row) : null;
      if (group) {
        // As in a tree: to the right opens, to the left closes.
        if (group.isOpen !== by > 0) {
          groups?.toggle(row);
        } else if (by > 0) {
          move({ row: row + 1, column: 0 }, false);
        }
      } else if (groups && row >= 0 && by < 0 && column === 0) {
        move({ row: groups.headOf(row), column: 0 }, false);
      } else if (row < 0 && event.shiftKey && head) {
        props.onResize(head, Math.max(LEAST_WIDTH, head.width + by * 16), true);
      } else {
        move({ row, column: column + by }, false);
      }
    };
    const act = moves[event.key];
    if (act && !event.altKey) {
      event.preventDefault();
      event.stopPropagation();
      act();
    } else {
      props.onKey(event, { row, column });
    }
  };

  let left = markWidth;
  const lefts = columns.map(each => (left += each.width) - each.width);
  const style = (which: number): React.CSSProperties => ({
    width: columns[which]?.width,
    ...(which < pinned && isAside ? { position: 'sticky', left: lefts[which] } : {})
  });
  const classOf = (base: string, which: number, at: number) =>
    [
      base,
      columns[which]?.isNumeric ? 'nbm-mod-numeric' : '',
      which < pinned ? 'nbm-mod-pinned' : '',
      which === pinned - 1 ? 'nbm-mod-edge' : '',
      at === row && which === column ? 'nbm-mod-active' : ''
    ].join(' ');

  return (
    <div
      ref={frame}
      className={`nbm-grid ${isAside ? 'nbm-mod-aside' : ''}`}
      onScroll={event => setAside(event.currentTarget.scrollLeft !== 0)}
      role={groups ? 'treegrid' : 'grid'}
      tabIndex={0}
      aria-label={props.label}
      aria-rowcount={rowCount + 1}
      aria-colcount={columns.length + firstColumn - 1}
      aria-multiselectable={!props.isPlain}
      aria-activedescendant={cellId(row, column)}
      onKeyDown={onKeyDown}
    >
      <div className="nbm-grid-head" role="row" aria-rowindex={1} style={{ width }}>
        {props.isPlain ? null : (
          <div role="columnheader" className="nbm-grid-mark nbm-mod-pinned" aria-colindex={1}>
            <span className="nbm-unseen">{props.selectLabel(-1)}</span>
          </div>
        )}
        {columns.map((each, which) => (
          <div
            key={each.key}
            id={cellId(-1, which)}
            role="columnheader"
            aria-colindex={which + firstColumn}
            aria-sort={each.sorted ?? 'none'}
            className={classOf('nbm-grid-label', which, -1)}
            style={style(which)}
            title={each.title}
            onClick={() => {
              setActive({ row: -1, column: which });
              props.onSort(each);
            }}
          >
            <span className="nbm-grid-text">{each.label}</span>
            <span className="nbm-grid-arrow" aria-hidden="true">
              {each.sorted === null ? '' : each.sorted === 'ascending' ? '↑' : '↓'}
            </span>
            {props.isPlain ? null : <Handle column={each} onResize={props.onResize} />}
          </div>
        ))}
      </div>
      <div role="presentation" style={{ height: rows.getTotalSize(), width, position: 'relative' }}>
        {items.map(item => {
          const group = groups?.head(item.index);
          return group ? (
            <div
              key={item.key}
              role="row"
              aria-rowindex={item.index + 2}
              aria-level={1}
              aria-expanded={group.isOpen}
              className="nbm-grid-row nbm-grid-group"
              style={{ top: item.start, height: rowHeight, width }}
              onClick={() => {
                setActive({ row: item.index, column: 0 });
                groups?.toggle(item.index);
              }}
            >
              <div
                id={cellId(item.index, column)}
                role="gridcell"
                aria-colindex={1}
                aria-colspan={columns.length + 1}
                className={`nbm-grid-group-cell ${item.index === row ? 'nbm-mod-active' : ''}`}
              >
                <span className="nbm-section-arrow" aria-hidden="true">
                  {group.isOpen ? '▾' : '▸'}
                </span>
                {group.told}
              </div>
            </div>
          ) : (
            <div
              key={item.key}
              role="row"
              aria-rowindex={item.index + 2}
              aria-level={groups ? 2 : undefined}
              aria-selected={props.isSelected(item.index)}
              className={`nbm-grid-row ${props.rowClass(item.index)}`}
              style={{ top: item.start, height: rowHeight, width }}
              onDoubleClick={() => props.onOpen(item.index)}
            >
              {props.isPlain ? null : (
                <div
                  role="gridcell"
                  aria-colindex={1}
                  className="nbm-grid-mark nbm-mod-pinned"
                  onClick={event =>
                    props.onSelect(item.index, event.shiftKey ? 'extend' : 'toggle')
                  }
                >
                  <input
                    type="checkbox"
                    tabIndex={-1}
                    aria-label={props.selectLabel(item.index)}
                    checked={props.isSelected(item.index)}
                    onChange={() => undefined}
                  />
                </div>
              )}
              {columns.map((each, which) => (
                <div
                  key={each.key}
                  id={cellId(item.index, which)}
                  role="gridcell"
                  aria-colindex={which + firstColumn}
                  className={classOf('nbm-grid-cell', which, item.index)}
                  style={style(which)}
                  onMouseDown={() => {
                    setActive({ row: item.index, column: which });
                    props.onActive?.({ row: item.index, column: which });
                  }}
                  onClick={event => {
                    if (event.shiftKey || event.ctrlKey || event.metaKey) {
                      props.onSelect(item.index, event.shiftKey ? 'extend' : 'toggle');
                    }
                  }}
                >
                  {props.cell(item.index, each)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** The edge of a head, by which its column is made wider. */
function Handle(props: { column: GridColumn; onResize: GridProps['onResize'] }): React.JSX.Element {
  const { column, onResize } = props;
  const start = (event: React.PointerEvent<HTMLSpanElement>) => {
    event.preventDefault();
    event.stopPropagation();
    const target = event.currentTarget;
    const from = event.clientX;
    const width = (at: PointerEvent) => Math.max(LEAST_WIDTH, column.width + at.clientX - from);
    const drag = (at: PointerEvent) => onResize(column, width(at), false);
    const drop = (at: PointerEvent) => {
      target.removeEventListener('pointermove', drag);
      onResize(column, width(at), true);
    };
    target.setPointerCapture(event.pointerId);
    target.addEventListener('pointermove', drag);
    target.addEventListener('pointerup', drop, { once: true });
  };
  return (
    <span
      className="nbm-grid-handle"
      aria-hidden="true"
      onPointerDown={start}
      onClick={event => event.stopPropagation()}
    />
  );
}
