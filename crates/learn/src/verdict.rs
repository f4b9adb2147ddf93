//! The verdict: intervals on differences between contenders, and who wins.
