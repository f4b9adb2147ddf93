//! Labels: which interactions count as the outcome, as an expression over their fields.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::log::{Field, FieldKind, Id, Millis, Schema, Value, What};
use crate::memory::Memory;

/// An outcome that a system is built for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Label {
    /// Its name in the design.
    pub name: String,
    /// Indices in [`Schema::interactions`] of the events that may satisfy it.
    pub from: Vec<usize>,
    /// What else must hold; `None` where the event alone is enough.
    pub when: Option<Expression>,
    /// The amount that is predicted, where it is not only whether.
    pub value: Option<Expression>,
    /// Whether it is not known, rather than no, where no such event came: where people judge only a part.
    pub unknown: bool,
    /// Attribution window after a request, in milliseconds.
    pub within: Millis,
}

impl Label {
    /// What an event says of the outcome: 1 or 0, or the amount; `None` where it says nothing of it, as where a field
    /// that decides is missing.
    pub fn said(&self, what: &What, memory: &Memory) -> Option<f64> {
        let What::Interaction { kind, user, item, fields, .. } = what else { return None };
        let source = self.from.iter().position(|from| from == kind)?;
        let reading = Reading { source, user: *user, item: *item, fields, memory };
        let holds = self.when.as_ref().is_none_or(|when| when.holds(&reading));
        match &self.value {
            Some(value) => value.value(&reading).filter(|_| holds),
            None if holds => Some(1.0),
            // What was not told is no answer.
            None => self.when.as_ref().and_then(|when| when.truth(&reading)).map(|_| 0.0),
        }
    }
}

/// The labels of a problem; the first is the one that is ranked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Labels(pub Vec<Label>);

impl Labels {
    /// The index of the label called `name`.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|label| label.name == name)
    }

    /// Which labels an event satisfies: bit `n` for label `n`, of which the first 32 count.
    pub fn satisfied(&self, what: &What, memory: &Memory) -> u32 {
        let holds = |label: &Label| match (label.said(what, memory), &label.value) {
            (Some(said), None) => said > 0.0,
            (said, _) => said.is_some(),
        };
        let holding = self.0.iter().take(32).enumerate().filter(|(_, label)| holds(label));
        holding.fold(0, |bits, (at, _)| bits | 1 << at)
    }
}

/// A condition such as `seconds >= 0.5 * video.seconds and not stars < 3`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Expression {
    /// A number as written.
    Constant(f64),
    /// A field of the interaction: for each kind in the label's `from` the index, where it has that field.
    Field(Vec<Option<usize>>),
    /// A field of the item.
    Item(usize),
    /// A field of the user.
    User(usize),
    /// Two operands and what joins them.
    Binary(Operator, Box<Expression>, Box<Expression>),
    /// Holds where the operand does not.
    Not(Box<Expression>),
}

/// What joins two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // each is its own name
pub enum Operator {
    Or,
    And,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// What is wrong with an expression, and where: byte offsets in its text.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelError {
    /// A sentence.
    pub message: String,
    /// First byte of the place.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// The names that would have been known there.
    pub known: Vec<String>,
}

impl fmt::Display for LabelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Expression {
    /// Reads `text` for interactions of the kinds `from`.
    ///
    /// # Errors
    /// Where the text is not an expression or too long for one, or names a field that is not a number or
    /// that no event or entity has.
    pub fn parse(text: &str, schema: &Schema, from: &[usize]) -> Result<Expression, LabelError> {
        let words = words(text)?;
        // Each word may nest the tree by one; the bound keeps the stack safe.
        if let Some(word) = words.get(LENGTH) {
            return Err(word.error(format!("the expression is longer than {LENGTH} words")));
        }
        let mut parser = Parser { words, at: 0, end: text.len(), schema, from, depth: 0 };
        let expression = parser.binary(0)?;
        match parser.words.get(parser.at) {
            Some(word) => Err(word.error(format!("`{}` does not belong here", word.text))),
            None => Ok(expression),
        }
    }

    fn holds(&self, reading: &Reading<'_>) -> bool {
        self.value(reading).is_some_and(|value| value != 0.0)
    }

    /// Whether it holds whatever the event does not tell; `None` where that would decide (Kleene 1938).
    fn truth(&self, reading: &Reading<'_>) -> Option<bool> {
        match self {
            Expression::Not(inner) => inner.truth(reading).map(|holds| !holds),
            Expression::Binary(operator @ (Operator::And | Operator::Or), left, right) => {
                let decides = Some(*operator == Operator::Or);
                let (left, right) = (left.truth(reading), right.truth(reading));
                if left == decides || right == decides { decides } else { left.and(right) }
            }
            told => (!told.lacks(reading)).then(|| told.holds(reading)),
        }
    }

    /// Whether the event lacks a field that is read of its kind.
    fn lacks(&self, reading: &Reading<'_>) -> bool {
        match self {
            Expression::Field(places) => {
                let place = places.get(reading.source).copied().flatten();
                place.is_some_and(|place| reading.fields.get(place).and_then(number).is_none())
            }
            Expression::Constant(_) | Expression::Item(_) | Expression::User(_) => false,
            Expression::Not(inner) => inner.lacks(reading),
            Expression::Binary(_, left, right) => left.lacks(reading) || right.lacks(reading),
        }
    }

    /// Truth is 1 and 0; a missing operand makes a comparison false and arithmetic missing, as does a
    /// result that is no finite number.
    fn value(&self, reading: &Reading<'_>) -> Option<f64> {
        match self {
            Expression::Constant(value) => Some(*value),
            Expression::Field(places) => number(reading.fields.get((*places.get(reading.source)?)?)?),
            Expression::Item(at) => number(reading.memory.item(reading.item)?.get(*at)?),
            Expression::User(at) => number(reading.memory.user(reading.user)?.get(*at)?),
            Expression::Not(inner) => Some(if inner.holds(reading) { 0.0 } else { 1.0 }),
            Expression::Binary(operator, left, right) => {
                operator.apply(left.value(reading), right.value(reading))
            }
        }
    }
}

/// The event that an expression is asked about.
struct Reading<'a> {
    /// The place of the event's kind in the label's `from`.
    source: usize,
    user: Id,
    item: Id,
    fields: &'a [Value],
    memory: &'a Memory,
}

impl Operator {
    fn apply(self, left: Option<f64>, right: Option<f64>) -> Option<f64> {
        let truth = |value: bool| Some(if value { 1.0 } else { 0.0 });
        let holds = |value: Option<f64>| value.is_some_and(|value| value != 0.0);
        let both = left.zip(right);
        let compare = |test: fn(f64, f64) -> bool| truth(both.is_some_and(|(left, right)| test(left, right)));
        let compute = |make: fn(f64, f64) -> f64| {
            both.map(|(left, right)| make(left, right)).filter(|value| value.is_finite())
        };
        match self {
            Operator::Or => truth(holds(left) || holds(right)),
            Operator::And => truth(holds(left) && holds(right)),
            Operator::Less => compare(|left, right| left < right),
            Operator::LessOrEqual => compare(|left, right| left <= right),
            Operator::Greater => compare(|left, right| left > right),
            Operator::GreaterOrEqual => compare(|left, right| left >= right),
            Operator::Equal => compare(|left, right| left == right),
            Operator::NotEqual => compare(|left, right| left != right),
            Operator::Add => compute(|left, right| left + right),
            Operator::Subtract => compute(|left, right| left - right),
            Operator::Multiply => compute(|left, right| left * right),
            Operator::Divide => compute(|left, right| left / right),
        }
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(value) => Some(*value).filter(|value| value.is_finite()),
        Value::Time(value) => Some(*value as f64),
        _ => None,
    }
}

#[derive(Debug, Clone)]
struct Word<'a> {
    text: &'a str,
    start: usize,
}

impl Word<'_> {
    fn no_number(&self) -> LabelError {
        self.error(format!("`{}` is not a number", self.text))
    }

    fn error(&self, message: String) -> LabelError {
        LabelError { message, start: self.start, end: self.start + self.text.len(), known: Vec::new() }
    }
}

/// Words that an expression may have.
const LENGTH: usize = 500;

/// The place of the comparisons in [`LEVELS`].
const COMPARISONS: usize = 2;

/// From loosest to tightest; all associate to the left, and comparisons do not chain. `not` stands
/// before a comparison and turns the whole of it.
const LEVELS: [&[(&str, Operator)]; 5] = [
    &[("or", Operator::Or)],
    &[("and", Operator::And)],
    &[
        ("<=", Operator::LessOrEqual),
        ("<", Operator::Less),
        (">=", Operator::GreaterOrEqual),
        (">", Operator::Greater),
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("*", Operator::Multiply), ("/", Operator::Divide)],
];

fn words(text: &str) -> Result<Vec<Word<'_>>, LabelError> {
    let bytes = text.as_bytes();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let start = at;
        let run = |from: usize, keep: fn(u8) -> bool| {
            bytes[from..].iter().position(|&byte| !keep(byte)).map_or(bytes.len(), |length| from + length)
        };
        match bytes[at] {
            byte if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            byte if byte.is_ascii_alphanumeric() || byte == b'_' => {
                at = run(at, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
            }
            b'<' | b'>' | b'=' | b'!' => at = run(at + 1, |byte| byte == b'='),
            b'+' | b'-' | b'*' | b'/' | b'(' | b')' => at += 1,
            _ => {
                let wide = text[start..].chars().next().map_or(1, char::len_utf8);
                let message = format!("`{}` has no meaning here", &text[start..start + wide]);
                return Err(LabelError { message, start, end: start + wide, known: Vec::new() });
            }
        }
        found.push(Word { text: &text[start..at], start });
    }
    Ok(found)
}

struct Parser<'a> {
    words: Vec<Word<'a>>,
    at: usize,
    end: usize,
    schema: &'a Schema,
    from: &'a [usize],
    depth: usize,
}

impl Parser<'_> {
    fn binary(&mut self, level: usize) -> Result<Expression, LabelError> {
        let Some(operators) = LEVELS.get(level) else { return self.single() };
        if level == COMPARISONS && self.words.get(self.at).is_some_and(|word| word.text == "not") {
            self.at += 1;
            return Ok(Expression::Not(Box::new(self.binary(level)?)));
        }
        let mut left = self.binary(level + 1)?;
        let first = self.at;
        while let Some(word) = self.words.get(self.at) {
            let Some((_, operator)) = operators.iter().find(|(text, _)| *text == word.text) else { break };
            if level == COMPARISONS && self.at > first {
                return Err(word.error("comparisons do not chain: join two of them by `and`".to_owned()));
            }
            self.at += 1;
            left = Expression::Binary(*operator, Box::new(left), Box::new(self.binary(level + 1)?));
        }
        Ok(left)
    }

    fn single(&mut self) -> Result<Expression, LabelError> {
        let Some(word) = self.words.get(self.at).cloned() else {
            let message = "the expression ends where a value is expected".to_owned();
            return Err(LabelError { message, start: self.end, end: self.end, known: Vec::new() });
        };
        // Text is nested by people, not by programs; the bound keeps the stack safe from the latter.
        if self.depth > 50 {
            return Err(word.error("the expression is nested too deeply".to_owned()));
        }
        self.at += 1;
        self.depth += 1;
        let made = match word.text {
            "-" => Expression::Binary(
                Operator::Subtract,
                Box::new(Expression::Constant(0.0)),
                Box::new(self.single()?),
            ),
            "(" => {
                let inner = self.binary(0)?;
                match self.words.get(self.at) {
                    Some(close) if close.text == ")" => self.at += 1,
                    _ => return Err(word.error("this parenthesis is not closed".to_owned())),
                }
                inner
            }
            text if text.as_bytes()[0].is_ascii_digit() => match text.parse() {
                Ok(value) if f64::is_finite(value) => Expression::Constant(value),
                _ => return Err(word.error(format!("`{text}` is not a number"))),
            },
            "and" | "or" | "not" => {
                return Err(word.error(format!("`{}` stands where a value is expected", word.text)));
            }
            text if text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') => {
                self.field(&word)?
            }
            text => return Err(word.error(format!("`{text}` stands where a value is expected"))),
        };
        self.depth -= 1;
        Ok(made)
    }

    fn field(&self, word: &Word<'_>) -> Result<Expression, LabelError> {
        if let Some((entity, field)) = word.text.split_once('.') {
            for (index, make) in [
                (self.schema.item, Expression::Item as fn(usize) -> Expression),
                (self.schema.user, Expression::User),
            ] {
                let declared = &self.schema.entities[index];
                if declared.name == entity
                    && let Some(at) = declared.field(field)
                {
                    return if comparable(&declared.fields[at]) {
                        Ok(make(at))
                    } else {
                        Err(word.no_number())
                    };
                }
            }
            return Err(self.unknown(word));
        }
        let fields = |kind: &usize| &self.schema.interactions[*kind].fields;
        let named = |field: &Field| field.name == word.text;
        let place = |kind| fields(kind).iter().position(|field| named(field) && comparable(field));
        let places: Vec<Option<usize>> = self.from.iter().map(place).collect();
        if places.iter().any(Option::is_some) {
            return Ok(Expression::Field(places));
        }
        Err(if self.from.iter().flat_map(fields).any(named) { word.no_number() } else { self.unknown(word) })
    }

    fn unknown(&self, word: &Word<'_>) -> LabelError {
        let mut known: Vec<String> = Vec::new();
        for field in self.from.iter().flat_map(|&kind| &self.schema.interactions[kind].fields) {
            if comparable(field) && !known.contains(&field.name) {
                known.push(field.name.clone());
            }
        }
        for entity in [self.schema.item(), self.schema.user()] {
            let fields = entity.fields.iter().filter(|field| comparable(field));
            known.extend(fields.map(|field| format!("{}.{}", entity.name, field.name)));
        }
        LabelError { known, ..word.error(format!("no field `{}`", word.text)) }
    }
}

fn comparable(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Number | FieldKind::Time)
}
