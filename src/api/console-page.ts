import { createHash } from 'node:crypto'

const STYLE = `
:root { color-scheme: light dark; --text: #0f141a; --quiet: #424650; --page: #ffffff; --panel: #f6f6f9; --line: #c6c6cd; }
@media (prefers-color-scheme: dark) {
  :root { --text: #ebebf0; --quiet: #b4b4bb; --page: #161d26; --panel: #1b232d; --line: #424650; }
}
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 44rem; margin: 0 auto; padding: 3rem 1.25rem; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.125rem; margin: 2rem 0 .5rem; }
p { margin: .5rem 0; color: var(--quiet); }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .75rem 1rem; overflow-x: auto; }
code { font: 14px/1.6 ui-monospace, monospace; }
`

/** The page at `/` until the console is served there. It has no script and loads nothing. */
export const CONSOLE_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>OpenInspector</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>OpenInspector</h1>
<p>This server is running. It speaks Amazon Inspector's API: point the AWS CLI, an AWS SDK or Terraform at this address.</p>
<h2>Turn scanning on</h2>
<pre><code>export AWS_ENDPOINT_URL_INSPECTOR2=http://this-address
export AWS_ACCESS_KEY_ID=OIAK... AWS_SECRET_ACCESS_KEY=... AWS_REGION=eu-west-1
aws inspector2 enable --resource-types EC2 ECR</code></pre>
<h2>See what was found</h2>
<pre><code>aws inspector2 list-findings --max-items 20
aws inspector2 list-coverage --query 'coveredResources[].[resourceId,scanStatus.reason]' --output table</code></pre>
<h2>Scan without a server</h2>
<pre><code>openinspector scan --help</code></pre>
<p>The access key was shown when the server was first started.</p>
</main>
</body>
</html>
`

/** Nothing but the page's own style sheet, which is named by its hash. */
export const CONSOLE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')
