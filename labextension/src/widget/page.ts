/** The page's own Jupyter server, where there is one: JupyterLab and Notebook say its address in
 * the page. A widget's messages wait until a cell has run; what has to be sooner goes this way. */

interface Server {
  readonly baseUrl: string;
  readonly token: string;
}

/** The server of this page; null in programs that have none, such as VS Code. */
export function server(page: Document = document): Server | null {
  const text = page.getElementById('jupyter-config-data')?.textContent;
  if (!text) {
    return null;
  }
  try {
    const config = JSON.parse(text) as Record<string, unknown>;
    const { baseUrl, token } = config;
    return typeof baseUrl === 'string'
      ? { baseUrl, token: typeof token === 'string' ? token : '' }
      : null;
  } catch {
    return null;
  }
}

/** Interrupt a kernel of this page's server; throws where that did not work. */
export async function interrupt(kernel: string, page: Document = document): Promise<void> {
  const found = server(page);
  if (found === null) {
    throw new Error('This page has no Jupyter server.');
  }
  const xsrf = /(?:^|;\s*)_xsrf=([^;]*)/.exec(page.cookie)?.[1];
  const base = new URL(found.baseUrl.replace(/\/?$/, '/'), page.baseURI);
  const path = new URL(`api/kernels/${encodeURIComponent(kernel)}/interrupt`, base);
  const response = await fetch(path, {
    method: 'POST',
    credentials: 'same-origin',
    headers: {
      ...(xsrf ? { 'X-XSRFToken': decodeURIComponent(xsrf) } : {}),
      ...(found.token ? { Authorization: `token ${found.token}` } : {})
    }
  });
  if (!response.ok) {
    throw new Error(`${response.status} ${response.statusText}`);
  }
}
