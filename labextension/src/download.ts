/** Bytes that a person keeps as a file of theirs. */

/** Offers bytes as a download; nothing in them is ever opened by the page. */
export function offer(bytes: Blob, name: string): void {
  const address = URL.createObjectURL(bytes);
  const anchor = document.createElement('a');
  anchor.href = address;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
