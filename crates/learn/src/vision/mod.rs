//! Seeing: planes, pyramids, cells of gradients, colour statistics, overlap and blur. Pure arithmetic.
//!
//! Sums run in a fixed order, so that a picture gives the same bits on every machine and number of threads.

mod blur;
mod cells;
mod colour;
mod gradient;
mod grid;
mod integral;
mod plane;
mod scale;
mod suppress;

pub use blur::blur;
pub use cells::Cells;
pub use colour::histogram;
pub use gradient::Gradients;
pub use grid::Grid;
pub use integral::Integral;
pub use plane::Plane;
pub use scale::{halve, mirror, resize};
pub use suppress::{order, suppress};
