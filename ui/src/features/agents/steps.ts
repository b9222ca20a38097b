/** What has to hold for an agent to ask here, in the order in which it comes to hold, from what the last look found. */

import type { AgentView, ProblemCode } from '../../ipc/dto';

export type Step = 'program' | 'entries' | 'trust' | 'sessions' | 'events';
export type StepState = 'done' | 'todo' | 'attention' | 'unknown' | 'later';

/** The step that a problem stands in the way of. */
export const STEP_OF: Record<ProblemCode, Step> = {
  noProgram: 'program',
  notConnected: 'entries',
  removed: 'entries',
  partlyConnected: 'entries',
  stalePath: 'entries',
  relayMissing: 'entries',
  unreadable: 'entries',
  untrusted: 'trust',
  modified: 'trust',
  disabled: 'trust',
  hooksOff: 'trust',
  notAsked: 'trust',
  openSessions: 'sessions',
  otherHooks: 'events',
};

const TRUST: Record<AgentView['trust'], StepState> = {
  trusted: 'done',
  untrusted: 'todo',
  modified: 'attention',
  disabled: 'attention',
  unknown: 'unknown',
};

/** Entries of ours stand in the agent's file. */
export function connected(agent: AgentView): boolean {
  return agent.entries.some((entry) => entry.there);
}

export function stateOf(step: Step, agent: AgentView): StepState {
  switch (step) {
    case 'program':
      return agent.program === null ? 'attention' : 'done';
    case 'entries':
      if (agent.connection === 'connected') return 'done';
      return agent.connection === 'notConnected' ? 'todo' : 'attention';
    case 'trust':
      return connected(agent) ? TRUST[agent.trust] : 'later';
    case 'sessions':
      if (!connected(agent)) return 'later';
      return agent.lacking.length === 0 ? 'done' : 'todo';
    case 'events':
      return agent.lastEventAt === null ? 'todo' : 'done';
  }
}
