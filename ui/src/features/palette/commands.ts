/** What the palette offers. Never a decision: those are made where the whole request is seen. */

import Activity from '@lucide/svelte/icons/activity';
import Bot from '@lucide/svelte/icons/bot';
import ChartColumn from '@lucide/svelte/icons/chart-column';
import Fishing from '@lucide/svelte/icons/fishing-hook';
import FolderOpen from '@lucide/svelte/icons/folder-open';
import History from '@lucide/svelte/icons/history';
import Inbox from '@lucide/svelte/icons/inbox';
import Languages from '@lucide/svelte/icons/languages';
import ListChecks from '@lucide/svelte/icons/list-checks';
import Pause from '@lucide/svelte/icons/pause';
import Play from '@lucide/svelte/icons/play';
import Plug from '@lucide/svelte/icons/plug';
import Plus from '@lucide/svelte/icons/plus';
import Send from '@lucide/svelte/icons/send';
import SettingsIcon from '@lucide/svelte/icons/settings';
import Sparkles from '@lucide/svelte/icons/sparkles';
import SunMoon from '@lucide/svelte/icons/sun-moon';
import Unplug from '@lucide/svelte/icons/unplug';
import { computeCommandScore } from 'bits-ui';
import { english, t, type Key, type Values } from '../../messages';
import type { MainWindow } from '../../state/main';
import { SCREENS } from '../../state/nav.svelte';
import { PRESETS } from '../../state/runs.svelte';

export interface Command {
  key: Key;
  values: Values;
  icon: typeof Bot;
  /** The keys that do the same. */
  keys?: string;
  run: () => void;
}

const SCREEN_ICON = { requests: Inbox, live: Activity, hooks: Fishing, history: History, rules: ListChecks, agents: Bot, settings: SettingsIcon } as const;

export function commands(main: MainWindow): Command[] {
  return [...screens(main), ...pausing(main), newRule(main), ...ofRuns(main), ...ofAgents(main), ...looks(main)];
}

/** Those that fit what was typed, in the language that is spoken or in English, best first. */
export function fitting(all: readonly Command[], typed: string): readonly Command[] {
  const words = typed.split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return all;
  return all
    .map((command) => ({ command, score: Math.min(...words.map((word) => score(command, word))) }))
    .filter((row) => row.score > 0)
    .toSorted((a, b) => b.score - a.score)
    .map((row) => row.command);
}

function score({ key, values }: Command, word: string): number {
  return Math.max(computeCommandScore(t(key, values), word), computeCommandScore(english(key, values), word));
}

function screens({ nav }: MainWindow): Command[] {
  return SCREENS.map((screen, at) => ({
    key: `palette.go.${screen}` as const,
    values: {},
    icon: SCREEN_ICON[screen],
    keys: `Ctrl+${at + 1}`,
    run: () => nav.go(screen),
  }));
}

function pausing({ standing }: MainWindow): Command[] {
  if (standing.paused !== null) {
    return [{ key: 'palette.resume', values: {}, icon: Play, run: () => void standing.resume() }];
  }
  const times = [
    ['palette.pause15', 15],
    ['palette.pause60', 60],
    ['palette.pauseForever', null],
  ] as const;
  return times.map(([key, minutes]) => ({ key, values: {}, icon: Pause, run: () => void standing.pause(minutes) }));
}

function newRule({ nav, rules }: MainWindow): Command {
  const run = (): void => {
    nav.go('rules');
    rules.begin();
  };
  return { key: 'palette.newRule', values: {}, icon: Plus, run };
}

function ofRuns({ nav, runs }: MainWindow): Command[] {
  const LISTS = [
    ['palette.runs.failed', 'failed'],
    ['palette.runs.blocked', 'blocked'],
    ['palette.runs.slow', 'slow'],
  ] as const;
  const lists = LISTS.map(([key, preset]) => ({
    key,
    values: {},
    icon: History,
    run: () => {
      runs.find(PRESETS[preset]);
      nav.go('history');
    },
  }));
  const insights = (): void => {
    runs.show('insights');
    nav.go('history');
  };
  return [...lists, { key: 'palette.insights', values: {}, icon: ChartColumn, run: insights }];
}

function ofAgents({ agents, nav }: MainWindow): Command[] {
  const ACTIONS = [
    ['palette.connect', Plug, 'connect'],
    ['palette.disconnect', Unplug, 'disconnect'],
    ['palette.test', Send, 'test'],
  ] as const;
  const NOT_NOW = { connect: 'connected', disconnect: 'notConnected', test: null } as const;
  return agents.list.flatMap(({ agent, title, connection }) =>
    ACTIONS.filter(([, , kind]) => NOT_NOW[kind] !== connection).map(([key, icon, kind]) => ({
      key,
      values: { agent: title },
      icon,
      run: () => {
        nav.go('agents');
        void agents.open({ kind, agent });
      },
    })),
  );
}

function looks({ settings }: MainWindow): Command[] {
  const LANGUAGES = [
    ['palette.language.system', null],
    ['palette.language.english', 'en'],
    ['palette.language.chinese', 'zh-CN'],
  ] as const;
  const THEMES = [
    ['palette.theme.system', 'system'],
    ['palette.theme.light', 'light'],
    ['palette.theme.dark', 'dark'],
  ] as const;
  return [
    ...LANGUAGES.map(([key, value]) => ({
      key,
      values: {},
      icon: Languages,
      run: () => void settings.change({ kind: 'language', value }),
    })),
    ...THEMES.map(([key, value]) => ({ key, values: {}, icon: SunMoon, run: () => void settings.change({ kind: 'theme', value }) })),
    { key: 'palette.folder', values: {}, icon: FolderOpen, run: () => void settings.openDataFolder() },
    { key: 'palette.welcome', values: {}, icon: Sparkles, run: () => (settings.welcoming = true) },
  ];
}
