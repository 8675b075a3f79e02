/** Where to look for the edge of a target, all of it checked. */
export interface EdgeProblem {
  readonly lo: number;
  readonly hi: number;
  /** Whether ε grows with the value: then the safe end is `lo`. */
  readonly increasing: boolean;
  readonly integer: boolean;
  /** Distance of the two ends of the answer, relative to the one inside. */
  readonly tolerance: number;
  /** Where to look first, > 0; without it the ends are tried first. */
  readonly guess: number | undefined;
  readonly epsilonAt: (value: number) => number;
  readonly target: number;
}

/** The last value within the target and the first beyond it; one of them is null when the whole bracket is on one side. */
export interface Edge {
  readonly inside: number | null;
  readonly beyond: number | null;
}

/** A value that was tried: its place on the scale of the search, and log(ε/target), never 0. */
interface Probe {
  readonly value: number;
  readonly place: number;
  readonly excess: number;
}

/**
 * Steps from the guess, if there is one, until the target is crossed, then closes in from both sides. ε is nearly a power of
 * the parameters that are sought, so that lines through logarithms foresee the edge; every fourth value that does not halve
 * the bracket is followed by its middle, which ends the search on any function.
 *
 * @numerics Some eight values for smooth functions; at most about 4·log₂(bracket/tolerance), and 53 more at a jump.
 */
export function findEdge(problem: EdgeProblem): Edge {
  const probes: Probe[] = [];
  const probe = (value: number): Probe => {
    const epsilon = problem.epsilonAt(value);
    // a value that meets the target exactly is inside, and the search goes on for the one beyond
    const excess = Math.log(epsilon / problem.target);
    const least = Number.MIN_VALUE;
    const place = problem.lo >= 0 ? Math.log(value) : value;
    const found = {
      value,
      place,
      excess: epsilon <= problem.target ? Math.min(-least, excess) : Math.max(least, excess),
    };
    probes.push(found);
    return found;
  };
  const [safeEnd, farEnd] = problem.increasing ? [problem.lo, problem.hi] : [problem.hi, problem.lo];
  let inside: Probe | undefined;
  let beyond: Probe | undefined;
  let at = problem.guess ?? safeEnd;
  for (;;) {
    const found = probe(at);
    if (found.excess <= 0) inside = found;
    else beyond = found;
    if (inside !== undefined && beyond !== undefined) return closeIn(problem, inside, beyond, probes, probe);
    const end = found.excess <= 0 ? farEnd : safeEnd;
    if (at === end) return { inside: inside?.value ?? null, beyond: beyond?.value ?? null };
    at = problem.guess === undefined ? end : outward(problem, probes, found, end);
  }
}

/** The next value towards an end of the bracket: a little past where the target is foreseen; the end itself once it is near. */
function outward(problem: EdgeProblem, probes: readonly Probe[], last: Probe, end: number): number {
  const { integer, guess = 1, tolerance } = problem;
  // without foresight by a factor that grows
  const blind = 1.4 * 2 ** Math.min(9, probes.length);
  const foreseen = probes.length < 2 ? last.excess : last.place - (foresee(probes) ?? -Infinity);
  const isGuided = probes.length < 6 && Number.isFinite(foreseen);
  const stride = isGuided ? Math.min(blind, Math.exp(1.25 * Math.abs(foreseen) + tolerance)) : blind;
  if (end > last.value) {
    const next = last.value * stride;
    return Math.min(end, integer ? Math.max(last.value + 1, Math.ceil(next)) : next);
  }
  const next = integer ? Math.min(last.value - 1, Math.floor(last.value / stride)) : last.value / stride;
  return next <= end || next < 1e-12 * guess ? end : next;
}

/** The place where the target is crossed, by the probes nearest to it: inverse quadratic where it agrees with the line. */
function foresee(probes: readonly Probe[]): number | undefined {
  const usable = probes.filter((p) => Number.isFinite(p.excess) && Number.isFinite(p.place));
  const [a, b, c] = usable.toSorted((p, q) => Math.abs(p.excess) - Math.abs(q.excess));
  if (a === undefined || b === undefined || a.excess === b.excess) return undefined;
  const line = a.place - (a.excess * (b.place - a.place)) / (b.excess - a.excess);
  if (c === undefined || c.excess === a.excess || c.excess === b.excess) return line;
  const weight = (p: Probe, q: Probe, r: Probe): number =>
    (p.place * q.excess * r.excess) / ((p.excess - q.excess) * (p.excess - r.excess));
  const curve = weight(a, b, c) + weight(b, a, c) + weight(c, a, b);
  return Math.abs(curve - line) <= Math.abs(a.place - b.place) / 2 ? curve : line;
}

function closeIn(
  problem: EdgeProblem,
  inside: Probe,
  beyond: Probe,
  probes: readonly Probe[],
  probe: (value: number) => Probe,
): Edge {
  const { integer, tolerance, guess, lo, hi } = problem;
  // an edge at 0 is not worth a thousand halvings
  const absolute = integer ? 1 : tolerance * 1e-9 * (guess ?? hi - lo);
  let width = Math.abs(inside.value - beyond.value);
  for (let step = 1; ; step++) {
    const allowed = integer ? 1 : absolute + 0.9 * tolerance * Math.abs(inside.value);
    const gap = Math.abs(inside.value - beyond.value);
    const middle = halfway(inside.value, beyond.value, integer);
    if (gap <= allowed || middle === inside.value || middle === beyond.value) break;
    const isSlow = step % 4 === 0 && gap > width / 2;
    if (step % 4 === 0) width = gap;
    const place = isSlow ? undefined : foresee(probes);
    let next = middle;
    if (place !== undefined) {
      const root = lo >= 0 ? Math.exp(place) : place;
      // past the edge as foreseen, towards the end that is further away, so that both come within what is allowed
      const far = Math.abs(inside.value - root) > Math.abs(beyond.value - root) ? inside.value : beyond.value;
      const nudged = root + Math.sign(far - root) * 0.45 * allowed;
      next = integer ? Math.round(nudged) : nudged;
    }
    if (!(next > Math.min(inside.value, beyond.value) && next < Math.max(inside.value, beyond.value))) next = middle;
    const found = probe(next);
    if (found.excess <= 0) inside = found;
    else beyond = found;
  }
  return { inside: inside.value, beyond: beyond.value };
}

/** Halfway in value, or in logarithm where the ends are positive and far apart. */
function halfway(a: number, b: number, integer: boolean): number {
  const [lo, hi] = a < b ? [a, b] : [b, a];
  const middle = lo > 0 && hi > 4 * lo ? Math.sqrt(lo) * Math.sqrt(hi) : lo / 2 + hi / 2;
  return integer ? Math.floor(middle) : middle;
}
