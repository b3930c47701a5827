/** CVSS 2.0 and 3.0 in exact decimals, as slow and as plain as the specifications write them. For tests only. */

/** `units` / 10 ** `places`. */
interface Decimal {
  readonly units: bigint
  readonly places: number
}

export interface ExactScores {
  readonly base: number
  readonly temporal: number
  readonly environmental: number
}

function decimal(text: string): Decimal {
  const [whole = '0', fraction = ''] = text.split('.')
  return { units: BigInt(whole + fraction), places: fraction.length }
}

const ZERO = decimal('0')
const ONE = decimal('1')
const TEN = decimal('10')

function unitsAt({ units, places }: Decimal, wanted: number): bigint {
  return units * 10n ** BigInt(wanted - places)
}

function sum(...terms: readonly Decimal[]): Decimal {
  const places = Math.max(...terms.map(term => term.places))
  return { units: terms.reduce((total, term) => total + unitsAt(term, places), 0n), places }
}

function minus(a: Decimal, b: Decimal): Decimal {
  return sum(a, { ...b, units: -b.units })
}

function times(...factors: readonly Decimal[]): Decimal {
  return factors.reduce((product, { units, places }) => ({
    units: product.units * units,
    places: product.places + places,
  }))
}

function power(base: Decimal, exponent: number): Decimal {
  return times(...Array.from({ length: exponent }, () => base))
}

function least(a: Decimal, b: Decimal): Decimal {
  return minus(a, b).units < 0n ? a : b
}

/** Whole tenths at or above. */
function roundedUp(value: Decimal): Decimal {
  if (value.places <= 1) return value
  const divisor = 10n ** BigInt(value.places - 1)
  const down = value.units / divisor
  return { units: value.units > down * divisor ? down + 1n : down, places: 1 }
}

/** To whole tenths, ties away from zero; nothing below zero. */
function rounded(value: Decimal): Decimal {
  if (value.units <= 0n) return ZERO
  const fine = value.places <= 1 ? { units: unitsAt(value, 2), places: 2 } : value
  const divisor = 10n ** BigInt(fine.places - 1)
  return { units: (fine.units + divisor / 2n) / divisor, places: 1 }
}

function numberOf(tenths: Decimal): number {
  return Number(unitsAt(tenths, 1)) / 10
}

type Table = Readonly<Record<string, string>>

/** What each metric of a vector weighs; what is not there has the value that says nothing. */
function reader(body: string, undefinedValue: string) {
  const metrics = new Map(body.split('/').map(part => part.split(':') as [string, string]))
  const valueOf = (name: string): string => metrics.get(name) ?? undefinedValue
  return { valueOf, weigh: (value: string, table: Table): Decimal => decimal(table[value] ?? 'none') }
}

const V2_IMPACT = { N: '0', P: '0.275', C: '0.660' }
const V2_NEED = { L: '0.5', M: '1.0', H: '1.51', ND: '1.0' }

export function exactScoresV2(vector: string): ExactScores {
  const { valueOf, weigh } = reader(vector, 'ND')
  const of = (name: string, table: Table): Decimal => weigh(valueOf(name), table)
  const exploitability = times(
    decimal('20'),
    of('AV', { L: '0.395', A: '0.646', N: '1.0' }),
    of('AC', { H: '0.35', M: '0.61', L: '0.71' }),
    of('Au', { M: '0.45', S: '0.56', N: '0.704' }),
  )
  const scoreOf = (impact: Decimal): Decimal => {
    const weighed = minus(sum(times(decimal('0.6'), impact), times(decimal('0.4'), exploitability)), decimal('1.5'))
    return impact.units === 0n ? ZERO : rounded(times(weighed, decimal('1.176')))
  }
  const impactOf = (needOf: (name: string) => Decimal): Decimal => {
    const kept = ['C', 'I', 'A'].map(name => minus(ONE, times(of(name, V2_IMPACT), needOf(name))))
    return times(decimal('10.41'), minus(ONE, times(...kept)))
  }
  const temporalOf = (base: Decimal): Decimal => {
    const maturity = of('E', { U: '0.85', POC: '0.9', F: '0.95', H: '1', ND: '1' })
    const remediation = of('RL', { OF: '0.87', TF: '0.90', W: '0.95', U: '1', ND: '1' })
    return rounded(times(base, maturity, remediation, of('RC', { UC: '0.9', UR: '0.95', C: '1', ND: '1' })))
  }
  const base = scoreOf(impactOf(() => ONE))
  const adjusted = temporalOf(
    scoreOf(
      least(
        TEN,
        impactOf(name => of(`${name}R`, V2_NEED)),
      ),
    ),
  )
  const damage = of('CDP', { N: '0', L: '0.1', LM: '0.3', MH: '0.4', H: '0.5', ND: '0' })
  const environmental = times(
    sum(adjusted, times(minus(TEN, adjusted), damage)),
    of('TD', { N: '0', L: '0.25', M: '0.75', H: '1', ND: '1' }),
  )
  return {
    base: numberOf(base),
    temporal: numberOf(temporalOf(base)),
    environmental: numberOf(rounded(environmental)),
  }
}

const V3_PRIVILEGES = { N: '0.85', L: '0.62', H: '0.27' }
const V3_PRIVILEGES_CHANGED = { N: '0.85', L: '0.68', H: '0.50' }
const V3_IMPACT = { H: '0.56', L: '0.22', N: '0' }
const V3_NEED = { X: '1', L: '0.5', M: '1', H: '1.5' }

/** `CVSS:3.0/` and the metrics. */
export function exactScoresV30(vector: string): ExactScores {
  const { valueOf, weigh } = reader(vector.slice('CVSS:3.0/'.length), 'X')
  const scoreOf = (value: (name: string) => string, most: Decimal, needOf: (name: string) => Decimal): Decimal => {
    const isChanged = value('S') === 'C'
    const kept = ['C', 'I', 'A'].map(name => minus(ONE, times(weigh(value(name), V3_IMPACT), needOf(name))))
    const iss = least(minus(ONE, times(...kept)), most)
    const straight = times(decimal('7.52'), minus(iss, decimal('0.029')))
    const bent = times(decimal('3.25'), power(minus(iss, decimal('0.02')), 15))
    const impact = isChanged ? minus(straight, bent) : times(decimal('6.42'), iss)
    if (impact.units <= 0n) return ZERO
    const exploitability = times(
      decimal('8.22'),
      weigh(value('AV'), { N: '0.85', A: '0.62', L: '0.55', P: '0.2' }),
      weigh(value('AC'), { L: '0.77', H: '0.44' }),
      weigh(value('PR'), isChanged ? V3_PRIVILEGES_CHANGED : V3_PRIVILEGES),
      weigh(value('UI'), { N: '0.85', R: '0.62' }),
    )
    return roundedUp(least(times(decimal(isChanged ? '1.08' : '1'), sum(impact, exploitability)), TEN))
  }
  const share = times(
    weigh(valueOf('E'), { X: '1', U: '0.91', P: '0.94', F: '0.97', H: '1' }),
    weigh(valueOf('RL'), { X: '1', O: '0.95', T: '0.96', W: '0.97', U: '1' }),
    weigh(valueOf('RC'), { X: '1', U: '0.92', R: '0.96', C: '1' }),
  )
  const base = scoreOf(valueOf, ONE, () => ONE)
  const modified = (name: string): string => (valueOf(`M${name}`) === 'X' ? valueOf(name) : valueOf(`M${name}`))
  const environmental = scoreOf(modified, decimal('0.915'), name => weigh(valueOf(`${name}R`), V3_NEED))
  return {
    base: numberOf(base),
    temporal: numberOf(roundedUp(times(base, share))),
    environmental: numberOf(roundedUp(times(environmental, share))),
  }
}
