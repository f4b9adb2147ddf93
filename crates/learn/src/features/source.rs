//! A field that a feature reads: whose it is, where it stands, what it holds.

use super::{Spec, Unfit};
use crate::log::{Field, FieldKind, Id, Schema, Value};
use crate::memory::Memory;
use crate::moment::Moment;

/// What the parameter of a field that may be left out says then.
pub(super) const NONE: &str = "none";

/// A field of the item, the user or the request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    owner: Owner,
    at: usize,
    /// What it holds.
    pub(super) kind: FieldKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Request,
    Item,
    User,
}

impl Source {
    /// The field that a parameter names, of one of these kinds.
    pub(super) fn of(
        spec: &Spec,
        parameter: &'static str,
        schema: &Schema,
        kinds: &[FieldKind],
    ) -> Result<Source, Unfit> {
        let name = spec.settings.word(parameter);
        let source = spec.fit(parameter, Source::find(name, schema))?;
        if !kinds.is_empty() && !kinds.contains(&source.kind) {
            let words: Vec<&str> = kinds.iter().map(|kind| holding(*kind)).collect();
            return spec.fit(parameter, Err(format!("`{name}` holds no {}", words.join(" and no "))));
        }
        Ok(source)
    }

    /// The same of a field of the item.
    pub(super) fn of_item(
        spec: &Spec,
        parameter: &'static str,
        schema: &Schema,
        kinds: &[FieldKind],
    ) -> Result<Source, Unfit> {
        let source = Source::of(spec, parameter, schema, kinds)?;
        if source.is_shared() {
            let (name, item) = (spec.settings.word(parameter), &schema.item().name);
            return spec.fit(parameter, Err(format!("`{name}` is not a field of `{item}`")));
        }
        Ok(source)
    }

    /// The same of a field of the user or the request.
    pub(super) fn of_asker(
        spec: &Spec,
        parameter: &'static str,
        schema: &Schema,
        kinds: &[FieldKind],
    ) -> Result<Source, Unfit> {
        let source = Source::of(spec, parameter, schema, kinds)?;
        if !source.is_shared() {
            let (name, user) = (spec.settings.word(parameter), &schema.user().name);
            let why = format!("`{name}` is not a field of the request or `{user}`");
            return spec.fit(parameter, Err(why));
        }
        Ok(source)
    }

    /// The field called `name`.
    pub(super) fn find(name: &str, schema: &Schema) -> Result<Source, String> {
        let (item, user) = (schema.item(), schema.user());
        let owners = [
            ("request", &schema.context, Owner::Request),
            (&item.name, &item.fields, Owner::Item),
            (&user.name, &user.fields, Owner::User),
        ];
        for (word, fields, owner) in owners {
            let field = name.strip_prefix(word).and_then(|rest| rest.strip_prefix('.'));
            let named = |field: &&str| fields.iter().position(|have: &Field| have.name == *field);
            if let Some(at) = field.as_ref().and_then(named) {
                return Ok(Source { owner, at, kind: fields[at].kind });
            }
        }
        Err(format!("`{name}` is not a field of the request, `{}` or `{}`", item.name, user.name))
    }

    /// Whether all candidates have the same value, that of the request or the user.
    pub(super) fn is_shared(self) -> bool {
        self.owner != Owner::Item
    }

    /// Its place among the fields of its owner.
    pub(super) fn place(self) -> usize {
        self.at
    }

    /// What it says of an item at a moment.
    pub(super) fn value<'a>(self, moment: &Moment<'a>, item: Id, memory: &'a Memory) -> &'a Value {
        let fields = match self.owner {
            Owner::Request => Some(moment.context),
            Owner::Item => memory.item(item),
            Owner::User => memory.user(moment.user),
        };
        fields.and_then(|fields| fields.get(self.at)).unwrap_or(&Value::Missing)
    }

    /// The value of a field of the item; none where the item is not known.
    pub(super) fn held(self, item: Id, memory: &Memory) -> Option<&Value> {
        memory.item(item)?.get(self.at)
    }

    /// The same as a finite number.
    pub(super) fn number(self, moment: &Moment<'_>, item: Id, memory: &Memory) -> Option<f64> {
        match self.value(moment, item, memory) {
            Value::Number(value) if (*value as f32).is_finite() => Some(*value),
            _ => None,
        }
    }
}

/// What a field of a kind holds, as sentences say it.
fn holding(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Number => "number",
        FieldKind::Category => "category",
        FieldKind::Categories => "categories",
        FieldKind::Time => "time",
        FieldKind::Text => "text",
        FieldKind::Vector => "vector",
        FieldKind::Image => "picture",
        FieldKind::Boxes => "boxes",
    }
}
