//! JSON-RPC as Codex speaks it: one object per message, without the version field.

use serde_json::{Map, Number, Value, json};

use crate::Error;

/// The number of one call of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CallId(pub(crate) u64);

/// One message of the server.
#[derive(Debug, PartialEq)]
pub(crate) enum Message {
    /// The answer to a call.
    Reply {
        call: CallId,
        outcome: Result<Value, Refusal>,
    },
    /// A question to its client. Never answered from here, see the crate's own page.
    Request(Request),
    Notification(Notification),
    /// None of these, or a reply to nothing of ours.
    Other,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Request {
    /// None: no answer could name it.
    pub(crate) id: Option<RequestId>,
    pub(crate) method: String,
    pub(crate) params: Value,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Notification {
    pub(crate) method: String,
    pub(crate) params: Value,
    pub(crate) emitted_at_ms: Option<i64>,
}

/// The server's own number or name for one question, on one connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RequestId {
    Number(Number),
    Text(String),
}

impl RequestId {
    pub(crate) fn read(id: &Value) -> Option<Self> {
        match id {
            Value::Number(number) => Some(Self::Number(number.clone())),
            Value::String(text) => Some(Self::Text(text.clone())),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

/// The server's error.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: i64,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn of(self, method: &str) -> Error {
        Error::Refused { method: method.to_owned(), code: self.code, message: self.message }
    }
}

pub(crate) fn call(id: CallId, method: &str, params: &Value) -> String {
    json!({ "id": id.0, "method": method, "params": params }).to_string()
}

pub(crate) fn notification(method: &str) -> String {
    json!({ "method": method }).to_string()
}

/// The one message by which something is answered.
pub(crate) fn answer(id: &RequestId, result: &Value) -> String {
    let id = match id {
        RequestId::Number(number) => Value::Number(number.clone()),
        RequestId::Text(text) => Value::String(text.clone()),
    };
    json!({ "id": id, "result": result }).to_string()
}

/// Only what is no JSON object is an error.
pub(crate) fn read(line: &[u8]) -> Result<Message, serde_json::Error> {
    let mut message: Map<String, Value> = serde_json::from_slice(line)?;
    let params = message.remove("params").unwrap_or_default();
    let method =
        message.remove("method").map(|method| method.as_str().map_or_else(|| method.to_string(), str::to_owned));
    Ok(match (method, message.get("id")) {
        (Some(method), Some(id)) => Message::Request(Request { id: RequestId::read(id), method, params }),
        (Some(method), None) => {
            let emitted_at_ms = message.get("emittedAtMs").and_then(Value::as_i64);
            Message::Notification(Notification { method, params, emitted_at_ms })
        }
        (None, id) => match id.and_then(Value::as_u64).map(CallId) {
            Some(call) => Message::Reply { call, outcome: outcome(&mut message) },
            None => Message::Other,
        },
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
        let request = |id, method: &str, params| Message::Request(Request { id, method: method.to_owned(), params });
        let news = |params, emitted_at_ms| {
            Message::Notification(Notification { method: "thread/started".to_owned(), params, emitted_at_ms })
        };
        let (three, text) = (RequestId::Number(3.into()), RequestId::Text("text".to_owned()));
        let cases = [
            (r#"{"id":3,"result":{"a":1}}"#, reply(Ok(json!({ "a": 1 })))),
            (r#"{"id":3,"result":null,"new":1}"#, reply(Ok(Value::Null))),
            (r#"{"id":3,"error":{"code":-32600,"message":"no","data":{}}}"#, reply(Err(refusal))),
            (
                r#"{"id":3,"method":"item/tool/requestUserInput","params":{}}"#,
                request(Some(three), "item/tool/requestUserInput", json!({})),
            ),
            (r#"{"id":"text","method":"x"}"#, request(Some(text), "x", Value::Null)),
            (r#"{"id":null,"method":["x"],"params":3}"#, request(None, r#"["x"]"#, json!(3))),
            (r#"{"method":"thread/started","params":{}}"#, news(json!({}), None)),
            (r#"{"method":"thread/started","emittedAtMs":7}"#, news(Value::Null, Some(7))),
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
