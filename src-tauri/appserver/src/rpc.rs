//! JSON-RPC as Codex speaks it: one object per message, without the version field.

use serde_json::{Map, Value, json};

/// The number of one call of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CallId(pub(crate) u64);

/// One message of the server.
#[derive(Debug, PartialEq)]
pub(crate) enum Message {
    /// The answer to a call.
    Reply { call: CallId, outcome: Result<Value, Refusal> },
    /// A question to its client. Never answered from here, see the crate's own page.
    Request,
    /// News, or a reply to nothing of ours.
    Other,
}

/// The server's error.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: i64,
    pub(crate) message: String,
}

pub(crate) fn call(id: CallId, method: &str, params: &Value) -> String {
    json!({ "id": id.0, "method": method, "params": params }).to_string()
}

pub(crate) fn notification(method: &str) -> String {
    json!({ "method": method }).to_string()
}

/// Only what is no JSON object is an error.
pub(crate) fn read(line: &[u8]) -> Result<Message, serde_json::Error> {
    let mut message: Map<String, Value> = serde_json::from_slice(line)?;
    let call = message.get("id").and_then(Value::as_u64).map(CallId);
    Ok(match (message.contains_key("method"), message.contains_key("id"), call) {
        (true, true, _) => Message::Request,
        (false, _, Some(call)) => Message::Reply { call, outcome: outcome(&mut message) },
        (true, false, _) | (false, _, None) => Message::Other,
    })
}

fn outcome(message: &mut Map<String, Value>) -> Result<Value, Refusal> {
    match message.get("error") {
        None | Some(Value::Null) => Ok(message.remove("result").unwrap_or_default()),
        Some(error) => {
            let text = error["message"].as_str().map_or_else(|| error.to_string(), str::to_owned);
            Err(Refusal { code: error["code"].as_i64().unwrap_or_default(), message: text })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_says_is_told_apart() {
        let reply = |outcome| Message::Reply { call: CallId(3), outcome };
        let refusal = Refusal { code: -32600, message: "no".to_owned() };
        let cases = [
            (r#"{"id":3,"result":{"a":1}}"#, reply(Ok(json!({ "a": 1 })))),
            (r#"{"id":3,"result":null,"new":1}"#, reply(Ok(Value::Null))),
            (r#"{"id":3,"error":{"code":-32600,"message":"no","data":{}}}"#, reply(Err(refusal))),
            (r#"{"id":3,"method":"item/tool/requestUserInput","params":{}}"#, Message::Request),
            (r#"{"id":"text","method":"x"}"#, Message::Request),
            (r#"{"method":"thread/started","params":{}}"#, Message::Other),
            (r#"{"id":"text","result":{}}"#, Message::Other),
            ("{}", Message::Other),
        ];
        for (line, expected) in cases {
            assert_eq!(read(line.as_bytes()).unwrap(), expected, "{line}");
        }
        for line in ["", "hello", "[1]", "3", r#"{"id":3"#] {
            assert!(read(line.as_bytes()).is_err(), "{line}");
        }
    }
}
