//! Text from outside on one short line, for where only plain text can be drawn. It helps to find a card; the card shows everything.

use api::dto::Piece;

/// At most `limit` characters.
pub(crate) fn plain(pieces: &[Piece], limit: usize) -> String {
    let line: String = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text { text } => text.replace(['\n', '\t'], " "),
            Piece::Mark { label, .. } => format!("[{label}]"),
            Piece::Fold { .. } => " … ".to_owned(),
        })
        .collect();
    let line = line.trim();
    if line.chars().count() > limit { line.chars().take(limit).chain(['…']).collect() } else { line.to_owned() }
}
