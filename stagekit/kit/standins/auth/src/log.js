/** One JSON line per event. Callers pass names and numbers only: no token, code, secret, password or typed text. */
export function createLog(write = (line) => process.stdout.write(line)) {
  const line =
    (level) =>
    (event, fields = {}) => {
      write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...fields })}\n`);
    };
  return { info: line('info'), warn: line('warning'), error: line('error') };
}
