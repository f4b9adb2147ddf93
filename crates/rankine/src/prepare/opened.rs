//! Opening: the pictures that a log names are read once before anything relies on them.

use std::path::Path;

use rankine_learn::FieldKind;
use rayon::prelude::*;

use super::read::Pending;
use crate::error::Error;
use crate::log::{Body, Cell, Line, Reject};
use crate::pictures;
use crate::problem::Problem;
use crate::progress::Progress;

/// Opens every picture that a line names: one that cannot be read is kept aside with its line.
pub(super) fn open_pictures(
    problem: &Problem,
    data: &Path,
    pending: &mut [Pending],
    progress: &dyn Progress,
) -> Result<(), Error> {
    let entities = &problem.schema.entities;
    let named = |kind: usize, at: usize| entities[kind].fields[at].kind == FieldKind::Image;
    if !entities.iter().flat_map(|entity| &entity.fields).any(|field| field.kind == FieldKind::Image) {
        return Ok(());
    }
    let root = pictures::root(data);
    progress.begin("opening the pictures", Some(pending.len() as u64));
    for chunk in pending.chunks_mut(OPENED) {
        chunk.par_iter_mut().for_each(|pending| {
            let Ok(Line { body: Body::Entity { kind, fields, .. }, .. }) = &pending.read else { return };
            let bad = fields.iter().enumerate().find_map(|(at, cell)| match cell {
                Cell::Text(name) if named(*kind, at) => {
                    let reason = pictures::read(&root, name).err()?;
                    let field = &entities[*kind].fields[at].name;
                    Some((Reject::new("bad-image", field, format!("{name}: {reason}")), name.clone()))
                }
                _ => None,
            });
            if let Some((reject, name)) = bad {
                (pending.read, pending.text) = (Err(reject), name);
            }
        });
        progress.advance(chunk.len() as u64);
        progress.check()?;
    }
    progress.end();
    Ok(())
}

/// Lines whose pictures are opened between two looks at whether somebody asked to stop.
const OPENED: usize = 512;
