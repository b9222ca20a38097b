//! Long texts take less room: deflated they are blobs, short ones stay text.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, Value, ValueRef};

/// Longer texts are deflated.
const PLAIN: usize = 4 << 10;
/// No text of ours is longer; a blob that says otherwise is none of ours.
const LONGEST: u64 = 64 << 20;

/// A text as it goes into a column of any type.
pub(crate) struct Packed<'t>(pub(crate) &'t str);

impl ToSql for Packed<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        if self.0.len() <= PLAIN {
            return Ok(self.0.into());
        }
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        let bytes = encoder.write_all(self.0.as_bytes()).and_then(|()| encoder.finish());
        let bytes = bytes.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        Ok(if bytes.len() < self.0.len() { ToSqlOutput::Owned(Value::Blob(bytes)) } else { self.0.into() })
    }
}

/// A text as it comes out.
pub(crate) struct Unpacked(pub(crate) String);

impl FromSql for Unpacked {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let ValueRef::Blob(bytes) = value else { return Ok(Self(value.as_str()?.to_owned())) };
        let mut text = String::new();
        let read = DeflateDecoder::new(bytes).take(LONGEST).read_to_string(&mut text);
        read.map(|_| Self(text)).map_err(|error| FromSqlError::Other(error.into()))
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn every_text_comes_back_and_long_ones_take_less_room() {
        let connection = Connection::open_in_memory().unwrap();
        let check = |text: &str, kind: &str, room: i64| {
            let sql = "SELECT value, typeof(value), octet_length(value) FROM (SELECT ?1 AS value)";
            let row = connection.query_row(sql, [Packed(text)], |row| {
                Ok((row.get::<_, Unpacked>(0)?.0, row.get::<_, String>(1)?, row.get::<_, i64>(2)?))
            });
            let (back, stored_as, bytes) = row.unwrap();
            assert!(back == text && stored_as == kind && bytes <= room, "{stored_as} {bytes}");
        };
        check("", "text", 0);
        check("ünï", "text", 5);
        check(&"x".repeat(PLAIN), "text", 4096);
        check(&"all tests passed ✓\n".repeat(1_000), "blob", 500);
        let alphabet: Vec<char> = ('\u{20}'..'\u{3FF}').filter(|letter| !letter.is_control()).collect();
        let mut seed = 1_u64;
        let noise = std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            alphabet[(seed >> 33) as usize % alphabet.len()]
        });
        check(&noise.take(10_000).collect::<String>(), "blob", 20_000);
    }

    #[test]
    fn a_blob_that_is_no_text_is_an_error() {
        let connection = Connection::open_in_memory().unwrap();
        let read = connection.query_row("SELECT x'FFFFFF'", [], |row| row.get::<_, Unpacked>(0));
        assert!(read.is_err());
    }
}
