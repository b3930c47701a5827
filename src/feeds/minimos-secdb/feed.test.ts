import { ECOSYSTEMS, ecosystemOf } from '../../ecosystems/index.ts'
import { obeysTheRollingSecdb } from '../rolling-secdb.suite.ts'
import { minimosSecdbFeed } from './feed.ts'

const apk = ECOSYSTEMS.find(ecosystem => ecosystem.scheme.id === 'apk') ?? ecosystemOf('deb')

obeysTheRollingSecdb(minimosSecdbFeed(apk), { path: 'security.json', namespace: 'minimos', prefix: 'MINIMOS' })
