//! What axe-core finds wrong for people who do not see the screen or do not use a mouse.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::page::Page;

impl Page<'_> {
    /// The violations on the page as it is now, a line for each element: rule, element, what to do.
    pub async fn axe(&self) -> Result<Vec<String>> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/node_modules/axe-core/axe.min.js");
        let axe = fs::read_to_string(&file).with_context(|| format!("{} is installed with npm", file.display()))?;
        if self.run("return typeof window.axe", &[]).await? == "undefined" {
            self.run(&axe, &[]).await?;
        }
        let script = "const done = arguments[0];
            const line = (rule, node) => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary}`;
            axe.run(document, { resultTypes: ['violations'] }).then(
                ({ passes, violations }) => done(passes.length === 0 ? 'axe found nothing to look at' : violations.flatMap((rule) => rule.nodes.map((node) => line(rule, node)))),
                (error) => done(`axe failed: ${error}`),
            )";
        let found: Value = self.run_async(script, &[]).await?;
        serde_json::from_value(found.clone()).with_context(|| found.to_string())
    }
}
