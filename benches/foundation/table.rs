//! A Markdown table that is also readable as it stands.

use std::fmt;

/// A table; rows may be shorter than the head.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new<T: ToString>(head: impl IntoIterator<Item = T>) -> Self {
        Self {
            rows: vec![cells(head)],
        }
    }

    pub(crate) fn row<T: ToString>(&mut self, row: impl IntoIterator<Item = T>) {
        self.rows.push(cells(row));
    }
}

fn cells<T: ToString>(row: impl IntoIterator<Item = T>) -> Vec<String> {
    row.into_iter().map(|cell| cell.to_string()).collect()
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let cell = |row: &Vec<String>, column: usize| row.get(column).cloned().unwrap_or_default();
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let longest = self
                    .rows
                    .iter()
                    .map(|row| cell(row, column).chars().count());
                longest.max().unwrap_or(0).max(3)
            })
            .collect();
        for (line, row) in self.rows.iter().enumerate() {
            for (column, width) in widths.iter().enumerate() {
                write!(f, "| {:<width$} ", cell(row, column))?;
            }
            writeln!(f, "|")?;
            if line == 0 {
                for width in &widths {
                    write!(f, "|{}", "-".repeat(width + 2))?;
                }
                writeln!(f, "|")?;
            }
        }
        Ok(())
    }
}
