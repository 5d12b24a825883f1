// No calls yet: what to do next, with the lines to paste.

import {fill, h, icon} from './dom.js';
import {styles} from './styles.js';
import {t} from './texts/texts.js';
import {copy} from './player/player.js';

await styles('call/call.css');

const CEL = `; cel.conf
[general]
enable = yes
apps = dial,queue,park,parkedcall,confbridge,voicemail,pickup,mixmonitor,stopmixmonitor,background,waitexten,playback,busy,congestion
events = ALL
dateformat = %F %T.%6q`;
const CUSTOM = '; cel_custom.conf\n[mappings]\nMaster.csv => ' + ['eventtype', 'eventtime', 'CALLERID(name)', 'CALLERID(num)', 'CALLERID(ANI)', 'CALLERID(RDNIS)', 'CALLERID(DNID)', 'CHANNEL(exten)', 'CHANNEL(context)', 'CHANNEL(channame)',
  'CHANNEL(appname)', 'CHANNEL(appdata)', 'CHANNEL(amaflags)', 'CHANNEL(accountcode)', 'CHANNEL(uniqueid)', 'CHANNEL(linkedid)', 'BRIDGEPEER', 'CHANNEL(userfield)', 'userdeftype', 'eventextra'].map((one) => `\${CSV_QUOTE(\${${one}})}`).join(',');
const DIALPLAN = `same => n,MixMonitor(\${UNIQUEID}.wav,b)
same => n,CELGenUserEvent(ATTACHED_DATA,recording=\${UNIQUEID})
same => n,CELGenUserEvent(ATTACHED_DATA,order=4711)      ; anything that you want to find the call by`;
const SOURCES = `export TELEGRAPHONE_SOURCES='[{"source": "asterisk-queue-log", "path": "/var/log/asterisk/queue_log"},
  {"source": "asterisk-cel", "path": "/var/log/asterisk/cel-custom/Master.csv"}]'
telegraphone directory load people.csv     # kind,number,name,firstname,lastname,interface,display_name
telegraphone serve`;
const OLD = `telegraphone ingest asterisk-queue-log /var/log/asterisk/queue_log*
telegraphone ingest asterisk-cel /var/log/asterisk/cel-custom/Master.csv*
telegraphone ingest recordings /var/spool/asterisk/monitor`;

export function show(root, app) {
  const step = (key, ...blocks) => h('li', {}, h('h2', {}, t(`first.${key}`)), h('p', {class: 'quiet'}, t(`first.${key}Why`)), blocks.map((text) => block(app, text)));
  fill(root, h('div', {class: 'page first-run'}, h('h1', {}, t('first.title')), h('p', {}, t('first.lead')),
    h('ol', {}, step('tell', CEL, CUSTOM), step('record', DIALPLAN), step('name', SOURCES), step('old', OLD)), h('p', {class: 'quiet'}, t('first.end'))));
}

function block(app, text) {
  return h('div', {class: 'paste'}, h('pre', {tabindex: 0}, text), h('button', {type: 'button', 'aria-label': t('copy'), title: t('copy'), onclick: () => copy(app, text, t('copied'))}, icon('note')));
}
