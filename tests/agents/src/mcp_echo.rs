//! A small MCP server on stdin and stdout with one tool, `echo`, for an agent to call.

use std::io::{self, BufRead, Write};

use serde_json::{Value, json};

fn main() -> io::Result<()> {
    for line in io::stdin().lock().lines() {
        let Ok(message) = serde_json::from_str::<Value>(&line?) else { continue };
        let Some(id) = message.get("id") else { continue };
        let params = &message["params"];
        let result = match message["method"].as_str() {
            Some("initialize") => json!({
                "protocolVersion": params["protocolVersion"], "capabilities": { "tools": {} },
                "serverInfo": { "name": "echo", "version": "0" },
            }),
            Some("tools/list") => json!({ "tools": [{
                "name": "echo", "description": "Says it again.",
                "inputSchema": { "type": "object", "properties": { "text": { "type": "string" } } },
            }] }),
            Some("tools/call") => {
                json!({ "content": [{ "type": "text", "text": format!("echo: {}", params["arguments"]) }] })
            }
            _ => json!({}),
        };
        writeln!(io::stdout(), "{}", json!({ "jsonrpc": "2.0", "id": id, "result": result }))?;
    }
    Ok(())
}
