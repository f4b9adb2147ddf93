//! JSON as a tape: the values of one text one after another, each text in it borrowed where nothing is escaped.

use std::cell::Cell;
use std::fmt::{self, Display, Formatter};

use compact_str::{CompactString, ToCompactString};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

use super::plain;

/// The values of a text. An object is followed by its keys and values in turns.
#[derive(Debug)]
pub(super) struct Tape<'t>(Vec<Node<'t>>);

thread_local! {
    /// The room of a tape that is no more, for the next one.
    static ROOM: Cell<Vec<Node<'static>>> = const { Cell::new(Vec::new()) };
}

/// What is kept of it at most: what one long text took is not kept for all the short ones after it.
const MOST: usize = 1 << 12;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node<'t> {
    Null,
    Bool(bool),
    Number(Number),
    Text(&'t str),
    Escaped(Box<str>),
    /// With how many nodes it takes, itself among them.
    List(usize),
    Object(usize),
}

/// A number as it was read: whole where it is written so and fits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Whole(i64),
    Large(u64),
    Real(f64),
}

/// One value of a tape.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value<'v>(&'v [Node<'v>]);

/// What a value is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form<'v> {
    Null,
    Bool(bool),
    Number(Number),
    Text(&'v str),
    List(Values<'v>),
    Object(Values<'v>),
}

/// The values of a list, or the keys and values of an object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Values<'v>(&'v [Node<'v>]);

impl<'t> Tape<'t> {
    /// Reads a text. The parser calls itself for values within each other: how deep they lie is to be looked at
    /// before.
    ///
    /// # Errors
    /// What the parser finds wrong.
    pub(super) fn read(text: &'t str) -> Result<Tape<'t>, sonic_rs::Error> {
        plain::read(text, emptied(ROOM.take())).map_or_else(|| parsed(text), Ok).map(Tape)
    }

    /// The whole.
    pub(super) fn value(&self) -> Value<'_> {
        Value(&self.0)
    }
}

impl Drop for Tape<'_> {
    fn drop(&mut self) {
        if self.0.capacity() <= MOST {
            ROOM.set(emptied(std::mem::take(&mut self.0)));
        }
    }
}

/// The room of a list for values of another text: collected in place, it stays where it is.
fn emptied<'n>(mut nodes: Vec<Node<'_>>) -> Vec<Node<'n>> {
    nodes.clear();
    nodes.into_iter().map(|_| Node::Null).collect()
}

impl<'v> Value<'v> {
    pub(super) fn form(self) -> Form<'v> {
        match &self.0[0] {
            Node::Null => Form::Null,
            Node::Bool(truth) => Form::Bool(*truth),
            Node::Number(number) => Form::Number(*number),
            Node::Text(text) => Form::Text(text),
            Node::Escaped(text) => Form::Text(text),
            Node::List(_) => Form::List(Values(&self.0[1..])),
            Node::Object(_) => Form::Object(Values(&self.0[1..])),
        }
    }

    pub(super) fn is_null(self) -> bool {
        self.0[0] == Node::Null
    }

    pub(super) fn text(self) -> Option<&'v str> {
        if let Form::Text(text) = self.form() { Some(text) } else { None }
    }

    pub(super) fn list(self) -> Option<Values<'v>> {
        if let Form::List(values) = self.form() { Some(values) } else { None }
    }

    /// Keys and values, in their order.
    pub(super) fn object(self) -> Option<impl Iterator<Item = (&'v str, Value<'v>)>> {
        let Form::Object(mut values) = self.form() else { return None };
        Some(std::iter::from_fn(move || Some((values.next()?.text()?, values.next()?))))
    }
}

impl<'v> Iterator for Values<'v> {
    type Item = Value<'v>;

    fn next(&mut self) -> Option<Value<'v>> {
        let size = match self.0.first()? {
            Node::List(size) | Node::Object(size) => *size,
            _ => 1,
        };
        let (next, rest) = self.0.split_at_checked(size)?;
        self.0 = rest;
        Some(Value(next))
    }
}

impl Number {
    pub(super) fn whole(self) -> Option<i64> {
        if let Number::Whole(number) = self { Some(number) } else { None }
    }

    /// As a name: where a number has more digits than were read, two names would become one. `2.0` is `2`, as programs
    /// write ids that stand beside gaps.
    pub(super) fn name(self) -> Option<CompactString> {
        const WHOLE: f64 = (1u64 << 53) as f64;
        match self {
            Number::Real(number) if number.abs() >= WHOLE => None,
            Number::Real(number) if number.fract() == 0.0 => Some((number as i64).to_compact_string()),
            number => Some(number.to_compact_string()),
        }
    }

    pub(super) fn real(self) -> f64 {
        match self {
            Number::Whole(number) => number as f64,
            Number::Large(number) => number as f64,
            Number::Real(number) => number,
        }
    }
}

/// As JSON writes it.
impl Display for Number {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Number::Whole(number) => number.fmt(out),
            Number::Large(number) => number.fmt(out),
            Number::Real(number) => match serde_json::Number::from_f64(*number) {
                Some(number) => number.fmt(out),
                None => Ok(()),
            },
        }
    }
}

/// As JSON, in one line.
impl Display for Value<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.form() {
            Form::Null => serializer.serialize_unit(),
            Form::Bool(truth) => serializer.serialize_bool(truth),
            Form::Number(Number::Whole(number)) => serializer.serialize_i64(number),
            Form::Number(Number::Large(number)) => serializer.serialize_u64(number),
            Form::Number(Number::Real(number)) => serializer.serialize_f64(number),
            Form::Text(text) => serializer.serialize_str(text),
            Form::List(values) => serializer.collect_seq(values),
            Form::Object(_) => serializer.collect_map(self.object().into_iter().flatten()),
        }
    }
}

/// What the parser for all of JSON reads.
pub(super) fn parsed(text: &str) -> Result<Vec<Node<'_>>, sonic_rs::Error> {
    let mut nodes = Vec::new();
    let mut parser = sonic_rs::Deserializer::from_str(text);
    Onto(&mut nodes).deserialize(&mut parser)?;
    parser.end()?;
    Ok(nodes)
}

/// Lays the next value onto a tape.
struct Onto<'a, 't>(&'a mut Vec<Node<'t>>);

impl<'de> DeserializeSeed<'de> for Onto<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Onto<'_, 'de> {
    fn push<E>(self, node: Node<'de>) -> Result<(), E> {
        self.0.push(node);
        Ok(())
    }
}

impl<'de> Visitor<'de> for Onto<'_, 'de> {
    type Value = ();

    fn expecting(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.push(Node::Null)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<(), E> {
        self.push(Node::Bool(truth))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.push(Node::Number(Number::Whole(number)))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        let number = i64::try_from(number).map_or(Number::Large(number), Number::Whole);
        self.push(Node::Number(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.push(Node::Number(Number::Real(number)))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<(), E> {
        self.push(Node::Text(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.push(Node::Escaped(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let first = self.0.len();
        self.0.push(Node::List(0));
        while list.next_element_seed(Onto(self.0))?.is_some() {}
        self.0[first] = Node::List(self.0.len() - first);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let first = self.0.len();
        self.0.push(Node::Object(0));
        while object.next_key_seed(Onto(self.0))?.is_some() {
            object.next_value_seed(Onto(self.0))?;
        }
        self.0[first] = Node::Object(self.0.len() - first);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_alike() {
        for text in [
            "null",
            "-3",
            "18446744073709551615",
            "0.1",
            r#""a \"b\" \u00e9""#,
            "[]",
            "{}",
            r#"{"a":[1,[2,{"b":null}],true],"a":{},"c":"d"}"#,
        ] {
            let whole: serde_json::Value = serde_json::from_str(text).unwrap();
            let tape = Tape::read(text).unwrap();
            let written: serde_json::Value = serde_json::from_str(&tape.value().to_string()).unwrap();
            assert_eq!(whole, written, "{text}");
        }
        let number = "2.2250738585072011e-308";
        let tape = Tape::read(number).unwrap();
        let Form::Number(read) = tape.value().form() else { panic!("{tape:?}") };
        assert_eq!(Ok(read.real()), number.parse::<f64>());
        for broken in ["", "1 2", "[1", r#"{"a"}"#, r#"{"a":1,}"#, "nul", r#""\ud800""#] {
            assert!(Tape::read(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn keys_and_values_are_stepped_through_in_their_order() {
        let tape = Tape::read(r#"{"a":[1,[2]],"b\n":"x","a":3}"#).unwrap();
        let keys: Vec<(&str, String)> =
            tape.value().object().unwrap().map(|(key, value)| (key, value.to_string())).collect();
        let want = [("a", "[1,[2]]"), ("b\n", "\"x\""), ("a", "3")];
        assert_eq!(keys, want.map(|(key, value)| (key, value.to_owned())));
    }
}
