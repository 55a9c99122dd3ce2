// SPDX-License-Identifier: GPL-2.0-or-later
// A PBX application on npm's ari-client, as it is: it answers, asks for digits, calls a second party,
// bridges, transfers, makes a conference of three and hangs up. TAP. usage: ivr.js URL USER PASSWORD; a
// tdmd with these routes: 2* answers, 3* goes to the application "ivr".
'use strict';

const client = require('ari-client');
const [url, user, password] = process.argv.slice(2);
const PATIENCE = 60000;
let n = 0;
let bad = 0;

function ok(good, what, why) {
  n += 1;
  bad += good ? 0 : 1;
  console.log(`${good ? 'ok' : 'not ok'} ${n} - ${what}`);
  if (!good && why !== undefined) {
    console.log(`# ${JSON.stringify(why)}`);
  }
}

// The first event of that type, from now on, that fits.
function heard(ari, type, fits) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${type}`)), PATIENCE);
    ari.on(type, function listener(event, instances) {
      if (!fits(event)) {
        return;
      }
      clearTimeout(timer);
      ari.removeListener(type, listener);
      resolve([event, instances]);
    });
  });
}

async function refused(promise, what) {
  try {
    await promise;
    ok(false, what);
  } catch (error) {
    ok(JSON.parse(error.message).message.length > 8, what, error.message);
  }
}

async function up(ari, endpoint) {
  const channel = ari.Channel();
  const answered = heard(ari, 'ChannelStateChange', (e) => e.channel.id === channel.id && e.channel.state === 'Up');
  await channel.originate({ endpoint, app: 'ivr', appArgs: 'out' });
  await answered;
  return channel;
}

async function bridged(ari, caller) {
  const second = await up(ari, 'Local/2002');
  const bridge = ari.Bridge();
  await bridge.create({ type: 'mixing', name: 'desk' });
  const both = heard(ari, 'ChannelEnteredBridge', (e) => e.channel.id === second.id);
  await bridge.addChannel({ channel: [caller.id, second.id] });
  await both;
  const shown = await ari.bridges.get({ bridgeId: bridge.id });
  ok(shown.channels.length === 2 && shown.name === 'desk', 'a second party is called and bridged', shown);
  return [bridge, second];
}

// The desk has asked a third party on a second call of its own, and puts the caller through.
async function transferred(ari, caller, desk) {
  const second = await up(ari, 'Local/2003');
  const third = await up(ari, 'Local/2004');
  const asked = ari.Bridge();
  await asked.create({ type: 'mixing' });
  await asked.addChannel({ channel: [second.id, third.id] });
  const { leg } = await ari.channels.get({ channelId: third.id });
  const told = heard(ari, 'BridgeAttendedTransfer', () => true);
  const gone = [second, third].map((c) => heard(ari, 'ChannelDestroyed', (e) => e.channel.id === c.id));
  await ari.channels.transfer({ channelId: desk.id, channel: second.id });
  const [event] = await told;
  await Promise.all(gone);
  ok(event.channel.id === desk.id && event.second === second.id && event.source === third.id,
    'an attended transfer', event);
  const [a, b] = await Promise.all([caller, desk].map((c) => ari.channels.get({ channelId: c.id })));
  ok(b.leg === leg && a.bridge === b.bridge && a.bridge, 'the caller talks to the third party', [a, b]);
}

// Three in one conference: one is muted and heard again, one hangs up in the middle, the others see the end.
async function conference(ari) {
  const bridge = ari.Bridge();
  await bridge.create({ type: 'mixing', name: 'three' });
  const members = [];
  for (const number of ['2005', '2006', '2007']) {
    members.push(await up(ari, `Local/${number}`));
  }
  const ids = members.map((c) => c.id);
  const entered = ids.map((id) => heard(ari, 'ChannelEnteredBridge', (e) => e.channel.id === id));
  await bridge.addChannel({ channel: ids });
  const told = (await Promise.all(entered)).map(([event]) => event.bridge.channels.length);
  const shown = await ari.bridges.get({ bridgeId: bridge.id });
  ok(shown.bridge_type === 'mixing' && shown.channels.join() === ids.join(), 'three are in a conference', [told, shown]);
  await ari.bridges.setMember({ bridgeId: bridge.id, channelId: ids[1], mute: true });
  await ari.bridges.setMember({ bridgeId: bridge.id, channelId: ids[1], mute: false, volume: -6 });
  await refused(ari.bridges.setMember({ bridgeId: bridge.id, channelId: ids[1], volume: 60 }), 'as loud as nobody may be');
  const gone = heard(ari, 'ChannelDestroyed', (e) => e.channel.id === ids[1]);
  await members[1].hangup();
  await gone;
  const left = await ari.bridges.get({ bridgeId: bridge.id });
  ok(left.channels.join() === [ids[0], ids[2]].join(), 'one hangs up, two go on', left);
  // The bridge outlives their membership: who wants to hear of its end says so.
  await ari.applications.subscribe({ applicationName: 'ivr', eventSource: `bridge:${bridge.id}` });
  const out = [ids[0], ids[2]].map((id) => heard(ari, 'ChannelLeftBridge', (e) => e.channel.id === id));
  const ended = heard(ari, 'BridgeDestroyed', (e) => e.bridge.id === bridge.id);
  await bridge.destroy();
  await Promise.all([...out, ended]);
  const alive = await Promise.all([members[0], members[2]].map((c) => c.get()));
  ok(alive.every((c) => c.state === 'Up'), 'it ends, their calls do not', alive);
  await Promise.all([members[0], members[2]].map((c) => c.hangup()));
}

async function call(ari) {
  const outside = ari.Channel();
  const arrives = heard(ari, 'StasisStart', (e) => e.channel.dialplan.exten === '3001' && !e.args.includes('out'));
  await outside.originate({ endpoint: 'Local/3001', app: 'ivr', appArgs: 'out', variables: { colour: 'red' } });
  const [, caller] = await arrives;
  ok(caller.state === 'Ring', 'a call comes in', caller);
  await caller.ring();
  const answered = heard(ari, 'ChannelStateChange', (e) => e.channel.id === outside.id && e.channel.state === 'Up');
  await caller.answer();
  await answered;
  ok(true, 'it is answered');
  let digits = '';
  const collected = heard(ari, 'ChannelDtmfReceived', (e) => {
    digits += e.channel.id === caller.id ? e.digit : '';
    return digits.length === 4;
  });
  await outside.sendDTMF({ dtmf: '12#9' });
  await collected;
  ok(digits === '12#9', 'digits are collected', digits);
  await caller.setChannelVar({ variable: 'account', value: 'a b&c' });
  const read = await caller.getChannelVar({ variable: 'account' });
  ok(read.value === 'a b&c', 'a variable of the call', read);
  await refused(ari.channels.get({ channelId: 'nobody' }), 'an unknown channel is an error with a sentence');
  await refused(ari.channels.getChannelVar({ channelId: caller.id, variable: 'none' }), 'and an unknown variable');
  const [bridge, desk] = await bridged(ari, caller);
  await transferred(ari, caller, desk);
  await conference(ari);
  const ended = heard(ari, 'ChannelDestroyed', (e) => e.channel.id === outside.id);
  await caller.hangup({ reason: 'busy' });
  const [end] = await ended;
  ok(end.cause === 17, 'the other side hears the cause', end);
  await Promise.all((await ari.channels.list()).map((c) => c.hangup().catch(() => {})));
  await ari.bridges.destroy({ bridgeId: bridge.id }).catch(() => {});
}

async function main() {
  const ari = await client.connect(url, user, password);
  ok(['asterisk', 'applications', 'bridges', 'channels', 'deviceStates', 'endpoints', 'events', 'playbacks', 'recordings']
    .every((name) => ari[name]), 'api-docs are loaded');
  const info = await ari.asterisk.getInfo();
  ok(info.system.entity_id === 'opentdm', 'who it is', info);
  await ari.start('ivr');
  const apps = await ari.applications.list();
  ok(apps.some((a) => a.name === 'ivr'), 'the application is known', apps);
  for (let i = 0; i < 10; i += 1) {
    await call(ari);
  }
  const left = await ari.channels.list();
  ok(left.length === 0, 'no call is left', left);
  ari.stop();
}

main().catch((error) => ok(false, 'no exception', error.stack)).finally(() => {
  console.log(`1..${n}`);
  process.exit(bad ? 1 : 0);
});
