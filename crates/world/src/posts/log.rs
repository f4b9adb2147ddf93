//! The logged history, in which every post is left visible until people find it harmful, and what comes
//! after.

use std::collections::BTreeMap;

use crate::line::Line;
use crate::people::user_id;
use crate::queue::Queue;
use crate::{Moment, Visit};

use super::feed::{post_id, request_id};
use super::{ROLES, Site, author};

/// Writes the whole log; hands what its posts bring after its end to `late`. Returns how often posts of each
/// author were removed, late ones among them.
pub(crate) fn write(
    site: &Site,
    each: &mut dyn FnMut(Line),
    late: &mut dyn FnMut(Line),
) -> BTreeMap<usize, u32> {
    let mut queue = Queue::default();
    site.authors.iter().enumerate().for_each(|(index, author)| queue.push(author.announce(index)));
    let mut removed: Vec<(i64, usize)> = Vec::new();
    for index in 0..site.posts.len() {
        queue.push(site.announce(index));
        site.before(index).into_iter().for_each(|line| queue.push(line));
        let visit = visit(site, index);
        if visit.time >= site.end() {
            continue;
        }
        queue.push(Line::Request {
            roles: ROLES,
            id: visit.id,
            time: visit.time,
            user: visit.user,
            context: visit.context,
            shown: visit.pool,
        });
        let (lines, removal) = site.after(index, false);
        lines.into_iter().for_each(|line| queue.push(line));
        removed.extend(removal.map(|time| (time, site.posts[index].author)));
    }
    removed.sort_unstable();
    let mut counts: BTreeMap<usize, u32> = BTreeMap::new();
    for (time, author) in removed {
        let count = counts.entry(author).or_default();
        *count += 1;
        queue.push(author::removals(author, time, *count));
    }
    queue.release(site.end() - 1, each);
    queue.release(i64::MAX, late);
    counts
}

/// The decisions after the log's end, as frequent as during the log, with the posts and their first readers.
pub(crate) fn afterwards(site: &Site, visits: usize) -> Vec<Moment> {
    if visits == 0 {
        return Vec::new();
    }
    let first = (0..site.posts.len())
        .rev()
        .take_while(|index| site.decided(&site.posts[*index]) >= site.end())
        .last()
        .unwrap_or(site.posts.len());
    let mut queue = Queue::default();
    write(site, &mut |_| (), &mut |line| queue.push(line));
    for index in site.posts.len()..first + visits {
        queue.push(site.announce(index));
        site.before(index).into_iter().for_each(|line| queue.push(line));
    }
    let mut moments = Vec::new();
    for index in first..first + visits {
        let visit = visit(site, index);
        queue.release(visit.time, &mut |line| moments.push(Moment::Event(line)));
        moments.push(Moment::Visit(visit));
    }
    moments
}

fn visit(site: &Site, index: usize) -> Visit {
    let post = site.post(index);
    Visit {
        id: request_id(index),
        time: site.decided(&post),
        user: user_id(post.author),
        context: Vec::new(),
        pool: vec![post_id(index)],
    }
}
