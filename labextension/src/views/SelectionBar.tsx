/** What can be done with the runs that are selected. */
import React, { useRef } from 'react';
import { IconButton } from '../components/icons';
import { useHost } from '../host';
import { removeRuns } from '../removal';

/** More side by side nobody reads, and the server refuses them. */
const MOST_COMPARED = 50;

export function SelectionBar(props: {
  selected: readonly string[];
  onClear: () => void;
  onDone: () => void;
}): React.JSX.Element {
  const { selected, onClear, onDone } = props;
  const host = useHost();
  const { words } = host;
  const count = selected.length;

  const isRemoving = useRef(false); // a second click means no second deletion
  const remove = async () => {
    if (!isRemoving.current) {
      isRemoving.current = true;
      const isDone = await removeRuns(host, selected);
      isRemoving.current = false;
      if (isDone) {
        onDone();
      }
    }
  };
  return (
    <div className="nbm-foot nbm-selection" role="toolbar" aria-label={words.__('Selected runs')}>
      <span className="nbm-selection-count" role="status">
        {words._n('%1 selected', '%1 selected', count)}
      </span>
      {count === 1 ? (
        <IconButton
          icon="open"
          label={words.__('Open')}
          onClick={() => host.openRun(selected[0] ?? '')}
          withWord
        />
      ) : null}
      {count > 1 && host.openComparison ? (
        <IconButton
          icon="compare"
          label={count > MOST_COMPARED ? words.__('Compare (50 at most)') : words.__('Compare')}
          disabled={count > MOST_COMPARED}
          onClick={() => host.openComparison?.(selected)}
          withWord
        />
      ) : null}
      <IconButton
        icon="copy"
        label={count > 1 ? words.__('Copy %compare') : words.__('Copy id')}
        onClick={() => {
          const text = count > 1 ? `%compare ${selected.join(' ')}` : (selected[0] ?? '');
          host.copy(text);
        }}
        withWord
      />
      <IconButton icon="trash" label={words.__('Delete')} onClick={() => void remove()} withWord />
      <span className="nbm-spring" />
      <IconButton icon="close" label={words.__('Select nothing')} onClick={onClear} />
    </div>
  );
}
