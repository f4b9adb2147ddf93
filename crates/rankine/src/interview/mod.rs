//! The interview: an interviewer who executes the answers, in a world whose parameters the seed hides.
//!
//! [`Interview::say`] takes a line and gives what is said to it; a terminal, a page and a script are faces of
//! the same session. What is executed is the road ([`crate::run`]) on a variation of the case's design in a
//! variation of its world ([`Room`]), so that every figure can be run again by hand. The same case, seed and
//! lines give the same talk and score, but for latency, which is measured once and kept beside the answers.

mod ahead;
mod best;
mod blocks;
mod brief;
mod clock;
mod debrief;
mod hearing;
mod journal;
mod phases;
mod prediction;
mod quantity;
mod room;
mod score;
mod session;
mod spelled;
mod standing;
mod transcript;
mod worlds;

pub use ahead::Ahead;
pub use best::{Best, expected};
pub use blocks::{Block, Question};
pub use brief::{
    Brief, Curveball, Fact, Factor, FeatureOption, Frame, FrameOption, Plan, Response, Size, Tradeoff,
};
pub use clock::{MINUTES, Pace};
pub use hearing::{Offered, Understood, Vocabulary, choice, choices};
pub use journal::{Journal, Said, Setting};
pub use room::{Executed, Experiment, Room, said};
pub use score::{Level, Part, Score};
pub use session::{Desk, Interview, Phase, leaves};
pub use standing::reached;
pub use transcript::markdown;
