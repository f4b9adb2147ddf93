//! Opening: the pictures that a log names are read once before anything relies on them.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use rankine_learn::FieldKind;
use rayon::prelude::*;

use super::read::Pending;
use crate::error::Error;
use crate::log::{Body, Cell, Line, Name, NameList, Reject};
use crate::pictures;
use crate::problem::Problem;
use crate::progress::Progress;

/// Opens every picture that a line names: one that cannot be read is kept aside with its line, and what else the log
/// says of it goes too.
pub(super) fn open_pictures(
    problem: &Problem,
    data: &Path,
    pending: &mut Vec<Pending>,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let entities = &problem.schema.entities;
    if !entities.iter().flat_map(|entity| &entity.fields).any(|field| field.kind == FieldKind::Image) {
        return Ok(());
    }
    let root = pictures::root(data);
    let mut unread = HashMap::new();
    progress.begin("opening the pictures", Some(pending.len() as u64));
    for chunk in pending.chunks_mut(OPENED) {
        let found: Vec<_> =
            chunk.par_iter_mut().filter_map(|pending| open(problem, &root, pending)).collect();
        unread.extend(found);
        progress.advance(chunk.len() as u64);
        progress.check()?;
    }
    if !unread.is_empty() {
        let_go(problem, pending, unread);
    }
    progress.end();
    Ok(())
}

/// Lines whose pictures are opened between two looks at whether somebody asked to stop.
const OPENED: usize = 512;

/// Opens the pictures that a line names. Where one cannot be read the line is none, and where it describes an item that
/// is returned with the picture.
fn open(problem: &Problem, root: &Path, pending: &mut Pending) -> Option<(Name, String)> {
    let Ok(Line { body: Body::Entity { kind, id, fields }, .. }) = &pending.read else { return None };
    let (kind, id) = (*kind, id.clone());
    let (reject, name) = pictures_of(problem, kind, fields).find_map(|(field, name)| {
        let reason = pictures::read(root, name).err()?;
        Some((Reject::new("bad-image", field, format!("{name}: {reason}")), name.to_owned()))
    })?;
    (pending.read, pending.text) = (Err(reject), name.clone());
    (kind == problem.schema.item).then_some((id, name))
}

/// The fields of an entity that name pictures, with the pictures.
fn pictures_of<'p>(
    problem: &'p Problem,
    kind: usize,
    cells: &'p [Cell],
) -> impl Iterator<Item = (&'p str, &'p str)> {
    problem.schema.entities[kind].fields.iter().zip(cells).filter_map(|(field, cell)| match cell {
        Cell::Text(name) if field.kind == FieldKind::Image => Some((field.name.as_str(), name.as_str())),
        _ => None,
    })
}

/// Lets go what is said of items whose pictures could not be read: of an example the rest of its row, which is told
/// once; where boxes are sought, also lines of their own. Without its picture an item has no boxes, and must not
/// look like one in which nothing is.
fn let_go(problem: &Problem, pending: &mut Vec<Pending>, mut unread: HashMap<Name, String>) {
    // Another line may have told a picture that can be read.
    for line in pending.iter().filter_map(|pending| pending.read.as_ref().ok()) {
        if let Body::Entity { kind, id, fields } = &line.body
            && *kind == problem.schema.item
            && pictures_of(problem, *kind, fields).next().is_some()
        {
            unread.remove(id);
        }
    }
    // Of an example each row is told once.
    let row = |pending: &Pending| (pending.file.clone(), pending.line, pending.example);
    let untaken = |pending: &&Pending| pending.read.is_err() && pending.example.is_some();
    let mut told: HashSet<_> = pending.iter().filter(untaken).map(row).collect();
    pending.retain_mut(|pending| {
        let Ok(line) = &mut pending.read else { return true };
        if pending.example.is_none() && !problem.detects() {
            return true;
        }
        let name = match &mut line.body {
            Body::Entity { .. } => None,
            Body::Interaction { item, .. } => unread.get(item),
            Body::Request { shown, .. } => {
                let name = shown.iter().find_map(|item| unread.get(item));
                if name.is_some() {
                    *shown = shown.iter().filter(|item| !unread.contains_key(*item)).collect::<NameList>();
                }
                // Others that were shown beside it stay.
                name.filter(|_| shown.is_empty())
            }
        };
        if let Some(name) = name {
            let reason = format!("its picture cannot be opened: {name}");
            (pending.read, pending.text) = (Err(Reject::new("bad-image", "", reason)), name.clone());
            return pending.example.is_none() || told.insert(row(pending));
        }
        true
    });
}
