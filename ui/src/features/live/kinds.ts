/** The sign of each hook event. Drawn once, as symbols; rows refer to them, since an icon made anew is what costs most in a row. */

import Bell from '@lucide/svelte/icons/bell';
import CircleStop from '@lucide/svelte/icons/circle-stop';
import ClipboardCheck from '@lucide/svelte/icons/clipboard-check';
import FoldVertical from '@lucide/svelte/icons/fold-vertical';
import Hand from '@lucide/svelte/icons/hand';
import LogIn from '@lucide/svelte/icons/log-in';
import LogOut from '@lucide/svelte/icons/log-out';
import MessageSquare from '@lucide/svelte/icons/message-square';
import PackageCheck from '@lucide/svelte/icons/package-check';
import Send from '@lucide/svelte/icons/send';
import ShieldQuestionMark from '@lucide/svelte/icons/shield-question-mark';
import Sparkles from '@lucide/svelte/icons/sparkles';
import UserCheck from '@lucide/svelte/icons/user-check';
import UserPlus from '@lucide/svelte/icons/user-plus';
import Wrench from '@lucide/svelte/icons/wrench';

export const ICONS: ReadonlyMap<string, typeof Bell> = new Map([
  ['SessionStart', LogIn],
  ['SessionEnd', LogOut],
  ['UserPromptSubmit', MessageSquare],
  ['PreModelRequest', Send],
  ['PostModelRequest', Sparkles],
  ['PreToolUse', Wrench],
  ['PermissionRequest', ShieldQuestionMark],
  ['PostToolUse', ClipboardCheck],
  ['PreCompact', FoldVertical],
  ['PostCompact', PackageCheck],
  ['SubagentStart', UserPlus],
  ['SubagentStop', UserCheck],
  ['Stop', CircleStop],
  ['Interrupt', Hand],
  ['Other', Bell],
]);

/** The id of the symbol. Events of newer agents have one together. */
export function symbolOf(event: string): string {
  return `live-kind-${ICONS.has(event) ? event : 'Other'}`;
}
