//! Rows without a database: a table's description, and a row as a list of plain values.

use std::fmt::Debug;

/// A value as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Text, or nothing.
    Text(Option<String>),
    /// A number, or nothing.
    Int(Option<i64>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A signed 64-bit number: a count, a flag (0, 1) or a time (microseconds since 1970).
    Int,
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name; always quoted in SQL.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// It may hold nothing.
    pub nullable: bool,
}

/// An index, beside the primary key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its name within the table.
    pub name: &'static str,
    /// What stands between its parentheses in SQL.
    pub columns: &'static str,
    /// Only these rows are in it, as a condition in SQL; all, when it is empty.
    pub only: &'static str,
}

/// An index over the words of a text column: which rows hold a word, or one that begins so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// The column: words between single spaces, with one before the first and one after the last. They are
    /// indexed as they stand.
    pub column: &'static str,
    /// A column with another number in each row that has words; the newer row has the larger one.
    pub number: &'static str,
}

/// How many rows are alike, and on which day: counted as they change, so that nobody has to count them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Columns with times: all rows are counted by the UTC day of each of them.
    pub times: &'static [&'static str],
    /// Columns of which few different values are: rows that have the same in all of them are counted together.
    pub alike: &'static [&'static str],
}

/// A table. Its first column is the primary key and is text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns in order.
    pub columns: &'static [Column],
    /// Its indexes.
    pub indexes: &'static [Index],
    /// The index of its words, if it has one.
    pub words: Option<Words>,
    /// What its rows are counted by, if they are.
    pub tally: Option<Tally>,
}

impl Table {
    /// The primary key.
    #[must_use]
    pub fn key(&self) -> &'static str {
        self.columns.first().map_or("", |column| column.name)
    }
}

/// A row of a [`Table`]; made by the `row!` macro.
pub trait Row: Clone + Debug + PartialEq + Send + Sized + 'static {
    /// The table.
    const TABLE: Table;

    /// The values of the columns, in order.
    fn into_values(self) -> Vec<Value>;

    /// The row with these values; `None` when they are not of this table.
    fn from_values(values: Vec<Value>) -> Option<Self>;

    /// What stands in a text column.
    fn text(&self, column: &str) -> Option<&str>;
}

/// A type that a column can have.
pub trait Cell: Sized {
    /// How it is stored.
    const KIND: Kind;
    /// It may be nothing.
    const NULLABLE: bool = false;
    /// As stored.
    fn into_value(self) -> Value;
    /// Back again.
    fn from_value(value: Value) -> Option<Self>;
    /// As text, where it is stored as text.
    fn as_text(&self) -> Option<&str> {
        None
    }
}

impl Cell for String {
    const KIND: Kind = Kind::Text;
    fn into_value(self) -> Value {
        Value::Text(Some(self))
    }
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Text(text) => text,
            Value::Int(_) => None,
        }
    }
    fn as_text(&self) -> Option<&str> {
        Some(self)
    }
}

impl Cell for i64 {
    const KIND: Kind = Kind::Int;
    fn into_value(self) -> Value {
        Value::Int(Some(self))
    }
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Int(number) => number,
            Value::Text(_) => None,
        }
    }
}

impl Cell for bool {
    const KIND: Kind = Kind::Int;
    fn into_value(self) -> Value {
        Value::Int(Some(self.into()))
    }
    fn from_value(value: Value) -> Option<Self> {
        i64::from_value(value).map(|number| number != 0)
    }
}

impl<C: Cell> Cell for Option<C> {
    const KIND: Kind = C::KIND;
    const NULLABLE: bool = true;
    fn into_value(self) -> Value {
        match (self, C::KIND) {
            (Some(cell), _) => cell.into_value(),
            (None, Kind::Text) => Value::Text(None),
            (None, Kind::Int) => Value::Int(None),
        }
    }
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Text(None) | Value::Int(None) => Some(None),
            value => C::from_value(value).map(Some),
        }
    }
    fn as_text(&self) -> Option<&str> {
        self.as_ref().and_then(Cell::as_text)
    }
}

/// An enum without fields that is stored as a word.
macro_rules! word {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// The word it is stored as.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl crate::Cell for $name {
            const KIND: crate::Kind = crate::Kind::Text;
            fn into_value(self) -> crate::Value {
                self.as_str().into()
            }
            fn from_value(value: crate::Value) -> Option<Self> {
                let text = String::from_value(value)?;
                match text.as_str() { $($word => Some(Self::$variant),)* _ => None }
            }
            fn as_text(&self) -> Option<&str> {
                Some(self.as_str())
            }
        }
    };
}
pub(crate) use word;

/// A struct that is a row of a table. The first field is the primary key.
macro_rules! row {
    (
        $(#[$doc:meta])*
        pub struct $name:ident in $table:literal {
            $($(#[$field_doc:meta])* pub $field:ident: $type:ty,)*
        }
        indexes { $($index:ident: $columns:literal $(where $only:literal)?,)* }
        $(words { $words:ident by $number:ident })?
        $(tally { $($alike:ident),+ by day of $($time:ident),+ })?
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name { $($(#[$field_doc])* pub $field: $type,)* }

        impl crate::Row for $name {
            const TABLE: crate::Table = crate::Table {
                name: $table,
                columns: &[$(crate::Column {
                    name: stringify!($field),
                    kind: <$type as crate::Cell>::KIND,
                    nullable: <$type as crate::Cell>::NULLABLE,
                },)*],
                indexes: &[$(crate::Index {
                    name: stringify!($index),
                    columns: $columns,
                    only: concat!($($only)?),
                },)*],
                words: [$(crate::Words { column: stringify!($words), number: stringify!($number) },)?]
                    .first()
                    .copied(),
                tally: [$(crate::Tally {
                    times: &[$(stringify!($time),)+],
                    alike: &[$(stringify!($alike),)+],
                },)?]
                .first()
                .copied(),
            };

            fn into_values(self) -> Vec<crate::Value> {
                vec![$(crate::Cell::into_value(self.$field),)*]
            }

            fn from_values(values: Vec<crate::Value>) -> Option<Self> {
                let mut values = values.into_iter();
                Some(Self { $($field: crate::Cell::from_value(values.next()?)?,)* })
            }

            fn text(&self, column: &str) -> Option<&str> {
                match column {
                    $(stringify!($field) => crate::Cell::as_text(&self.$field),)*
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use row;
