import { EMPTY_ANALYSIS } from '../../src/ecosystems/ecosystem.ts'
import {
  diskAnswer,
  layerAnswer,
  outcomesAnswer,
  parseAnswer,
  sbomAnswer,
  vexAnswer,
} from '../../src/system/reader-pool/answers.ts'
import { FRAME, FrameError, frameHeader, FrameReader } from '../../src/system/reader-pool/frames.ts'
import { sha256 } from '../support/image-builder.ts'
import type { FuzzTarget } from './target.ts'

const DIGEST = sha256(Buffer.from('x'))
const PROBLEM = { path: 'a', reason: 'b', detail: 'c' }
const PACKAGE = { type: 'npm', name: 'a', version: '1', arch: null, source: null, manager: 'NODEPKG' }
const ANALYSIS = { ...EMPTY_ANALYSIS, packages: [PACKAGE], problems: [PROBLEM] }
const RECORD = {
  blob: DIGEST, revision: 'r', files: [{ path: 'a', analyzer: 'b', analysis: ANALYSIS }], whiteouts: ['w'],
  opaqueDirectories: [], nonDirectories: [['', 'a/b']], directoriesWanted: [], links: [], problems: [PROBLEM],
} // prettier-ignore
const READINGS: readonly ((body: Buffer) => unknown)[] = [
  body => parseAnswer(body, layerAnswer),
  body => parseAnswer(body, outcomesAnswer),
  body => parseAnswer(body, diskAnswer),
  body => parseAnswer(body, sbomAnswer),
  body => parseAnswer(body, vexAnswer),
]

/** What a reader sends that may have been taken over by what it read: frames, and the JSON in them. */
export function answerTargets(): readonly FuzzTarget[] {
  const answers = [
    { is: 'found', value: RECORD },
    { is: 'found', value: [{ analyzer: 'b', analysis: ANALYSIS }] },
    { is: 'image-error', error: { is: 'malformed', what: 'a', detail: 'b' } },
    { is: 'thrown', message: 'x' },
  ].map(answer => Buffer.concat([Buffer.from([1, 0, 0, 0]), Buffer.from(JSON.stringify(answer))]))
  return [
    {
      name: 'answers of a reader',
      seeds: answers.map(answer => Buffer.concat([frameHeader(FRAME.result, answer.length), answer])),
      run(input) {
        const reader = new FrameReader({
          limitOf: type => (type === FRAME.result ? 1 << 20 : 100),
          // Whoever answers nonsense is not heard again, as in the parent of a reader.
          frame: (type, body) => {
            const isHeard = type === FRAME.result && READINGS.filter(read => read(body) !== null).length > 0
            if (!isHeard) throw new FrameError('no answer')
          },
        })
        try {
          reader.push(Buffer.from(input))
        } catch (thrown) {
          if (!(thrown instanceof FrameError)) throw thrown
        }
        if (Reflect.has({}, 'polluted')) throw new Error('every object is polluted')
      },
    },
  ]
}
