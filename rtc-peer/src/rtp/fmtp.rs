//! The parameters of `a=fmtp` where a format writes them as `name=value` between semicolons.

/// Parameters, letter by letter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameters<'a>(&'a str);

impl<'a> Parameters<'a> {
    /// Those of a codec; none where it has no line.
    pub(crate) fn of(line: Option<&'a str>) -> Self {
        Self(line.unwrap_or_default())
    }

    /// Each name with its value, in order, without the spaces around them.
    pub(crate) fn iter(self) -> impl Iterator<Item = (&'a str, &'a str)> + Clone {
        let items = self.0.split(';').filter_map(|item| item.split_once('='));
        items.map(|(name, value)| (name.trim(), value.trim()))
    }

    /// The value of the first parameter of this name, without regard to case.
    pub(crate) fn get(self, name: &str) -> Option<&'a str> {
        self.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The same as a number.
    pub(crate) fn number<T: core::str::FromStr>(self, name: &str) -> Option<T> {
        self.get(name)?.parse().ok()
    }

    /// Whether everything is written as `name=value`.
    pub(crate) fn is_key_value(self) -> bool {
        let mut items = self.0.split(';').map(str::trim).filter(|item| !item.is_empty());
        items.all(|item| item.contains('='))
    }

    /// Whether both say the same, in whatever order.
    pub(crate) fn same(self, other: Self) -> bool {
        let within = |one: Self, other: Self| one.iter().all(|(n, v)| other.get(n) == Some(v));
        within(self, other) && within(other, self)
    }
}
