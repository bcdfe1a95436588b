// Which tab leads. Web Locks where there are any; they need a secure context, so over plain http on a local network the tabs
// keep a lease in localStorage instead: the leader renews it, and whoever sees it run out takes it.
const LEASE_MS = 5000;
const RENEW_MS = 1500;

export function lead(name, start) {
  if (navigator.locks) {
    navigator.locks.request(name, () => new Promise(() => { start(); }));
    return;
  }
  const mine = Math.random().toString(36).slice(2);
  let stop = null;
  const turn = () => {
    const [owner, until] = (localStorage.getItem(name) ?? " 0").split(" ");
    if (owner !== mine && Number(until) > Date.now()) {
      stop?.();
      stop = null;
      return;
    }
    localStorage.setItem(name, `${mine} ${Date.now() + LEASE_MS}`);
    stop ??= start();
  };
  turn();
  setInterval(turn, RENEW_MS);
  addEventListener("pagehide", () => { if (stop) localStorage.removeItem(name); });
}
