/** The hooks editor: large, and not needed before somebody edits. */

import { lazy } from '../../state/lazy';

export const byFile = lazy(() => import('../editor/ByFile.svelte'));
