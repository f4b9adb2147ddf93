//! Tables whose lines are words: sessions, edges, and features by number (SVMrank, libsvm, libFM).

use std::collections::VecDeque;
use std::io::BufRead;

use super::line::{Name, Reject};
use super::table_rows::{Entry, Row, RowSource};
use super::text_lines::{TextLines, words};

/// Milliseconds from a line to the next in the column `order`, by which lines without a time stand in order.
const STEP: u64 = 60_000;

/// Items in each line: a row an item. Columns: those named, which are the first words of a line; `session`,
/// `place` (both from 1), `order` and `item`.
pub(crate) struct Sessions<R> {
    lines: TextLines<R>,
    separator: char,
    columns: Vec<String>,
    heads: Vec<String>,
    items: VecDeque<String>,
    session: u64,
    place: u64,
}

impl<R: BufRead> Sessions<R> {
    pub(crate) fn open(lines: TextLines<R>, separator: char, named: &[String]) -> Sessions<R> {
        let own = ["session", "place", "order", "item"].map(str::to_owned);
        let columns = named.iter().cloned().chain(own).collect();
        let (heads, items) = (vec![String::new(); named.len()], VecDeque::new());
        Sessions { lines, separator, columns, heads, items, session: 0, place: 0 }
    }
}

impl<R: BufRead> RowSource for Sessions<R> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn count_from(&mut self, before: u64) {
        self.session = before;
    }

    fn counted(&self) -> u64 {
        self.session
    }

    fn next(&mut self, row: &mut Row) -> Result<bool, String> {
        while self.items.is_empty() {
            if !self.lines.next()? {
                return Ok(false);
            }
            if self.lines.text.trim().is_empty() {
                continue;
            }
            self.session += 1;
            self.place = 0;
            let mut parts = words(&self.lines.text, self.separator);
            for head in &mut self.heads {
                *head = parts.next().unwrap_or_default().to_owned();
            }
            self.items = parts.filter(|item| !item.is_empty()).map(str::to_owned).collect();
            if let Some(reject) = self.lines.trouble.take() {
                self.items.clear();
                return Ok(aside(row, self.lines.number, &self.lines.text, reject));
            }
            if self.items.is_empty() {
                let reason = "the line names no item";
                return Ok(aside(
                    row,
                    self.lines.number,
                    &self.lines.text,
                    Reject::new("short-row", "", reason),
                ));
            }
        }
        let item = self.items.pop_front().unwrap_or_default();
        self.place += 1;
        let order = self.session * STEP + (self.place * 1000).min(STEP - 1000);
        row.begin(self.lines.number);
        row.cells.clear();
        row.cells.extend(self.heads.iter().cloned().map(Entry::Text));
        let own = [self.session, self.place, order].map(|number| Entry::Text(number.to_string()));
        row.cells.extend(own);
        row.cells.push(Entry::Text(item));
        Ok(true)
    }
}

/// Two nodes in each line, perhaps with more. Columns: those named, otherwise `from`, `to` and `time`; and
/// `order`. Lines that begin with `#` or `%` are comments.
pub(crate) struct Edges<R> {
    lines: TextLines<R>,
    separator: char,
    columns: Vec<String>,
    /// Words that a line must have.
    least: usize,
    both: bool,
    header: bool,
    edges: u64,
    /// The edge read last the other way round, where that is a row too.
    turned: bool,
}

impl<R: BufRead> Edges<R> {
    pub(crate) fn open(
        lines: TextLines<R>,
        separator: char,
        header: bool,
        named: &[String],
        both: bool,
    ) -> Edges<R> {
        let usual = ["from", "to", "time"].map(str::to_owned);
        let (mut columns, least) =
            if named.is_empty() { (usual.to_vec(), 2) } else { (named.to_vec(), named.len()) };
        columns.push("order".to_owned());
        Edges { lines, separator, columns, least, both, header, edges: 0, turned: false }
    }
}

impl<R: BufRead> RowSource for Edges<R> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn count_from(&mut self, before: u64) {
        self.edges = before;
    }

    fn counted(&self) -> u64 {
        self.edges
    }

    fn next(&mut self, row: &mut Row) -> Result<bool, String> {
        if std::mem::take(&mut self.turned) {
            row.begin(self.lines.number);
            row.cells.swap(0, 1);
            return Ok(true);
        }
        loop {
            if !self.lines.next()? {
                return Ok(false);
            }
            let text = self.lines.text.trim();
            if text.is_empty() || text.starts_with(['#', '%']) || std::mem::take(&mut self.header) {
                continue;
            }
            if let Some(reject) = self.lines.trouble.take() {
                return Ok(aside(row, self.lines.number, &self.lines.text, reject));
            }
            row.begin(self.lines.number);
            row.cells.clear();
            row.cells.extend(words(text, self.separator).map(|word| Entry::Text(word.to_owned())));
            if row.cells.len() < self.least {
                let reason = format!("the line has {} words, not {}", row.cells.len(), self.least);
                return Ok(aside(row, self.lines.number, text, Reject::new("short-row", "", reason)));
            }
            row.cells.resize(self.columns.len() - 1, Entry::default());
            row.cells.push(Entry::Text((self.edges * 1000).to_string()));
            self.edges += 1;
            self.turned = self.both;
            return Ok(true);
        }
    }
}

/// Lines with the number of rows of each query, the query, and how many of its rows are left.
type Sizes = (TextLines<Box<dyn BufRead>>, u64, u64);

/// A label, perhaps a query, and numbered features in each line. Columns: `label`, `qid`, `comment`, and
/// `indices`, the numbers of the features that are not 0; with a width also `vector` and one for each number.
pub(crate) struct Svmlight<R> {
    lines: TextLines<R>,
    columns: Vec<String>,
    width: usize,
    /// The sizes of the queries, where another file says them, and which rows are left of which query.
    queries: Option<Sizes>,
    values: Vec<f64>,
}

/// Columns before those of the features.
const FIXED: [&str; 4] = ["label", "qid", "comment", "indices"];

impl<R: BufRead> Svmlight<R> {
    pub(crate) fn open(
        lines: TextLines<R>,
        width: usize,
        queries: Option<TextLines<Box<dyn BufRead>>>,
    ) -> Svmlight<R> {
        let mut columns: Vec<String> = FIXED.map(str::to_owned).to_vec();
        if width > 0 {
            columns.push("vector".to_owned());
            columns.extend((1..=width).map(|number| number.to_string()));
        }
        let queries = queries.map(|lines| (lines, 0, 0));
        Svmlight { lines, columns, width, queries, values: Vec::new() }
    }

    fn read(&mut self, row: &mut Row) -> Result<(), Reject> {
        let text = self.lines.text.trim();
        let (text, comment) = text.split_once('#').unwrap_or((text, ""));
        let mut parts = text.split_whitespace();
        let label = parts.next().unwrap_or_default();
        let wrong = |why: String| Reject::new("not-svmlight", "", why);
        if label.parse::<f64>().is_err() {
            return Err(wrong(format!("`{}` is not a label", super::line::shortened(label))));
        }
        let (mut query, mut indices) = ("", Vec::new());
        self.values.clear();
        self.values.resize(self.width, 0.0);
        for part in parts {
            let short = || super::line::shortened(part);
            let Some((name, value)) = part.split_once(':') else {
                return Err(wrong(format!("`{}` is not a number, `:` and a value", short())));
            };
            if name == "qid" {
                query = value;
                continue;
            }
            // libFFM puts the number of a field before that of the feature.
            let (name, value) = match value.split_once(':') {
                Some((index, value)) => (index, value),
                None => (name, value),
            };
            let (Ok(index), Ok(number)) = (name.parse::<usize>(), value.parse::<f64>()) else {
                return Err(wrong(format!("`{}` is not a number, `:` and a value", short())));
            };
            if self.width > 0 {
                let at = index.checked_sub(1).and_then(|at| self.values.get_mut(at));
                let reason =
                    || format!("the feature {index} does not lie in 1 to {}, the `width`", self.width);
                *at.ok_or_else(|| wrong(reason()))? = number;
            }
            if number != 0.0 {
                indices.push(name.into());
            }
        }
        row.cells.clear();
        row.cells.extend([label, query, comment.trim()].map(|text| Entry::Text(text.to_owned())));
        row.cells.push(Entry::List(indices));
        if self.width > 0 {
            let numbers: Vec<Name> = self.values.iter().map(|value| value.to_string().into()).collect();
            row.cells.push(Entry::List(numbers.clone()));
            row.cells.extend(numbers.into_iter().map(|number| Entry::Text(number.into())));
        }
        Ok(())
    }

    /// The query of the next row by the file that tells their sizes; `None` where there is no such file.
    fn query(&mut self) -> Result<Option<u64>, String> {
        let Some((sizes, query, left)) = &mut self.queries else { return Ok(None) };
        while *left == 0 {
            if !sizes.next()? {
                return Err(format!("`queries` ends after {query} queries, and there are more rows"));
            }
            let text = sizes.text.trim();
            if text.is_empty() {
                continue;
            }
            let wrong = |_| format!("line {} of `queries` is not a number of rows: `{text}`", sizes.number);
            *left = text.parse::<u64>().map_err(wrong)?;
            *query += 1;
        }
        *left -= 1;
        Ok(Some(*query))
    }

    /// Whether the sizes of the queries fit the rows.
    fn ended(&mut self) -> Result<bool, String> {
        let Some((sizes, _, left)) = &mut self.queries else { return Ok(false) };
        let mut missing = *left;
        while sizes.next()? {
            missing += sizes.text.trim().parse::<u64>().unwrap_or(0);
        }
        if missing > 0 {
            return Err(format!(
                "`queries` tells of {missing} rows more than there are: is the file cut off?"
            ));
        }
        Ok(false)
    }
}

impl<R: BufRead> RowSource for Svmlight<R> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self, row: &mut Row) -> Result<bool, String> {
        loop {
            if !self.lines.next()? {
                return self.ended();
            }
            let text = self.lines.text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            row.begin(self.lines.number);
            let query = self.query()?;
            let read = match self.lines.trouble.take() {
                Some(reject) => Err(reject),
                None => self.read(row),
            };
            if let Err(reject) = read {
                return Ok(aside(row, self.lines.number, &self.lines.text, reject));
            }
            if let Some(query) = query {
                row.cells[1] = Entry::Text(query.to_string());
            }
            return Ok(true);
        }
    }
}

/// A row that cannot be taken.
fn aside(row: &mut Row, number: u64, text: &str, reject: Reject) -> bool {
    row.begin(number);
    row.cells.clear();
    row.line.push_str(text.trim());
    row.trouble = Some(reject);
    true
}

#[cfg(test)]
mod tests {
    use rankine_design::Encoding;

    use super::*;

    fn lines(text: &str) -> TextLines<&[u8]> {
        TextLines::new(text.as_bytes(), Encoding::Utf8)
    }

    /// Each row as the text of its cells, or the code of its trouble.
    fn rows(source: &mut dyn RowSource) -> Vec<String> {
        let (mut row, mut rows) = (Row::default(), Vec::new());
        while source.next(&mut row).unwrap() {
            let cells: Vec<String> = row.cells.iter().map(Entry::shown).collect();
            rows.push(match &row.trouble {
                Some(reject) => format!("{} {}", row.number, reject.code),
                None => format!("{} {}", row.number, cells.join(",")),
            });
        }
        rows
    }

    #[test]
    fn a_line_of_items_is_a_row_for_each() {
        let mut plain = Sessions::open(lines("7 8\r\n\n9"), ' ', &[]);
        assert_eq!(rows(&mut plain), ["1 1,1,61000,7", "1 1,2,62000,8", "3 2,1,121000,9"]);
        let named = ["user".to_owned()];
        let mut of_users = Sessions::open(lines("u1\t7  8\nu2\n"), ' ', &named);
        assert_eq!(rows(&mut of_users), ["1 u1,1,1,61000,7", "1 u1,1,2,62000,8", "2 short-row"]);
        let mut commas = Sessions::open(lines("a b,,c"), ',', &[]);
        assert_eq!(rows(&mut commas), ["1 1,1,61000,a b", "1 1,2,62000,c"]);
    }

    #[test]
    fn edges_have_two_nodes_and_perhaps_a_time() {
        let text = "# nodes\n1 2 1082040961\n3\t4\n5\n";
        let mut timed = Edges::open(lines(text), ' ', false, &[], false);
        assert_eq!(rows(&mut timed), ["2 1,2,1082040961,0", "3 3,4,,1000", "4 short-row"]);
        let mut both = Edges::open(lines("a,b\n1,2\n"), ',', true, &[], true);
        assert_eq!(rows(&mut both), ["2 1,2,,0", "2 2,1,,0"]);
    }

    #[test]
    fn features_are_columns_by_their_number() {
        let text = "2 qid:7 1:0.5 3:1 # doc 4\n0 qid:7 4:1\n1 x:1\nnan-ish 1:1\n1 2:nan";
        let mut wide = Svmlight::open(lines(text), 3, None);
        assert_eq!(wide.columns().join(" "), "label qid comment indices vector 1 2 3");
        let expected = [
            "1 2,7,doc 4,[1, 3],[0.5, 0, 1],0.5,0,1",
            "2 not-svmlight",
            "3 not-svmlight",
            "4 not-svmlight",
            "5 1,,,[2],[0, NaN, 0],0,NaN,0",
        ];
        assert_eq!(rows(&mut wide), expected);
        let mut narrow = Svmlight::open(lines("0 4:1 13:1 0:0\n1 2:31:1"), 0, None);
        assert_eq!(rows(&mut narrow), ["1 0,,,[4, 13]", "2 1,,,[31]"]);
    }

    #[test]
    fn sizes_of_queries_must_fit() {
        let sizes = |text: &'static str| {
            let input: Box<dyn BufRead> = Box::new(text.as_bytes());
            Some(TextLines::new(input, Encoding::Utf8))
        };
        let mut fits = Svmlight::open(lines("1 1:1\n0 1:1\n1 1:1\n"), 0, sizes("2\n0\n1\n"));
        assert_eq!(rows(&mut fits), ["1 1,1,,[1]", "2 0,1,,[1]", "3 1,3,,[1]"]);
        for (queries, part) in
            [("2\n", "ends after 1 queries"), ("2\n5\n", "4 rows more"), ("x\n", "line 1 of")]
        {
            let mut source = Svmlight::open(lines("1 1:1\n0 1:1\n1 1:1\n"), 0, sizes(queries));
            let (mut row, mut error) = (Row::default(), None);
            while error.is_none() {
                match source.next(&mut row) {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(message) => error = Some(message),
                }
            }
            assert!(error.as_deref().is_some_and(|error| error.contains(part)), "{queries}: {error:?}");
        }
    }
}
