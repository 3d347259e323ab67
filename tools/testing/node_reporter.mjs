// Writes one line of JSON for each test that node's own runner finishes, with the names of its suites.
const said = new Map();

function plain(error) {
  const cause = error?.cause;
  const inner = cause && typeof cause === 'object' ? cause : undefined;
  return error && {
    message: inner?.message ?? (typeof cause === 'string' ? cause : error.message),
    stack: inner?.stack ?? '',
    kind: error.failureType,
  };
}

export default async function* report(source) {
  const names = [];
  for await (const { type, data } of source) {
    if (type === 'test:start') {
      names.length = data.nesting;
      names[data.nesting] = data.name;
    } else if (type === 'test:stderr') {
      said.set(data.file, ((said.get(data.file) ?? '') + data.message).slice(-4000));
    } else if (type === 'test:pass' || type === 'test:fail') {
      yield `${JSON.stringify({
        passed: type === 'test:pass',
        names: [...names.slice(0, data.nesting), data.name],
        file: data.file,
        line: data.line,
        skipped: data.skip !== undefined || data.todo !== undefined,
        suite: data.details?.type === 'suite',
        ms: data.details?.duration_ms ?? 0,
        error: plain(data.details?.error),
        stderr: type === 'test:fail' ? said.get(data.file) ?? '' : '',
      })}\n`;
    }
  }
}
