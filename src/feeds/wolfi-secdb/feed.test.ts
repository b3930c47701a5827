import { ECOSYSTEMS, ecosystemOf } from '../../ecosystems/index.ts'
import { obeysTheRollingSecdb } from '../rolling-secdb.suite.ts'
import { wolfiSecdbFeed } from './feed.ts'

const apk = ECOSYSTEMS.find(ecosystem => ecosystem.scheme.id === 'apk') ?? ecosystemOf('deb')

obeysTheRollingSecdb(wolfiSecdbFeed(apk), { path: 'security.json', namespace: 'wolfi', prefix: 'WOLFI' })
