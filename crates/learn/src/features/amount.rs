//! The number that comes with an event: said by the event itself, or told of its item, user or request.

use super::source::Source;
use super::{Seen, Signal, Spec, Unfit};
use crate::card::{Kind, Parameter, Preset};
use crate::log::{FieldKind, Id, Schema, Value, What};
use crate::memory::Memory;
use crate::moment::Moment;

/// The parameter that names it.
pub(super) const PARAMETER: Parameter = Parameter {
    name: "value",
    doc: "The number: a field of the interaction, as `event.field`, or of the item, the user or the request as \
          they were known then. Events without it do not count.",
    kind: Kind::Field,
    default: Preset::Required,
    search: &[],
};

/// The parameter that names the events which have it.
pub(super) const EVENT: Parameter =
    Signal::parameter("Whose number: that of an interaction, a label, or `impression`.", Preset::Required);

/// Where the number of an event stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Amount {
    /// In the interaction.
    Said { kind: usize, at: usize },
    /// In a field of somebody else.
    Told(Source),
}

impl Amount {
    /// What the parameter says.
    pub(super) fn of(spec: &Spec, schema: &Schema) -> Result<Amount, Unfit> {
        let found = Amount::find(spec.settings.word(PARAMETER.name), schema);
        spec.fit(PARAMETER.name, found)
    }

    /// The number called `name`.
    pub(super) fn find(name: &str, schema: &Schema) -> Result<Amount, String> {
        let said = schema.interactions.iter().enumerate().find_map(|(kind, event)| {
            let field = name.strip_prefix(event.name.as_str())?.strip_prefix('.')?;
            let at = event.fields.iter().position(|have| have.name == field)?;
            Some((Amount::Said { kind, at }, event.fields[at].kind))
        });
        let told = || Source::find(name, schema).map(|source| (Amount::Told(source), source.kind));
        match said.map_or_else(told, Ok) {
            Ok((amount, FieldKind::Number)) => Ok(amount),
            Ok(_) => Err(format!("`{name}` holds no number")),
            Err(why) => Err(format!("{why}, nor of an event")),
        }
    }

    /// Where it stands, if it is a field of the item.
    pub(super) fn of_item(self) -> Option<Source> {
        match self {
            Amount::Told(source) if !source.is_shared() => Some(source),
            _ => None,
        }
    }

    /// The number at an event that is about this user and item.
    pub(super) fn read(self, seen: &Seen<'_>, user: Id, item: Id, memory: &Memory) -> Option<f64> {
        match (self, &seen.event.what) {
            (Amount::Said { kind, at }, What::Interaction { kind: have, fields, .. }) if *have == kind => {
                match fields.get(at) {
                    Some(Value::Number(value)) if (*value as f32).is_finite() => Some(*value),
                    _ => None,
                }
            }
            (Amount::Said { .. }, _) => None,
            (Amount::Told(source), what) => {
                let context = match what {
                    What::Request { context, .. } => context.as_slice(),
                    _ => &[],
                };
                source.number(&Moment { time: seen.event.known, user, context }, item, memory)
            }
        }
    }
}
