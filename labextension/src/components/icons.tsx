/** The few icons of the views, drawn on a 16 × 16 grid in the color of the text around them. */
import React from 'react';

const PATHS = {
  columns: 'M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10',
  funnel: 'M2.5 3.5h11L9.3 8.4v4.1l-2.6-1.3V8.4z',
  close: 'M4 4l8 8M12 4l-8 8',
  open: 'M6 3H3v10h10v-3M9 3h4v4M13 3L7.5 8.5',
  copy: 'M5.5 5.5h7.5V13H5.5zM3 10.5V3h7.5',
  link: 'M6.7 9.3a2.4 2.4 0 0 0 3.4 0l2-2a2.4 2.4 0 0 0-3.4-3.4l-.8.8M9.3 6.7a2.4 2.4 0 0 0-3.4 0l-2 2a2.4 2.4 0 0 0 3.4 3.4l.8-.8',
  notebook: 'M4 2.5h8.5v11H4zM4 2.5v11M2.5 5H5M2.5 8H5M2.5 11H5M7 5.5h3.5',
  trash: 'M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.6 8.5h5.8l.6-8.5',
  restore: 'M3.5 5.5A5 5 0 1 1 3 9M3 3v3h3',
  edit: 'M3 13l.6-2.6L10.8 3.2l2 2-7.2 7.2z',
  pin: 'M6 2.5h4l-.6 4 2.1 2H4.5l2.1-2zM8 8.5v5',
  up: 'M8 12.5v-9M4.5 7L8 3.5 11.5 7',
  down: 'M8 3.5v9M4.5 9L8 12.5 11.5 9',
  compare: 'M3 3.5h4v9H3zM9 3.5h4v9H9M5 6.5v3M11 5.5v5',
  before: 'M9.5 4L5.5 8l4 4',
  after: 'M6.5 4l4 4-4 4',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  data: 'M2.5 3.5h11v9h-11zM2.5 6.5h11M2.5 9.5h11M6.5 6.5v6',
  file: 'M4 2.5h5l3 3v8H4zM9 2.5v3h3',
  model: 'M8 2.2l5 2.9v5.8l-5 2.9-5-2.9V5.1zM3 5.1l5 2.9 5-2.9M8 8v5.8',
  values:
    'M6 2.5c-2 0-1 2.5-1.5 4C4.2 7.4 3.5 8 3 8c.5 0 1.2.6 1.5 1.5.5 1.5-.5 4 1.5 4M10 2.5c2 0 1 2.5 1.5 4 .3.9 1 1.5 1.5 1.5-.5 0-1.2.6-1.5 1.5-.5 1.5.5 4-1.5 4',
  stop: 'M4.5 4.5h7v7h-7z',
  check: 'M3.5 8.5l3 3 6-7'
} as const;

export type IconName = keyof typeof PATHS;

export function Icon(props: { name: IconName }): React.JSX.Element {
  return (
    <svg className="nbm-icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path
        d={PATHS[props.name]}
        fill="none"
        stroke="currentColor"
        strokeWidth={props.name === 'more' ? 2 : 1.2}
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

/** A button that shows an icon and, where there is room, a word; the word always tells. */
export function IconButton(props: {
  icon: IconName;
  label: string;
  onClick: (event: React.MouseEvent) => void;
  withWord?: boolean;
  pressed?: boolean;
  expanded?: boolean;
  disabled?: boolean;
  className?: string;
}): React.JSX.Element {
  return (
    <button
      type="button"
      className={`nbm-button ${props.withWord ? 'nbm-mod-word' : ''} ${props.className ?? ''}`}
      title={props.label}
      aria-label={props.withWord ? undefined : props.label}
      aria-pressed={props.pressed}
      aria-expanded={props.expanded}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      <Icon name={props.icon} />
      {props.withWord ? <span>{props.label}</span> : null}
    </button>
  );
}
