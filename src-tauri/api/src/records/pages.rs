//! Lists of the history that come in pages, and several of them in one order.

use std::collections::VecDeque;

use crate::Error;

/// Rows that come in pages; an empty page is the end.
pub(super) struct Pages<'r, T> {
    read: Box<dyn FnMut() -> Result<Vec<T>, Error> + 'r>,
    rows: VecDeque<T>,
}

impl<'r, T: 'r> Pages<'r, T> {
    /// `page` reads what comes behind a cursor, and gives the next one.
    pub(super) fn new<C: 'r>(mut page: impl FnMut(Option<C>) -> Result<(Vec<T>, Option<C>), Error> + 'r) -> Self {
        let mut place = Place::Before(None);
        let read = move || {
            let mut rows = Vec::new();
            while rows.is_empty()
                && let Place::Before(before) = std::mem::replace(&mut place, Place::End)
            {
                let next;
                (rows, next) = page(before)?;
                place = next.map_or(Place::End, |cursor| Place::Before(Some(cursor)));
            }
            Ok(rows)
        };
        Self { read: Box::new(read), rows: VecDeque::new() }
    }

    pub(super) fn map<U: 'r>(mut self, of: impl Fn(T) -> U + 'r) -> Pages<'r, U> {
        let read = move || Ok((self.read)()?.into_iter().map(&of).collect());
        Pages { read: Box::new(read), rows: VecDeque::new() }
    }

    fn first(&mut self) -> Result<Option<&T>, Error> {
        if self.rows.is_empty() {
            self.rows = (self.read)()?.into();
        }
        Ok(self.rows.front())
    }
}

impl<'r, T: 'r> Iterator for Pages<'r, T> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Err(error) = self.first() {
            return Some(Err(error));
        }
        self.rows.pop_front().map(Ok)
    }
}

/// How far a list was read.
enum Place<C> {
    Before(Option<C>),
    End,
}

/// The greatest of what comes next, by `key`; of equal ones that of the last list.
pub(super) fn greatest<'r, T: 'r, K: Ord>(
    lists: &mut [Pages<'r, T>],
    key: impl Fn(&T) -> K,
) -> Result<Option<T>, Error> {
    let mut greatest: Option<(K, usize)> = None;
    for (place, list) in lists.iter_mut().enumerate() {
        if let Some(next) = list.first()?.map(&key)
            && greatest.as_ref().is_none_or(|(known, _)| next >= *known)
        {
            greatest = Some((next, place));
        }
    }
    greatest.and_then(|(_, place)| lists[place].next()).transpose()
}
