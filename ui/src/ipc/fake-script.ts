/** What the scripted host plays for looking at the windows in a browser: `?fake=three&theme=dark&speaks=zh-CN`. */

import type { ActionView, Card, SettingsView } from './dto';
import { FakeHost, SETTINGS } from './fake';
import { codex, PLAN } from './fake-agents';
import { ACTIONS, card, MANY, OFFERS, RISKY, text, type ActionName } from './fake-cards';
import { manyHooks, USER_FILE, USER_TEXT } from './fake-editor';
import { story } from './fake-live';
import { changedView, rulesView } from './fake-rules';

const TOUCH: ActionView = { kind: 'shell', command: text('touch made.txt') };

/** The host that plays the script of this name. */
export function fakeHost(script: string, settings: Partial<SettingsView>): FakeHost {
  const host = new FakeHost();
  host.snapshot.settings = { ...SETTINGS, ...settings };
  // For the console of the browser.
  Object.assign(globalThis, { fakeHost: host });
  host.snapshot.waiting = waiting(script);
  if (script !== 'empty') host.events = story();
  host.found = [codex()];
  host.planned = PLAN;
  switch (script) {
    case 'withdrawn':
      // Again and again, so that there is time to look.
      setInterval(() => {
        const open = card(ACTIONS.one);
        host.send({ kind: 'requestOpened', card: open });
        setTimeout(() => host.end(open.id, 'none', 'withdrawn'), 600);
      }, 2650);
      break;
    case 'terminalFirst':
      setTimeout(() => host.end(host.snapshot.waiting[0]?.id ?? '', 'none', 'terminal'), 600);
      break;
    case 'answeredElsewhere':
      setTimeout(() => host.end(host.snapshot.waiting[0]?.id ?? '', 'deny', 'person', { offered: 'cancel' }), 600);
      break;
    case 'tooLate': {
      const [{ id } = { id: '' }] = host.snapshot.waiting;
      setTimeout(() => host.end(id, 'allow', 'person', { offered: 'accept' }), 600);
      setTimeout(() => host.send({ kind: 'replyTaken', id, taken: 'no' }), 700);
      break;
    }
    case 'notes':
      host.snapshot.notes = [
        { code: 'historyFailing', detail: 'database or disk is full' },
        { code: 'noTray', detail: '' },
      ];
      host.snapshot.paused = { until: String(Date.now() + 900_000) };
      break;
    case 'changed':
      host.rulesFound = changedView();
      break;
    case 'manyHooks':
      host.disk.set(USER_FILE, manyHooks(500));
      break;
    case 'brokenHooks':
      host.disk.set(USER_FILE, USER_TEXT.replace('],', ']'));
      break;
    case 'quit':
      setTimeout(() => host.send({ kind: 'quitAsked', waiting: 2 }), 300);
      break;
    case 'early':
      host.refuse = { name: 'decide', failure: { code: 'tooEarly', detail: '' } };
      break;
    case 'empty':
      host.pastCount = 0;
      host.rulesFound = rulesView({ rules: [] });
      break;
    case 'welcome':
      host.snapshot.settings = { ...host.snapshot.settings, welcomed: false };
      break;
    case 'failed':
      host.refuse = { name: 'subscribe', failure: { code: 'internal', detail: 'the window is gone' } };
      break;
    default:
      break;
  }
  return host;
}

function waiting(script: string): Card[] {
  switch (script) {
    case 'empty':
    case 'notes':
    case 'failed':
    case 'welcome':
    case 'withdrawn':
      return [];
    case 'three':
      return [
        card(ACTIONS.one),
        card(ACTIONS.test, { session: '0199c0de-7a11-7c3e-9d52-aa01bb02cc03', projectName: text('shop-api') }),
        card(ACTIONS.network),
      ];
    case 'quit':
      return [card(ACTIONS.one), card(ACTIONS.test)];
    case 'offers':
    case 'terminalFirst':
    case 'answeredElsewhere':
    case 'tooLate':
      return [card(TOUCH, { offers: OFFERS.command })];
    case 'offersChange':
      return [card(ACTIONS.patch, { offers: OFFERS.change }), card(TOUCH, { offers: OFFERS.command }), card(ACTIONS.one)];
    case 'offersFive':
      return [card(ACTIONS.network, { offers: OFFERS.five })];
    case 'offersGrants':
      return [card(ACTIONS.permissions, { offers: OFFERS.grants })];
    case 'offersUnknown':
      return [card(TOUCH, { offers: OFFERS.unknown })];
    case 'offersNone':
      return [card(ACTIONS.unknown, { offers: OFFERS.none })];
    case 'risky':
      return [card(ACTIONS.one, RISKY)];
    case 'steps':
      return [card(ACTIONS.long, MANY)];
    case 'outside':
      return [
        card(ACTIONS.one, { runsIn: text('/etc/nginx'), runsOutside: true, subagent: text('reviewer'), reviewer: 'autoReview' }),
      ];
    default:
      return [card(ACTIONS[script as ActionName] ?? ACTIONS.one)];
  }
}
