// Interleaved rounds of one item over all engines, and what is made of them.

export const median = xs => [...xs].sort((a, b) => a - b)[Math.floor(xs.length / 2)]

/** Runs `engines` ({name: async () => {client, server?}}) in turn, round after round; the first round warms up and is
    dropped. Ends early, after three rounds, when `budget` seconds are spent. Returns {name: {client, server, rounds}}: medians, and
    the times of each round. */
export async function interleave (engines, { rounds = 6, budget = 40 } = {}) {
  const times = Object.fromEntries(Object.keys(engines).map(name => [name, []]))
  const begin = performance.now()
  for (let round = 0; round < rounds; ++round) {
    if (round >= 3 && performance.now() - begin > budget * 1000) break
    for (const [name, once] of Object.entries(engines)) {
      const time = await once()
      if (round > 0 || rounds === 1) times[name].push(time)
    }
  }
  const of = (list, clock) => list.some(t => t[clock] !== undefined) ? median(list.map(t => t[clock])) : undefined
  return Object.fromEntries(Object.entries(times).map(([name, list]) => [name, { client: of(list, 'client'), server: of(list, 'server'), rounds: list }]))
}

/** Equal to a relative 1e-9: sums of doubles depend on the order of adding. */
export function same_numbers (a, b) {
  return a.length === b.length && a.every((x, i) => x === b[i] || Math.abs(x - b[i]) <= 1e-9 * Math.max(Math.abs(x), Math.abs(b[i])))
}

/** One line of the result from the medians of `interleave`; the best peer is the fastest. `clock: 'server'` compares
    Pelorus by its own timer. */
export function line (item, scale, times, goal, equal, { clock = 'client' } = {}) {
  const peers = Object.keys(times).filter(name => name !== 'pelorus').sort((a, b) => times[a].client - times[b].client)
  const pelorus_s = times.pelorus[clock] ?? times.pelorus.client
  return {
    item, scale, pelorus_s, pelorus_client_s: times.pelorus.client, pelorus_server_s: times.pelorus.server,
    peer: peers[0], peer_s: times[peers[0]].client, ratio: times[peers[0]].client / pelorus_s, goal, equal,
    others: Object.fromEntries(peers.slice(1).map(name => [name, times[name].client]))
  }
}
