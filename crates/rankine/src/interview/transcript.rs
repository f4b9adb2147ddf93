//! The transcript of an interview as Markdown.

use super::blocks::Block;
use super::clock::shown;
use super::session::Interview;

/// Everything that was said, as Markdown.
pub fn markdown(interview: &Interview) -> String {
    let mut text = String::new();
    for turn in &interview.turns {
        if let Some(asked) = &turn.asked {
            text.push_str(&format!("**{}**\n\n", asked.ask));
            let options = asked.options.iter().enumerate();
            let options: String = options.map(|(at, option)| format!("{}. {option}\n", at + 1)).collect();
            text.push_str(&if options.is_empty() { options } else { format!("{options}\n") });
        }
        if let Some(line) = &turn.line {
            text.push_str(&format!("**{}** > {}\n\n", shown(turn.minutes), line.replace('\n', " ")));
        }
        for block in &turn.blocks {
            match block {
                Block::Heading(words) => text.push_str(&format!("## {words}\n\n")),
                // What was asked and typed stands with its turn.
                Block::Asked(_) | Block::Line(_) => {}
                Block::Speech(words) => text.push_str(&format!("{words}\n\n")),
                Block::Evidence(words) => text.push_str(&format!("_{words}_\n\n")),
                Block::Table { head, rows } => {
                    text.push_str(&format!("| {} |\n|{}\n", head.join(" | "), " --- |".repeat(head.len())));
                    for row in rows {
                        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
                        text.push_str(&format!("| {} |\n", cells.join(" | ")));
                    }
                    text.push('\n');
                }
            }
        }
    }
    text
}
